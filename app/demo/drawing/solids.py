"""The few solid-modelling words that the demo parts are built from. Millimetres throughout; Z is the opening direction."""

import math
from collections.abc import Sequence

from OCP.BRep import BRep_Tool
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut, BRepAlgoAPI_Fuse
from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon, BRepBuilderAPI_Transform
from OCP.BRepFilletAPI import BRepFilletAPI_MakeChamfer, BRepFilletAPI_MakeFillet
from OCP.BRepPrimAPI import (
    BRepPrimAPI_MakeBox,
    BRepPrimAPI_MakeCylinder,
    BRepPrimAPI_MakePrism,
    BRepPrimAPI_MakeRevol,
    BRepPrimAPI_MakeSphere,
)
from OCP.gp import gp_Ax1, gp_Ax2, gp_Dir, gp_Pnt, gp_Trsf, gp_Vec
from OCP.ShapeUpgrade import ShapeUpgrade_UnifySameDomain
from OCP.TopAbs import TopAbs_EDGE
from OCP.TopExp import TopExp, TopExp_Explorer
from OCP.TopoDS import TopoDS, TopoDS_Edge, TopoDS_Shape

Point2 = tuple[float, float]
Point3 = tuple[float, float, float]
Z_AXIS: Point3 = (0, 0, 1)


def box(length: float, width: float, height: float, *, at: Point3 = (0, 0, 0), centred: bool = True) -> TopoDS_Shape:
    """A block whose lower face is centred on `at`, or whose corner stands there."""
    x, y, z = at
    corner = gp_Pnt(x - length / 2, y - width / 2, z) if centred else gp_Pnt(x, y, z)
    return BRepPrimAPI_MakeBox(corner, length, width, height).Shape()


def cylinder(diameter: float, height: float, *, at: Point3 = (0, 0, 0), axis: Point3 = Z_AXIS) -> TopoDS_Shape:
    """A cylinder that starts at `at` and runs along `axis`."""
    return BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(*at), gp_Dir(*axis)), diameter / 2, height).Shape()


def sphere(radius: float, *, at: Point3) -> TopoDS_Shape:
    """A ball."""
    return BRepPrimAPI_MakeSphere(gp_Pnt(*at), radius).Shape()


def fuse(first: TopoDS_Shape, *others: TopoDS_Shape) -> TopoDS_Shape:
    """One body of several, with the faces that lie in one plane joined."""
    for other in others:
        first = BRepAlgoAPI_Fuse(first, other).Shape()
    return _unified(first)


def cut(body: TopoDS_Shape, *tools: TopoDS_Shape) -> TopoDS_Shape:
    """The body less the tools."""
    for tool in tools:
        body = BRepAlgoAPI_Cut(body, tool).Shape()
    return _unified(body)


def _unified(shape: TopoDS_Shape) -> TopoDS_Shape:
    joined = ShapeUpgrade_UnifySameDomain(shape, True, True, False)
    joined.Build()
    return joined.Shape()


def prism(outline: Sequence[Point3], along: Point3) -> TopoDS_Shape:
    """A closed plane outline, pulled along a vector."""
    return BRepPrimAPI_MakePrism(_face(outline), gp_Vec(*along)).Shape()


def revolved(profile: Sequence[Point2], *, at: Point3 = (0, 0, 0)) -> TopoDS_Shape:
    """A profile of (radius, height) points, turned about the vertical axis through `at`."""
    x, y, z = at
    face = _face([(x + radius, y, z + height) for radius, height in profile])
    return BRepPrimAPI_MakeRevol(face, gp_Ax1(gp_Pnt(x, y, z), gp_Dir(0, 0, 1))).Shape()


def _face(outline: Sequence[Point3]) -> TopoDS_Shape:
    polygon = BRepBuilderAPI_MakePolygon()
    for point in outline:
        polygon.Add(gp_Pnt(*point))
    polygon.Close()
    return BRepBuilderAPI_MakeFace(polygon.Wire()).Face()


def moved(shape: TopoDS_Shape, by: Point3) -> TopoDS_Shape:
    """The shape, shifted."""
    shift = gp_Trsf()
    shift.SetTranslation(gp_Vec(*by))
    return BRepBuilderAPI_Transform(shape, shift, True).Shape()


def turned(shape: TopoDS_Shape, degrees: float, *, axis: Point3 = Z_AXIS) -> TopoDS_Shape:
    """The shape, turned about an axis through the origin."""
    turn = gp_Trsf()
    turn.SetRotation(gp_Ax1(gp_Pnt(0, 0, 0), gp_Dir(*axis)), math.radians(degrees))
    return BRepBuilderAPI_Transform(shape, turn, True).Shape()


def rounded(
    shape: TopoDS_Shape, radius: float, *, upright: bool = True, at_height: float | None = None
) -> TopoDS_Shape:
    """Round the upright edges, or those that lie at one height."""
    fillet = BRepFilletAPI_MakeFillet(shape)
    for edge in _edges(shape, upright=upright, at_height=at_height):
        fillet.Add(radius, edge)
    return fillet.Shape()


def chamfered(shape: TopoDS_Shape, width: float, *, at_height: float) -> TopoDS_Shape:
    """Break the edges that lie at one height."""
    chamfer = BRepFilletAPI_MakeChamfer(shape)
    for edge in _edges(shape, upright=False, at_height=at_height):
        chamfer.Add(width, edge)
    return chamfer.Shape()


def _edges(shape: TopoDS_Shape, *, upright: bool, at_height: float | None) -> list[TopoDS_Edge]:
    found: list[TopoDS_Edge] = []
    explorer = TopExp_Explorer(shape, TopAbs_EDGE)
    while explorer.More():
        edge = TopoDS.Edge(explorer.Current())
        explorer.Next()
        start, end = _ends(edge)
        if at_height is not None:
            wanted = abs(start.Z() - at_height) < 1e-6 and abs(end.Z() - at_height) < 1e-6
        else:
            flat = math.hypot(start.X() - end.X(), start.Y() - end.Y())
            wanted = upright and flat < 1e-6 < abs(start.Z() - end.Z())
        if wanted and not any(edge.IsSame(other) for other in found):
            found.append(edge)
    return found


def _ends(edge: TopoDS_Edge) -> tuple[gp_Pnt, gp_Pnt]:
    return BRep_Tool.Pnt_s(TopExp.FirstVertex_s(edge)), BRep_Tool.Pnt_s(TopExp.LastVertex_s(edge))


def on_circle(count: int, diameter: float, *, start_degrees: float = 0) -> list[Point2]:
    """Points spread evenly over a pitch circle."""
    angles = (math.radians(start_degrees + 360 * index / count) for index in range(count))
    return [(diameter / 2 * math.cos(angle), diameter / 2 * math.sin(angle)) for angle in angles]


def on_rectangle(length: float, width: float) -> list[Point2]:
    """The four corners of a rectangle about the origin."""
    return [(x * length / 2, y * width / 2) for x in (-1, 1) for y in (-1, 1)]
