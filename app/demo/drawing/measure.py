"""What a solid measures: volume, envelope, projected area and mass."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from OCP.Bnd import Bnd_Box
from OCP.BRep import BRep_Tool
from OCP.BRepBndLib import BRepBndLib
from OCP.BRepGProp import BRepGProp
from OCP.BRepMesh import BRepMesh_IncrementalMesh
from OCP.GProp import GProp_GProps
from OCP.TopAbs import TopAbs_FACE
from OCP.TopExp import TopExp_Explorer
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS, TopoDS_Shape

_SHADOW_COLUMNS = 600
Triangle = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Measures:
    """`low` and `high` are opposite corners of the envelope in mm; the projected area is seen along the opening (Z)."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    volume_cm3: float
    projected_area_cm2: float
    mass_g: float

    @property
    def size(self) -> tuple[float, float, float]:
        """Length, width and height in mm."""
        length, width, height = (round(top - bottom, 2) for bottom, top in zip(self.low, self.high, strict=True))
        return length, width, height


def measure(shape: TopoDS_Shape, *, density_g_cm3: float) -> Measures:
    """Measure a solid modelled in millimetres."""
    properties = GProp_GProps()
    BRepGProp.VolumeProperties_s(shape, properties)
    volume_cm3 = properties.Mass() / 1000
    envelope = Bnd_Box()
    BRepBndLib.AddOptimal_s(shape, envelope, False, False)
    low, high = envelope.CornerMin(), envelope.CornerMax()
    return Measures(
        low=(round(low.X(), 3), round(low.Y(), 3), round(low.Z(), 3)),
        high=(round(high.X(), 3), round(high.Y(), 3), round(high.Z(), 3)),
        volume_cm3=round(volume_cm3, 3),
        projected_area_cm2=round(_shadow_mm2(list(_triangles(shape))) / 100, 2),
        mass_g=round(volume_cm3 * density_g_cm3, 2),
    )


def _triangles(shape: TopoDS_Shape) -> Iterator[Triangle]:
    BRepMesh_IncrementalMesh(shape, 0.05, False, 0.2)
    explorer = TopExp_Explorer(shape, TopAbs_FACE)
    while explorer.More():
        location = TopLoc_Location()
        mesh = BRep_Tool.Triangulation_s(TopoDS.Face(explorer.Current()), location)
        explorer.Next()
        move = location.Transformation()
        for index in range(1, mesh.NbTriangles() + 1):
            corners = [mesh.Node(node).Transformed(move) for node in mesh.Triangle(index).Get()]
            yield tuple((corner.X(), corner.Y()) for corner in corners)  # type: ignore[misc]


def _shadow_mm2(triangles: list[Triangle]) -> float:
    """The area of the shadow along Z, counted on a grid of thin lines: each line is measured exactly, not by cells."""
    xs = [x for triangle in triangles for x, _ in triangle]
    left, right = min(xs), max(xs)
    step = (right - left) / _SHADOW_COLUMNS
    columns: list[list[tuple[float, float]]] = [[] for _ in range(_SHADOW_COLUMNS)]
    for triangle in triangles:
        low, high = min(x for x, _ in triangle), max(x for x, _ in triangle)
        first = max(0, math.ceil((low - left) / step - 0.5))
        last = min(_SHADOW_COLUMNS - 1, math.floor((high - left) / step - 0.5))
        for column in range(first, last + 1):
            crossing = _crossing(triangle, left + (column + 0.5) * step)
            if crossing:
                columns[column].append(crossing)
    return sum(_covered(spans) for spans in columns) * step


def _crossing(triangle: Triangle, x: float) -> tuple[float, float] | None:
    found: list[float] = []
    for (x1, y1), (x2, y2) in zip(triangle, (*triangle[1:], triangle[0]), strict=True):
        if x1 != x2 and min(x1, x2) <= x <= max(x1, x2):
            found.append(y1 + (y2 - y1) * (x - x1) / (x2 - x1))
    return (min(found), max(found)) if len(found) > 1 else None


def _covered(spans: list[tuple[float, float]]) -> float:
    total, reached = 0.0, -math.inf
    for low, high in sorted(spans):
        if high > reached:
            total += high - max(low, reached)
            reached = high
    return total
