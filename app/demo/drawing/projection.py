"""Orthographic views of a solid with hidden lines found by the kernel, as plane polylines in millimetres."""

from dataclasses import dataclass

from OCP.BRepAdaptor import BRepAdaptor_Curve
from OCP.BRepLib import BRepLib
from OCP.GCPnts import GCPnts_TangentialDeflection
from OCP.GeomAbs import GeomAbs_Line
from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
from OCP.HLRAlgo import HLRAlgo_Projector
from OCP.HLRBRep import HLRBRep_Algo, HLRBRep_HLRToShape
from OCP.TopAbs import TopAbs_EDGE
from OCP.TopExp import TopExp_Explorer
from OCP.TopoDS import TopoDS, TopoDS_Shape

Point2 = tuple[float, float]
Polyline = tuple[Point2, ...]

# Towards the viewer, and the direction that points right on the sheet.
DIRECTIONS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "front": ((0, -1, 0), (1, 0, 0)),
    "top": ((0, 0, 1), (1, 0, 0)),
    "left": ((-1, 0, 0), (0, -1, 0)),
    "right": ((1, 0, 0), (0, 1, 0)),
    "isometric": ((1, -1, 1), (1, 1, 0)),
}


@dataclass(frozen=True, slots=True)
class View:
    """Visible and hidden lines, with the window (left, bottom, right, top) that holds them."""

    name: str
    visible: tuple[Polyline, ...]
    hidden: tuple[Polyline, ...]
    window: tuple[float, float, float, float]


def project(shape: TopoDS_Shape, name: str) -> View:
    """One view by name."""
    towards, right = DIRECTIONS[name]
    algorithm = HLRBRep_Algo()
    algorithm.Add(shape)
    algorithm.Projector(HLRAlgo_Projector(gp_Ax2(gp_Pnt(0, 0, 0), gp_Dir(*towards), gp_Dir(*right))))
    algorithm.Update()
    algorithm.Hide()
    found = HLRBRep_HLRToShape(algorithm)
    visible = _lines(found.VCompound()) | _lines(found.OutLineVCompound())
    hidden = set() if name == "isometric" else _lines(found.HCompound()) | _lines(found.OutLineHCompound())
    if name == "isometric":
        visible |= _lines(found.Rg1LineVCompound())
    points = [point for line in visible for point in line]
    window = (
        min(x for x, _ in points),
        min(y for _, y in points),
        max(x for x, _ in points),
        max(y for _, y in points),
    )
    return View(name, tuple(sorted(visible)), tuple(sorted(hidden - visible)), window)


def _lines(compound: TopoDS_Shape | None) -> set[Polyline]:
    lines: set[Polyline] = set()
    if compound is None or compound.IsNull():
        return lines
    BRepLib.BuildCurves3d_s(compound)
    explorer = TopExp_Explorer(compound, TopAbs_EDGE)
    while explorer.More():
        curve = BRepAdaptor_Curve(TopoDS.Edge(explorer.Current()))
        explorer.Next()
        line = _sampled(curve)
        if len(line) > 1:
            lines.add(min(line, line[::-1]))
    return lines


def _sampled(curve: BRepAdaptor_Curve) -> Polyline:
    if curve.GetType() == GeomAbs_Line:
        ends = (curve.Value(curve.FirstParameter()), curve.Value(curve.LastParameter()))
        points = [_flat(end) for end in ends]
    else:
        samples = GCPnts_TangentialDeflection(curve, 0.25, 0.05)
        points = [_flat(samples.Value(index)) for index in range(1, samples.NbPoints() + 1)]
    distinct = [point for index, point in enumerate(points) if index == 0 or point != points[index - 1]]
    return tuple(distinct)


def _flat(point: gp_Pnt) -> Point2:
    return (round(point.X(), 2) + 0.0, round(point.Y(), 2) + 0.0)
