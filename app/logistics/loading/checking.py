"""Judges a plan, wherever it came from. Shares no geometry with the search: it looks at each pair of boxes.

Every rule is checked exactly, in whole numbers and fractions.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.logistics.loading.cargo import BoxSide, BoxType, LoadedFrom, LoadSpace, Placed, Plan


class Fault(StrEnum):
    """Kinds of violations."""

    OUTSIDE = "outside"
    OVERLAP = "overlap"
    UNSUPPORTED = "unsupported"
    ORIENTATION = "orientation"
    DOOR = "door"
    PAYLOAD = "payload"
    AXLE = "axle"
    TOP_LOAD = "top-load"
    TOP_PRESSURE = "top-pressure"
    UNLOADING = "unloading"
    ORDER = "order"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach of a rule: in which load (from 0), by which boxes, and by how much in figures."""

    fault: Fault
    load: int
    boxes: tuple[str, ...]
    figures: str = ""


@dataclass(frozen=True, slots=True)
class _Solid:
    """A box as six numbers."""

    name: str
    box: BoxType
    x1: int
    x2: int
    y1: int
    y2: int
    z1: int
    z2: int


def check(
    plan: Plan, boxes: Sequence[BoxType], spaces: Sequence[LoadSpace], *, least_support: Fraction = Fraction(1)
) -> list[Violation]:
    """All violations of a plan for these boxes and load spaces; `least_support` is the share of each base that must be
    held up."""
    found = list(_miscounted(plan, boxes, spaces))
    for number, load in enumerate(plan.loads):
        solids = [_solid(one) for one in load.placed]
        found += _outside(number, load.space, load.placed, solids)
        contacts = _contacts(solids)
        found += _overlaps(number, solids)
        found += _unsupported(number, solids, contacts, least_support)
        found += _misturned(number, load.placed)
        found += _overloaded(number, solids, contacts)
        found += _too_heavy(number, load.space, solids)
        found += _in_the_way(number, load.space, solids)
        found += _out_of_order(number, solids)
    return found


def _solid(one: Placed) -> _Solid:
    along = [{"L": one.box.length_mm, "W": one.box.width_mm, "H": one.box.height_mm}[letter] for letter in one.turn]
    name = f"{one.box.key}#{one.number}"
    x, y, z = one.x_mm, one.y_mm, one.z_mm
    return _Solid(name, one.box, x, x + along[0], y, y + along[1], z, z + along[2])


def _miscounted(plan: Plan, boxes: Sequence[BoxType], spaces: Sequence[LoadSpace]) -> Iterator[Violation]:
    """Each box is loaded once or left over, and nothing else is; no more load spaces are used than there are."""
    seen = Counter((one.box, one.number) for load in plan.loads for one in load.placed)
    wanted = {(box, number) for box in boxes for number in range(1, box.count + 1)}
    for (box, number), times in seen.items():
        if times > 1 or (box, number) not in wanted:
            yield Violation(Fault.COUNT, 0, (f"{box.key}#{number}",), f"{times} times")
    loaded = Counter(box for box, _ in seen)
    left = Counter({entry.box: entry.count for entry in plan.left_over})
    for box in boxes:
        if loaded[box] + left[box] != box.count:
            yield Violation(Fault.COUNT, 0, (box.key,), f"{loaded[box]} + {left[box]} of {box.count}")
    for space, times in Counter(load.space for load in plan.loads).items():
        if times > sum(1 for each in spaces if each == space):
            yield Violation(Fault.COUNT, 0, (space.key,), f"{times} load spaces")


def _outside(number: int, space: LoadSpace, placed: Sequence[Placed], solids: Sequence[_Solid]) -> Iterator[Violation]:
    for one in solids:
        if (
            min(one.x1, one.y1, one.z1) < 0
            or one.x2 > space.length_mm
            or one.y2 > space.width_mm
            or one.z2 > space.height_mm
        ):
            yield Violation(Fault.OUTSIDE, number, (one.name,), f"{one.x2} × {one.y2} × {one.z2} mm")
        if (
            space.loaded_from is LoadedFrom.REAR
            and space.door_width_mm is not None
            and space.door_height_mm is not None
        ):
            narrow = min(one.x2 - one.x1, one.y2 - one.y1)
            if narrow > space.door_width_mm or one.z2 - one.z1 > space.door_height_mm:
                yield Violation(Fault.DOOR, number, (one.name,), f"{narrow} × {one.z2 - one.z1} mm")


def _shared(one: _Solid, other: _Solid) -> int:
    """The area, in mm², that two boxes share seen from above."""
    along = min(one.x2, other.x2) - max(one.x1, other.x1)
    across = min(one.y2, other.y2) - max(one.y1, other.y1)
    return along * across if along > 0 and across > 0 else 0


def _overlaps(number: int, solids: Sequence[_Solid]) -> Iterator[Violation]:
    """Two boxes overlap when they share more than a face. Sorted by x, each is compared until the others begin behind
    its end."""
    ordered = sorted(solids, key=lambda one: one.x1)
    for place, one in enumerate(ordered):
        for other in ordered[place + 1 :]:
            if other.x1 >= one.x2:
                break
            if one.y1 < other.y2 and other.y1 < one.y2 and one.z1 < other.z2 and other.z1 < one.z2:
                yield Violation(Fault.OVERLAP, number, (one.name, other.name))


def _contacts(solids: Sequence[_Solid]) -> list[list[tuple[int, int]]]:
    """For each box, those on whose top it stands, with the area of contact in mm²."""
    ending: dict[int, list[int]] = {}
    for i, one in enumerate(solids):
        ending.setdefault(one.z2, []).append(i)
    found = []
    for one in solids:
        below = [(i, _shared(one, solids[i])) for i in ending.get(one.z1, ())]
        found.append([(i, area) for i, area in below if area])
    return found


def _unsupported(
    number: int, solids: Sequence[_Solid], contacts: Sequence[Sequence[tuple[int, int]]], least: Fraction
) -> Iterator[Violation]:
    """The tops of boxes that do not overlap cannot cover an area twice, so areas of contact add up."""
    for one, below in zip(solids, contacts, strict=True):
        if one.z1 == 0:
            continue
        base = (one.x2 - one.x1) * (one.y2 - one.y1)
        held = sum(area for _, area in below)
        if held < least * base:
            yield Violation(Fault.UNSUPPORTED, number, (one.name,), f"{held} of {base} mm²")


def _misturned(number: int, placed: Sequence[Placed]) -> Iterator[Violation]:
    standing = {"L": BoxSide.LENGTH, "W": BoxSide.WIDTH, "H": BoxSide.HEIGHT}
    for one in placed:
        along, across, up = one.turn
        # Letters in the order of L, W, H lie as they were given; the other way round the box was turned.
        turned = "LWH".index(along) > "LWH".index(across)
        if standing[up] not in one.box.upright or (turned and not one.box.turnable):
            yield Violation(Fault.ORIENTATION, number, (f"{one.box.key}#{one.number}",), one.turn)


def _overloaded(
    number: int, solids: Sequence[_Solid], contacts: Sequence[Sequence[tuple[int, int]]]
) -> Iterator[Violation]:
    """From the top down, each box hands its mass and its load to those below by their shares of the contact."""
    loads = [Fraction(0)] * len(solids)
    for i in sorted(range(len(solids)), key=lambda i: -solids[i].z1):
        one, below = solids[i], contacts[i]
        box = one.box
        if box.top_load_g is not None and loads[i] > box.top_load_g:
            yield Violation(Fault.TOP_LOAD, number, (one.name,), f"{float(loads[i]):.0f} of {box.top_load_g} g")
        force = box.mass_g + loads[i]
        touching = sum(area for _, area in below)
        for j, area in below:
            loads[j] += force * area / touching
            limit = solids[j].box.top_pressure_g_m2
            if limit is not None and force * 1_000_000 > limit * touching:
                figures = f"{float(force * 1_000_000 / touching):.0f} of {limit} g/m²"
                yield Violation(Fault.TOP_PRESSURE, number, (solids[j].name, one.name), figures)


def _too_heavy(number: int, space: LoadSpace, solids: Sequence[_Solid]) -> Iterator[Violation]:
    mass = sum(one.box.mass_g for one in solids)
    if space.payload_g is not None and mass > space.payload_g:
        yield Violation(Fault.PAYLOAD, number, (), f"{mass} of {space.payload_g} g")
    if space.axles is None:
        return
    front, rear, tractor = space.axles.front, space.axles.rear, space.axles.tractor
    span = rear.at_mm - front.at_mm
    # Moments about each support in turn: what one of them carries is what would turn the vehicle about the other.
    about_front = sum(Fraction(one.box.mass_g * (one.x1 + one.x2 - 2 * front.at_mm), 2) for one in solids)
    about_rear = sum(Fraction(one.box.mass_g * (2 * rear.at_mm - one.x1 - one.x2), 2) for one in solids)
    carried = {"rear": (rear.tare_g + about_front / span, rear.limit_g)}
    on_front = front.tare_g + about_rear / span
    carried["front" if tractor is None else "kingpin"] = (on_front, front.limit_g)
    if tractor is not None:
        ahead = Fraction(tractor.wheelbase_mm - tractor.fifth_wheel_mm, tractor.wheelbase_mm)
        carried["front"] = (tractor.front_tare_g + on_front * ahead, tractor.front_limit_g)
        carried["drive"] = (tractor.rear_tare_g + on_front * (1 - ahead), tractor.rear_limit_g)
    for place, (load, limit) in carried.items():
        if not 0 <= load <= limit:
            yield Violation(Fault.AXLE, number, (), f"{place}: {float(load):.0f} of {limit} g")


def _in_the_way(number: int, space: LoadSpace, solids: Sequence[_Solid]) -> Iterator[Violation]:
    """What is unloaded later must stand neither on a box nor, when the load leaves through the rear, before it."""
    for one in solids:
        for other in solids:
            if other.box.stop <= one.box.stop:
                continue
            over = other.z1 >= one.z2 and _shared(one, other) > 0
            before = other.x1 >= one.x2 and one.y1 < other.y2 and other.y1 < one.y2
            before = before and one.z1 < other.z2 and other.z1 < one.z2
            if over or (before and space.loaded_from is LoadedFrom.REAR):
                yield Violation(Fault.UNLOADING, number, (one.name, other.name))


def _out_of_order(number: int, solids: Sequence[_Solid]) -> Iterator[Violation]:
    """Loaded one after the other, no box may come in under one that is there already."""
    for place, one in enumerate(solids):
        for later in solids[place + 1 :]:
            if later.z2 <= one.z1 and _shared(one, later) > 0:
                yield Violation(Fault.ORDER, number, (one.name, later.name))
