"""A drawing board for pictures of listings: lines, centre lines, hatching, dimensions with arrows, a title. Needs no CAD kernel.

Places are in pixels of a sheet of 1200 × 900. It is drawn twice as large and reduced, so that slanted lines are smooth.
"""

import io
import math
from collections.abc import Sequence
from functools import cache

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 900
FACTOR = 2
THICK, THIN = 2.6, 1.2
INK, GREY, PAPER = 20, 120, 255
ARROW = 15.0

Point = tuple[float, float]


_PLAIN = str.maketrans({"×": "x", "–": "-"})
"""Signs that the font does not have, by what draughtsmen write instead; the sign of a diameter is drawn."""


@cache
def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that Pillow brings along: the same on every machine."""
    return ImageFont.load_default(size * FACTOR)


class Board:
    """One sheet."""

    def __init__(self) -> None:
        self._image = Image.new("L", (WIDTH * FACTOR, HEIGHT * FACTOR), PAPER)
        self._draw = ImageDraw.Draw(self._image)

    def png(self) -> bytes:
        """The finished sheet, as a PNG of sixteen greys."""
        kept = io.BytesIO()
        sheet = self._image.reduce(FACTOR).point(lambda value: round(value / 17) * 17)
        sheet.quantize(16).save(kept, "PNG", optimize=True)
        return kept.getvalue()

    def path(self, points: Sequence[Point], *, weight: float = THICK, shade: int = INK, closed: bool = False) -> None:
        """A line through points."""
        ends = points[:1] if closed else ()
        places = [(x * FACTOR, y * FACTOR) for x, y in (*points, *ends)]
        self._draw.line(places, fill=shade, width=round(weight * FACTOR), joint="curve")

    def shape(self, points: Sequence[Point], *, fill: int = PAPER, weight: float = THICK) -> None:
        """An outline that covers what lies below it."""
        self._draw.polygon([(x * FACTOR, y * FACTOR) for x, y in points], fill=fill)
        self.path(points, weight=weight, closed=True)

    def box(self, left: float, top: float, right: float, bottom: float, *, fill: int = PAPER) -> None:
        """An upright rectangle."""
        self.shape([(left, top), (right, top), (right, bottom), (left, bottom)], fill=fill)

    def circle(
        self, centre: Point, radius: float, *, fill: int | None = None, weight: float = THICK, shade: int = INK
    ) -> None:
        """A whole circle."""
        (x, y), r = centre, radius
        corners = [(edge * FACTOR) for edge in (x - r, y - r, x + r, y + r)]
        self._draw.ellipse(corners, fill=fill, outline=shade, width=round(weight * FACTOR))

    def arc(self, centre: Point, radius: float, start: float, end: float, *, weight: float = THICK) -> None:
        """A part of a circle; degrees, clockwise from the right."""
        (x, y), r = centre, radius
        corners = [(edge * FACTOR) for edge in (x - r, y - r, x + r, y + r)]
        self._draw.arc(corners, start, end, fill=INK, width=round(weight * FACTOR))

    def hole(self, centre: Point, radius: float, *, counterbore: float = 0.0) -> None:
        """A hole seen from its end, with its centre cross."""
        if counterbore:
            self.circle(centre, counterbore, weight=THIN, fill=PAPER)
        self.circle(centre, radius, fill=PAPER)
        self.cross(centre, max(radius, counterbore) + 10)

    def cross(self, centre: Point, reach: float) -> None:
        """The two centre lines of something round."""
        x, y = centre
        self.dashed((x - reach, y), (x + reach, y))
        self.dashed((x, y - reach), (x, y + reach))

    def dashed(self, start: Point, end: Point, *, pattern: Sequence[float] = (22, 5, 4, 5), shade: int = GREY) -> None:
        """A centre line; with the pattern (12, 6) a hidden edge."""
        length = math.dist(start, end)
        if length == 0:
            return
        step_x, step_y = ((b - a) / length for a, b in zip(start, end, strict=True))
        at, number = 0.0, 0
        while at < length:
            stop = min(length, at + pattern[number % len(pattern)])
            if number % 2 == 0:
                ends = [(start[0] + step_x * reach, start[1] + step_y * reach) for reach in (at, stop)]
                self.path(ends, weight=THIN, shade=shade)
            at, number = stop, number + 1

    def hatched(self, left: float, top: float, right: float, bottom: float, *, gap: float = 12.0) -> None:
        """The cut face of a section, at 45 degrees."""
        self.box(left, top, right, bottom)
        offset = top - right
        while offset < bottom - left:
            offset += gap
            # The line y = x + offset, from one edge of the rectangle to another.
            first_x, last_x = max(left, top - offset), min(right, bottom - offset)
            if first_x < last_x:
                self.path([(first_x, first_x + offset), (last_x, last_x + offset)], weight=THIN, shade=GREY)
        self.path([(left, top), (right, top), (right, bottom), (left, bottom)], closed=True)

    def break_lines(self, x: float, top: float, bottom: float) -> None:
        """Where a long part is drawn shorter: two waves, and paper between them."""
        gap, wave = 9.0, 6.0
        steps = [top - 3 + (bottom - top + 6) * number / 12 for number in range(13)]
        left = [(x - gap + wave * math.sin(number * math.pi / 6), y) for number, y in enumerate(steps)]
        right = [(a + 2 * gap, y) for a, y in left]
        self._draw.polygon([(a * FACTOR, y * FACTOR) for a, y in (*left, *reversed(right))], fill=PAPER)
        self.path(left, weight=THIN)
        self.path(right, weight=THIN)

    def text(self, at: Point, words: str, *, size: float = 26, anchor: str = "mm", shade: int = INK) -> None:
        """A figure or a name. `anchor` is l, m or r for where `at` lies across it; it lies in the middle of its height."""
        self._pasted(at, _label(words, size, shade), anchor)

    def across(self, left: float, right: float, edge: float, at: float, words: str) -> None:
        """A dimension of a width: extension lines from the edge, a line with arrows at `at`, the figure on it."""
        beyond = 8 if at > edge else -8
        for x in (left, right):
            self.path([(x, edge + beyond / 2), (x, at + beyond)], weight=THIN)
        self._measured((left, at), (right, at))
        middle = (left + right) / 2
        if right - left >= 70:
            self.text((middle, at - 18), words)
        else:
            self.text((right + 30, at - 18), words, anchor="lm")

    def upright(self, top: float, bottom: float, edge: float, at: float, words: str) -> None:
        """A dimension of a height: like `across`, the figure read from the right."""
        beyond = 8 if at > edge else -8
        for y in (top, bottom):
            self.path([(edge + beyond / 2, y), (at + beyond, y)], weight=THIN)
        self._measured((at, top), (at, bottom))
        if bottom - top >= 100:
            label = _label(words, 26, INK).rotate(90, expand=True)
            self._pasted((at - 18, (top + bottom) / 2), label, "mm")
        else:
            self.text(
                (at + 14 * (1 if at > edge else -1), (top + bottom) / 2), words, anchor="lm" if at > edge else "rm"
            )

    def leader(self, tip: Point, elbow: Point, words: str) -> None:
        """A name or figure at the end of a thin line with an arrow."""
        self.path([tip, elbow], weight=THIN)
        self._arrow(tip, elbow)
        room = WIDTH - 44 - _label(words, 26, INK).width / FACTOR
        right = elbow[0] >= tip[0] and elbow[0] + 30 <= room
        end = (elbow[0] + (24 if right else -24), elbow[1])
        self.path([elbow, end], weight=THIN)
        self.text((end[0] + (6 if right else -6), end[1]), words, anchor="lm" if right else "rm")

    def title(self, name: str, lines: Sequence[str]) -> None:
        """The block at the bottom: the size, and what it is made of and by which standard."""
        top = HEIGHT - 110
        self.path([(30, 30), (WIDTH - 30, 30), (WIDTH - 30, HEIGHT - 30), (30, HEIGHT - 30)], weight=THIN, closed=True)
        self.path([(30, top), (WIDTH - 30, top)], weight=THIN)
        self.text((56, top + 40), name, size=38, anchor="lm")
        self.text((WIDTH - 56, top + 26), "   ".join(lines[:2]), size=24, anchor="rm")
        self.text((WIDTH - 56, top + 56), "   ".join(lines[2:]) or "mm", size=22, anchor="rm", shade=GREY)

    def _measured(self, start: Point, end: Point) -> None:
        """The line of a dimension; its arrows stand outside when there is no room within."""
        length = math.dist(start, end)
        step = [(b - a) / length for a, b in zip(start, end, strict=True)]
        outside = length < 3 * ARROW
        reach = 2 * ARROW if outside else 0.0
        first = (start[0] - step[0] * reach, start[1] - step[1] * reach)
        last = (end[0] + step[0] * reach, end[1] + step[1] * reach)
        self.path([first, last], weight=THIN)
        self._arrow(start, first if outside else end)
        self._arrow(end, last if outside else start)

    def _arrow(self, tip: Point, tail: Point) -> None:
        length = math.dist(tip, tail) or 1.0
        x, y = ((b - a) / length for a, b in zip(tip, tail, strict=True))
        back = (tip[0] + x * ARROW, tip[1] + y * ARROW)
        wings = [(back[0] - y * 3.6, back[1] + x * 3.6), (back[0] + y * 3.6, back[1] - x * 3.6)]
        self._draw.polygon([(a * FACTOR, b * FACTOR) for a, b in (tip, *wings)], fill=INK)

    def _pasted(self, at: Point, label: Image.Image, anchor: str) -> None:
        share = {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]]
        corner = (round(at[0] * FACTOR - label.width * share), round(at[1] * FACTOR - label.height / 2))
        self._image.paste(label, corner)


@cache
def _label(words: str, size: float, shade: int) -> Image.Image:
    """A line of text on its own piece of paper."""
    font = _font(size)
    pieces = words.translate(_PLAIN).split("Ø")
    sign = round(size * FACTOR * 0.86)
    lengths = [math.ceil(font.getlength(piece)) for piece in pieces]
    high = math.ceil(size * FACTOR * 1.1)
    label = Image.new("L", (max(1, sum(lengths) + sign * (len(pieces) - 1)), high), PAPER)
    draw = ImageDraw.Draw(label)
    at = 0
    for number, (piece, length) in enumerate(zip(pieces, lengths, strict=True)):
        if number:
            _diameter_sign(draw, at, high, size, shade)
            at += sign
        draw.text((at, high / 2), piece, fill=shade, font=font, anchor="lm")
        at += length
    return label


def _diameter_sign(draw: ImageDraw.ImageDraw, left: float, high: int, size: float, shade: int) -> None:
    """A circle with a stroke through it (ISO 129-1)."""
    radius = size * FACTOR * 0.3
    x, y = left + size * FACTOR * 0.4, high / 2
    width = max(2, round(size * FACTOR * 0.075))
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=shade, width=width)
    reach = radius * 1.15
    draw.line((x - reach, y + reach, x + reach, y - reach), fill=shade, width=width)
