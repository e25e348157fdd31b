"""The outer dimensions of a part as a drawing to scale: front and side view with dimension lines, when there is no other.

Pure: from three displayed measures (length, width, height) to the coordinates of a small SVG picture.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WIDTH, _HEIGHT = 320.0, 150.0
_MARGIN = 34.0
_GAP = 44.0
_LEAST = 3.0


@dataclass(frozen=True, slots=True)
class View:
    """A rectangle of the drawing, in the picture's own units."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Half way along."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Front view (length by height) and side view (width by height), first-angle projection, with their measures."""

    width: float
    height: float
    front: View
    side: View
    length_text: str
    width_text: str
    height_text: str


def envelope(dimensions: Sequence[Mapping[str, Any]]) -> Envelope | None:
    """The drawing of three dimensions given as `{text, value}` in one unit; None when one is missing."""
    if len(dimensions) != 3:
        return None
    length, width, height = (float(one["value"]) for one in dimensions)
    scale = min((_WIDTH - 2 * _MARGIN - _GAP) / (length + width), (_HEIGHT - 2 * _MARGIN) / height)
    drawn = [max(round(value * scale, 1), _LEAST) for value in (length, width, height)]
    top = round((_HEIGHT - drawn[2]) / 2 - 6, 1)
    left = round((_WIDTH - drawn[0] - drawn[1] - _GAP) / 2 + 10, 1)
    front = View(left, top, drawn[0], drawn[2])
    side = View(round(left + drawn[0] + _GAP, 1), top, drawn[1], drawn[2])
    texts = [str(one["text"]) for one in dimensions]
    return Envelope(_WIDTH, _HEIGHT, front, side, *texts)
