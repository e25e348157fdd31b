"""Where the views stand on the sheet, and the lines of each view as SVG: outlines, hidden and centre lines, dimensions."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.demo.drawing.projection import Polyline, View

PAPERS = {"a3": (420, 297), "a4": (297, 210)}
# left, top, right, bottom of the field for views; left and width of the table, all in mm from the top left corner
FIELDS = {"a3": (26.0, 16.0, 296.0, 246.0), "a4": (23.0, 14.0, 214.0, 160.0)}
TABLES = {"a3": (306.0, 99.0), "a4": (218.0, 64.0)}
SCALES = (10.0, 5.0, 2.0, 1.0, 0.5, 0.4, 0.2)
MARGIN = 16.0
GAP = 24.0
_ARROW = 2.2


@dataclass(frozen=True, slots=True)
class Placed:
    """One view on the sheet: its corner, its size (both with the margin for dimensions), SVG and labels."""

    x: float
    y: float
    width: float
    svg: str
    labels: tuple[dict[str, float | str | bool], ...]


def choose_scale(size: tuple[float, float, float], paper: str) -> float:
    """The largest usual scale at which the three views and their dimensions fit."""
    left, top, right, bottom = FIELDS[paper]
    length, width, height = size
    for scale in SCALES:
        across = (length + width) * scale + GAP + MARGIN + 10
        down = (height + width) * scale + GAP + MARGIN + 10
        if across <= right - left and down <= bottom - top:
            return scale
    return SCALES[-1]


def place_views(
    views: dict[str, View], size: tuple[float, float, float], paper: str, *, third_angle: bool, decimal: str
) -> tuple[float, list[Placed]]:
    """Arrange front, top, side and isometric view by first- or third-angle projection."""
    scale = choose_scale(size, paper)
    left, top, right, bottom = FIELDS[paper]
    length, width, height = (edge * scale for edge in size)
    across, down = length + GAP + width, height + GAP + width
    x = left + (right - left - across) / 2
    y = top + (bottom - top - down) / 2
    side_x = x + length + GAP
    front_y = y + width + GAP if third_angle else y
    top_y = y if third_angle else y + height + GAP
    corners = {"front": (x, front_y), "top": (x, top_y), "right" if third_angle else "left": (side_x, front_y)}
    placed = [
        _placed(views[name], corner, scale, dimension=name, size=size, decimal=decimal)
        for name, corner in corners.items()
    ]
    free = (side_x + 2, top_y, right, top_y + width)
    placed.append(_isometric(views["isometric"], free))
    return scale, placed


def _isometric(view: View, free: tuple[float, float, float, float]) -> Placed:
    low_x, low_y, high_x, high_y = view.window
    room_x, room_y = free[2] - free[0], max(free[3] - free[1], 34.0)
    scale = min(room_x / (high_x - low_x), room_y / (high_y - low_y), 4.0) * 0.98
    x = free[0] + (room_x - (high_x - low_x) * scale) / 2
    y = (free[1] + free[3]) / 2 - (high_y - low_y) * scale / 2
    return _placed(view, (x, y), scale, dimension="", size=(0, 0, 0), decimal=".")


def _placed(
    view: View,
    corner: tuple[float, float],
    scale: float,
    *,
    dimension: str,
    size: tuple[float, float, float],
    decimal: str,
) -> Placed:
    low_x, low_y, high_x, high_y = view.window
    width, height = (high_x - low_x) * scale, (high_y - low_y) * scale

    def on_sheet(line: Polyline) -> Polyline:
        return tuple((MARGIN + (x - low_x) * scale, MARGIN + (high_y - y) * scale) for x, y in line)

    strokes = [
        _path([on_sheet(line) for line in view.hidden], 0.18, dash="1.6 0.9"),
        _path([on_sheet(line) for line in view.visible], 0.45 if dimension else 0.3),
    ]
    labels: list[dict[str, float | str | bool]] = []
    if dimension:
        strokes.append(_path(list(_centre_lines(width, height)), 0.18, dash="5 1 0.8 1"))
    if dimension in {"front", "top"}:
        across = dimension == "front"
        measured = (size[0], size[2]) if across else (size[0], size[1])
        if across:
            strokes.append(_dimension(width, height, upright=False))
            labels.append(
                {
                    "x": MARGIN + width / 2,
                    "y": MARGIN + height + 6,
                    "text": _figure(measured[0], decimal),
                    "upright": False,
                }
            )
        strokes.append(_dimension(width, height, upright=True))
        labels.append(
            {"x": MARGIN - 10, "y": MARGIN + height / 2, "text": _figure(measured[1], decimal), "upright": True}
        )
    total_x, total_y = width + 2 * MARGIN, height + 2 * MARGIN
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total_x:.2f}mm" height="{total_y:.2f}mm" '
        f'viewBox="0 0 {total_x:.2f} {total_y:.2f}">{"".join(strokes)}</svg>'
    )
    return Placed(corner[0] - MARGIN, corner[1] - MARGIN, total_x, svg, tuple(labels))


def _figure(value: float, decimal: str) -> str:
    return f"{round(value, 1):g}".replace(".", decimal)


def _path(lines: list[Polyline], width: float, *, dash: str = "") -> str:
    drawn = "".join("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in line) for line in lines)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    cap = "butt" if dash else "round"
    return (
        f'<path d="{drawn}" fill="none" stroke="#000" stroke-width="{width}" stroke-linecap="{cap}" '
        f'stroke-linejoin="round"{dashes}/>'
    )


def _centre_lines(width: float, height: float) -> Iterator[Polyline]:
    yield ((MARGIN + width / 2, MARGIN - 3), (MARGIN + width / 2, MARGIN + height + 3))
    yield ((MARGIN - 3, MARGIN + height / 2), (MARGIN + width + 3, MARGIN + height / 2))


def _dimension(width: float, height: float, *, upright: bool) -> str:
    """Extension lines, dimension line and arrowheads below the view or at its left."""
    if upright:
        line = MARGIN - 8
        ends = [(line, MARGIN), (line, MARGIN + height)]
        extensions = [((MARGIN - 1, y), (line - 2, y)) for _, y in ends]
    else:
        line = MARGIN + height + 8
        ends = [(MARGIN, line), (MARGIN + width, line)]
        extensions = [((x, MARGIN + height + 1), (x, line + 2)) for x, _ in ends]
    outside = (height if upright else width) < 4 * _ARROW
    heads = [_arrow(end, upright=upright, first=(index == 0) != outside) for index, end in enumerate(ends)]
    stretch = 5.0 if outside else 0.0
    (x1, y1), (x2, y2) = ends
    shaft = ((x1, y1 - stretch), (x2, y2 + stretch)) if upright else ((x1 - stretch, y1), (x2 + stretch, y2))
    return _path([*extensions, shaft], 0.18) + f'<path d="{"".join(heads)}" fill="#000"/>'


def _arrow(tip: tuple[float, float], *, upright: bool, first: bool) -> str:
    x, y = tip
    back = _ARROW if first else -_ARROW
    wings = ((x - 0.4, y + back), (x + 0.4, y + back)) if upright else ((x + back, y - 0.4), (x + back, y + 0.4))
    return f"M{x:.2f} {y:.2f}" + "".join(f"L{wx:.2f} {wy:.2f}" for wx, wy in wings) + "Z"
