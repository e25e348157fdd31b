"""What is loaded into what. Lengths are whole millimetres, masses whole grams: sums and comparisons are exact.

x runs from the far wall to the door, y from the left side wall to the right as seen from the door, z from the floor up.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class BoxSide(StrEnum):
    """A side of a box by which of its measures it runs along."""

    LENGTH = "length"
    WIDTH = "width"
    HEIGHT = "height"


class Turn(StrEnum):
    """How a box stands: which of its length, width and height lie along x, y and z."""

    LWH = "LWH"
    WLH = "WLH"
    LHW = "LHW"
    HLW = "HLW"
    WHL = "WHL"
    HWL = "HWL"


TURNS: tuple[Turn, ...] = tuple(Turn)
_UP = {"L": BoxSide.LENGTH, "W": BoxSide.WIDTH, "H": BoxSide.HEIGHT}
_UNTURNED = frozenset({Turn.LWH, Turn.LHW, Turn.WHL})
"""Without turning about the vertical axis, of the two sides that lie flat the first of length, width, height is along x."""

Sizes = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class BoxType:
    """Boxes that are alike: one line of a packing list. `mass_g` 0 means that the mass is not known and does not count.

    `upright` are the sides that may stand vertically, `turnable` whether it may be turned about the vertical axis.
    `top_load_g` is the greatest mass that may stand on one box, all that stands on what stands on it included;
    `top_pressure_g_m2` the greatest pressure under each thing on it. None is no limit. `stop` is where it is unloaded:
    1 first.
    """

    key: str
    name: str
    length_mm: int
    width_mm: int
    height_mm: int
    count: int
    mass_g: int = 0
    upright: frozenset[BoxSide] = frozenset(BoxSide)
    turnable: bool = True
    top_load_g: int | None = None
    top_pressure_g_m2: int | None = None
    stop: int = 1
    consignment: str | None = None

    @property
    def volume_mm3(self) -> int:
        """Of one box."""
        return self.length_mm * self.width_mm * self.height_mm

    def sizes(self, turn: Turn) -> Sizes:
        """Its extent along x, y and z when it stands so."""
        measures = {"L": self.length_mm, "W": self.width_mm, "H": self.height_mm}
        return measures[turn[0]], measures[turn[1]], measures[turn[2]]

    def stances(self) -> Iterator[tuple[Turn, Sizes]]:
        """The permitted ways to stand, each extent once."""
        seen: set[Sizes] = set()
        for turn in TURNS:
            if _UP[turn[2]] in self.upright and (self.turnable or turn in _UNTURNED) and self.sizes(turn) not in seen:
                seen.add(self.sizes(turn))
                yield turn, self.sizes(turn)


@dataclass(frozen=True, slots=True)
class Support:
    """One of the two places that carry the load space: an axle, a group of axles, or the kingpin.

    `at_mm` is its distance from the far wall along x; negative when it lies ahead of that wall.
    """

    at_mm: int
    tare_g: int
    limit_g: int


@dataclass(frozen=True, slots=True)
class Tractor:
    """What carries the kingpin of a semi-trailer. `fifth_wheel_mm` is measured from the front axle backwards."""

    wheelbase_mm: int
    fifth_wheel_mm: int
    front_tare_g: int
    front_limit_g: int
    rear_tare_g: int
    rear_limit_g: int


@dataclass(frozen=True, slots=True)
class Axles:
    """A vehicle's supports; with a tractor, the front one is the kingpin."""

    front: Support
    rear: Support
    tractor: Tractor | None = None


class LoadedFrom(StrEnum):
    """Where boxes come in."""

    REAR = "rear"
    TOP = "top"


@dataclass(frozen=True, slots=True)
class LoadSpace:
    """A container or a truck's load space: inside measures, door opening, payload. Payload None is no limit."""

    key: str
    name: str
    length_mm: int
    width_mm: int
    height_mm: int
    payload_g: int | None = None
    tare_g: int = 0
    door_width_mm: int | None = None
    door_height_mm: int | None = None
    loaded_from: LoadedFrom = LoadedFrom.REAR
    axles: Axles | None = None

    @property
    def volume_mm3(self) -> int:
        """Of the inside."""
        return self.length_mm * self.width_mm * self.height_mm

    def takes(self, sizes: Sizes) -> bool:
        """Whether a box of this extent fits inside at all."""
        return sizes[0] <= self.length_mm and sizes[1] <= self.width_mm and sizes[2] <= self.height_mm

    def lets_in(self, sizes: Sizes) -> bool:
        """Whether it comes through the door as it will stand, perhaps turned about the vertical axis on the way."""
        if self.loaded_from is LoadedFrom.TOP or self.door_width_mm is None or self.door_height_mm is None:
            return True
        return min(sizes[0], sizes[1]) <= self.door_width_mm and sizes[2] <= self.door_height_mm


@dataclass(frozen=True, slots=True)
class Placed:
    """One box in its place: `number` counts the boxes of its type from 1."""

    box: BoxType
    number: int
    x_mm: int
    y_mm: int
    z_mm: int
    turn: Turn

    @property
    def sizes_mm(self) -> Sizes:
        """Its extent along x, y and z."""
        return self.box.sizes(self.turn)

    @property
    def ends_mm(self) -> Sizes:
        """Its corner farthest from the origin."""
        along = self.sizes_mm
        return self.x_mm + along[0], self.y_mm + along[1], self.z_mm + along[2]


class Reason(StrEnum):
    """Why boxes were left over."""

    TOO_LARGE = "too-large"
    DOOR = "door"
    TOO_HEAVY = "too-heavy"
    PAYLOAD = "payload"
    AXLES = "axles"
    STACKING = "stacking"
    UNLOADING = "unloading"
    NO_SPACE = "no-space"


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Boxes of one type that stay behind."""

    box: BoxType
    count: int
    reason: Reason


@dataclass(frozen=True)
class Load:
    """One load space with what stands in it, in the order of loading."""

    space: LoadSpace
    placed: tuple[Placed, ...]

    @cached_property
    def mass_g(self) -> int:
        """Of the boxes."""
        return sum(one.box.mass_g for one in self.placed)

    @cached_property
    def volume_mm3(self) -> int:
        """Of the boxes."""
        return sum(one.box.volume_mm3 for one in self.placed)

    @property
    def volume_share(self) -> float:
        """How much of the load space is used, 0 to 1."""
        return self.volume_mm3 / self.space.volume_mm3


@dataclass(frozen=True)
class Plan:
    """The loads, in the order of the load spaces given, and what is left over. Load spaces that stay empty are not there."""

    loads: tuple[Load, ...]
    left_over: tuple[LeftOver, ...]
    rounds: int = field(default=0, compare=False)
    """Partial loads that were tried: the measure of work that does not depend on the machine."""
