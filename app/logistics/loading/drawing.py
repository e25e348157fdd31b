"""The picture of a load as SVG: seen from the door, right and above, from above, and from the left.

Self-contained: no font, script, style sheet or picture from elsewhere. Colours stand for consignments, or for lines of the
packing list when no consignment is named. Colours are not the only sign: boxes carry their line's id where it fits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from app.kit.locales import N_, current_locale, translate
from app.logistics.loading.balance import centre_of_gravity
from app.logistics.loading.cargo import Load, Placed
from app.logistics.loading.documents import kilograms, percent, space_name

WIDTH = 1200
_MARGIN = 24
_LINE = 20
_FONT = "font-family='sans-serif'"
# After Okabe and Ito, which colour-blind people can tell apart; each light enough for black letters. Then lighter ones.
_COLOURS = (
    "#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7", "#d55e00", "#3a8fc7", "#b0d9f3",
    "#f5d18a", "#8fd3bd", "#e8c3d7", "#f0b48a", "#c5dff0", "#cccccc", "#a6a6a6",
)  # fmt: skip
_COS, _SIN = 0.8660254, 0.5

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Picture:
    """Finished lines of SVG and how high they are."""

    lines: list[str]
    height: float


def draw(load: Load, locale: str | None = None) -> str:
    """The SVG document of one load, its texts in the reader's language."""
    locale = locale or current_locale()
    groups = _groups(load)
    pictures = [
        _seen_from_outside(load, groups, locale),
        _flat(load, groups, locale, 2),
        _flat(load, groups, locale, 1),
    ]
    pictures.append(_legend(load, groups, locale))
    height = sum(picture.height + _MARGIN for picture in pictures) + 3 * _LINE + _MARGIN
    title = translate(N_("Load plan: {container}"), locale, container=space_name(load.space, locale))
    summary = translate(
        N_("{boxes} boxes, {volume_pct} % of the volume, {mass_kg} kg"),
        locale,
        boxes=len(load.placed),
        volume_pct=percent(load.volume_share),
        mass_kg=kilograms(load.mass_g),
    )
    lines = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height:.0f}' role='img' "
        f"aria-labelledby='title desc' {_FONT} font-size='13'>",
        f"<title id='title'>{_text(title)}</title>",
        f"<desc id='desc'>{_text(summary)}</desc>",
        f"<rect width='{WIDTH}' height='{height:.0f}' fill='#ffffff'/>",
        f"<text x='{_MARGIN}' y='{1.5 * _LINE}' font-size='18' font-weight='bold'>{_text(title)}</text>",
        f"<text x='{_MARGIN}' y='{2.7 * _LINE}'>{_text(summary)}</text>",
    ]
    top = 3.0 * _LINE + _MARGIN
    for picture in pictures:
        lines += [f"<g transform='translate({_MARGIN} {top:.1f})'>", *picture.lines, "</g>"]
        top += picture.height + _MARGIN
    return "\n".join([*lines, "</svg>"]) + "\n"


def _text(text: str) -> str:
    """Escaped, without what XML does not allow."""
    return escape("".join(c if c.isprintable() else " " for c in text))


def _group_of(one: Placed) -> str:
    return one.box.consignment or one.box.key


def _groups(load: Load) -> dict[str, str]:
    """Colour by consignment or line, in the order of loading."""
    names = list(dict.fromkeys(_group_of(one) for one in load.placed))
    return {name: _COLOURS[place % len(_COLOURS)] for place, name in enumerate(names)}


def _heading(text: str) -> str:
    return f"<text x='0' y='{0.7 * _LINE}' font-weight='bold'>{_text(text)}</text>"


def _polygon(points: Iterable[Point], fill: str, shade: float = 0.0) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    darker = f"<polygon points='{path}' fill='#000000' fill-opacity='{shade}'/>" if shade else ""
    return f"<polygon points='{path}' fill='{fill}' stroke='#222222' stroke-width='0.7'/>{darker}"


def _seen_from_outside(load: Load, groups: dict[str, str], locale: str) -> _Picture:
    """All boxes in parallel perspective, from the door's side, from the right and above."""
    space = load.space
    across = (space.length_mm + space.width_mm) * _COS
    high = (space.length_mm + space.width_mm) * _SIN + space.height_mm
    scale = min((WIDTH - 2 * _MARGIN) / across, 620 / high)
    down = _LINE + space.height_mm * scale

    def at(x: float, y: float, z: float) -> Point:
        return (y - x + space.length_mm) * _COS * scale, ((x + y) * _SIN - z) * scale + down

    length, width, height = space.length_mm, space.width_mm, space.height_mm
    lines = [_heading(translate(N_("View from the door and the right"), locale))]
    lines.append(_polygon([at(0, 0, 0), at(length, 0, 0), at(length, width, 0), at(0, width, 0)], "#eeeeee"))
    lines.append(_polygon([at(0, 0, 0), at(0, width, 0), at(0, width, height), at(0, 0, height)], "#f7f7f7"))
    lines.append(_polygon([at(0, 0, 0), at(length, 0, 0), at(length, 0, height), at(0, 0, height)], "#fafafa"))
    for one in _back_to_front(load.placed):
        (x1, y1, z1), (x2, y2, z2) = (one.x_mm, one.y_mm, one.z_mm), one.ends_mm
        colour = groups[_group_of(one)]
        lines.append(_polygon([at(x1, y2, z1), at(x2, y2, z1), at(x2, y2, z2), at(x1, y2, z2)], colour, 0.12))
        lines.append(_polygon([at(x2, y1, z1), at(x2, y2, z1), at(x2, y2, z2), at(x2, y1, z2)], colour, 0.25))
        lines.append(_polygon([at(x1, y1, z2), at(x2, y1, z2), at(x2, y2, z2), at(x1, y2, z2)], colour))
    return _Picture(lines, _LINE + high * scale)


def _back_to_front(placed: Sequence[Placed]) -> list[Placed]:
    """So that what hides another is drawn after it: nearer to door, right wall or roof. Where boxes hide each other in a
    circle, the farthest is drawn first."""
    start = np.array([(one.x_mm, one.y_mm, one.z_mm) for one in placed], np.int64).reshape(-1, 3)
    end = np.array([one.ends_mm for one in placed], np.int64).reshape(-1, 3)
    # Along the line of sight only boxes can hide each other whose outlines meet: three differences bound the outline.
    low = np.stack([start[:, i] - end[:, j] for i, j in ((0, 1), (1, 2), (0, 2))], axis=1)
    high = np.stack([end[:, i] - start[:, j] for i, j in ((0, 1), (1, 2), (0, 2))], axis=1)
    waiting = np.zeros(len(placed), np.int64)
    hidden_by = []
    for i in range(len(placed)):
        meets = ((low[i] < high) & (low < high[i])).all(axis=1)
        hides = np.flatnonzero(meets & (end[i] <= start).any(axis=1) & ~(end <= start[i]).any(axis=1))
        hidden_by.append(hides)
        waiting[hides] += 1
    nearness = start.sum(axis=1) + end.sum(axis=1)
    ordered: list[int] = []
    open_ones = np.ones(len(placed), np.bool_)
    while len(ordered) < len(placed):
        least = waiting[open_ones].min()
        able = np.flatnonzero(open_ones & (waiting == least))
        chosen = int(able[np.argmin(nearness[able])])
        open_ones[chosen] = False
        ordered.append(chosen)
        waiting[hidden_by[chosen]] -= 1
    return [placed[i] for i in ordered]


def _flat(load: Load, groups: dict[str, str], locale: str, axis: int) -> _Picture:
    """The load seen along an axis: 1 from the left side, 2 from above. Far wall on the left, door on the right.

    Seen from above the right side wall is then at the top: whoever looks from the door to the far wall has it there.
    """
    space = load.space
    other = 1 if axis == 2 else 2
    deep = space.width_mm if axis == 2 else space.height_mm
    scale = (WIDTH - 2 * _MARGIN) / space.length_mm
    scale = min(scale, 380 / deep)
    heading = N_("View from above") if axis == 2 else N_("View from the left")
    top = 1.2 * _LINE
    lines = [_heading(translate(heading, locale))]
    lines.append(
        f"<rect x='0' y='{top}' width='{space.length_mm * scale:.1f}' height='{deep * scale:.1f}' fill='#eeeeee' "
        "stroke='#222222'/>"
    )
    # What is nearest to the eye is drawn last.
    for one in sorted(load.placed, key=lambda one: one.ends_mm[2] if axis == 2 else -one.y_mm):
        start, end = (one.x_mm, one.y_mm, one.z_mm), one.ends_mm
        wide, tall = (end[0] - start[0]) * scale, (end[other] - start[other]) * scale
        y = top + (deep - end[other]) * scale
        x = start[0] * scale
        lines.append(
            f"<rect x='{x:.1f}' y='{y:.1f}' width='{wide:.1f}' height='{tall:.1f}' fill='{groups[_group_of(one)]}' "
            "stroke='#222222' stroke-width='0.7'/>"
        )
        label = one.box.key if len(one.box.key) <= 12 else one.box.key[:11] + "…"
        if wide > 8 * len(label) and tall > 14:
            lines.append(
                f"<text x='{x + wide / 2:.1f}' y='{y + tall / 2 + 4:.1f}' text-anchor='middle' font-size='11'>"
                f"{_text(label)}</text>"
            )
    lines += _centre_mark(load, axis, scale, top, deep)
    below = top + deep * scale + 0.9 * _LINE
    walls = (
        ("start", 0.0, translate(N_("far wall, 0 mm"), locale)),
        ("end", space.length_mm * scale, translate(N_("door, {length_mm} mm"), locale, length_mm=space.length_mm)),
    )
    lines += [
        f"<text x='{x:.1f}' y='{below:.1f}' text-anchor='{anchor}' font-size='11'>{_text(text)}</text>"
        for anchor, x, text in walls
    ]
    return _Picture(lines, below)


def _centre_mark(load: Load, axis: int, scale: float, top: float, deep: int) -> list[str]:
    """A cross at the centre of gravity."""
    centre = centre_of_gravity(load)
    if centre is None:
        return []
    x = float(centre.x_mm) * scale
    y = top + (deep - float(centre.y_mm if axis == 2 else centre.z_mm)) * scale
    return [
        f"<circle cx='{x:.1f}' cy='{y:.1f}' r='8' fill='#ffffff' stroke='#000000' stroke-width='1.5'/>",
        f"<path d='M{x - 12:.1f} {y:.1f}H{x + 12:.1f}M{x:.1f} {y - 12:.1f}V{y + 12:.1f}' stroke='#000000'/>",
    ]


def _legend(load: Load, groups: dict[str, str], locale: str) -> _Picture:
    """What the colours stand for, with the lines of the packing list and how many of each are there."""
    lines = [_heading(translate(N_("What the colours mean"), locale))]
    y = 1.2 * _LINE
    for group, colour in groups.items():
        names: dict[str, int] = {}
        for one in load.placed:
            if _group_of(one) == group:
                name = one.box.key if one.box.name == one.box.key else f"{one.box.key} {one.box.name}"
                names[name] = names.get(name, 0) + 1
        inside = ", ".join(f"{count} × {name}" for name, count in names.items())
        shown = inside if inside.endswith(f"× {group}") else f"{group}: {inside}"
        shown = shown if len(shown) <= 140 else shown[:139] + "…"
        lines.append(f"<rect x='0' y='{y:.1f}' width='14' height='14' fill='{colour}' stroke='#222222'/>")
        lines.append(f"<text x='22' y='{y + 12:.1f}'>{_text(shown)}</text>")
        y += _LINE
    if centre_of_gravity(load) is not None:
        text = translate(N_("centre of gravity"), locale)
        lines.append(f"<circle cx='7' cy='{y + 7:.1f}' r='6' fill='#ffffff' stroke='#000000' stroke-width='1.5'/>")
        lines.append(f"<text x='22' y='{y + 12:.1f}'>{_text(text)}</text>")
        y += _LINE
    return _Picture(lines, y)
