"""The checker sees each kind of violation when a good plan is broken on purpose."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest

from app.logistics.loading.cargo import (
    Axles,
    BoxSide,
    BoxType,
    LeftOver,
    Load,
    LoadedFrom,
    LoadSpace,
    Placed,
    Plan,
    Reason,
    Support,
    Turn,
)
from app.logistics.loading.checking import Fault, check
from tests.rooms.logistics.loading.cargoes import TRAILER, box

SPACE = LoadSpace("space", "Space", 3000, 2000, 2000, payload_g=1_000_000, door_width_mm=1800, door_height_mm=1800)


def faults(
    *placed: Placed, space: LoadSpace = SPACE, boxes: Sequence[BoxType] | None = None, support: Fraction = Fraction(1)
) -> list[Fault]:
    """What the checker finds in one load of these boxes."""
    types = list(dict.fromkeys(one.box for one in placed)) if boxes is None else boxes
    plan = Plan((Load(space, placed),), ())
    return [violation.fault for violation in check(plan, types, [space], least_support=support)]


def at(one: BoxType, x: int, y: int, z: int, number: int = 1, turn: Turn = Turn.LWH) -> Placed:
    """A box with its corner there."""
    return Placed(one, number, x, y, z, turn)


PAIR = box("pair", (1000, 1000, 500), 2, mass_g=10_000)
ONE = replace(PAIR, key="one", count=1)


def test_a_good_plan_has_none() -> None:
    assert faults(at(PAIR, 0, 0, 0), at(PAIR, 0, 0, 500, 2)) == []
    assert faults(at(PAIR, 0, 0, 0), at(PAIR, 1000, 0, 0, 2)) == []


@pytest.mark.parametrize("corner", [(2001, 0, 0), (0, 1001, 0), (-1, 0, 0), (0, -1, 0)])
def test_outside(corner: tuple[int, int, int]) -> None:
    assert faults(at(ONE, *corner)) == [Fault.OUTSIDE]


def test_through_the_roof_and_below_the_floor() -> None:
    assert set(faults(at(ONE, 0, 0, 1501))) == {Fault.OUTSIDE, Fault.UNSUPPORTED}
    assert Fault.OUTSIDE in faults(at(ONE, 0, 0, -1))


@pytest.mark.parametrize("corner", [(999, 0, 0), (0, 999, 0), (500, 500, 0), (0, 0, 0)])
def test_overlap(corner: tuple[int, int, int]) -> None:
    assert faults(at(PAIR, 0, 0, 0), at(PAIR, *corner, 2)) == [Fault.OVERLAP]
    assert Fault.OVERLAP in faults(at(PAIR, 0, 0, 0), at(PAIR, 0, 0, 499, 2))


def test_support_is_counted_to_the_millimetre() -> None:
    overhanging = (at(PAIR, 0, 0, 0), at(PAIR, 1, 0, 500, 2))
    assert faults(*overhanging) == [Fault.UNSUPPORTED]
    assert faults(*overhanging, support=Fraction(999, 1000)) == []
    assert faults(*overhanging, support=Fraction(9991, 10000)) == [Fault.UNSUPPORTED]
    assert faults(at(PAIR, 0, 0, 0), at(PAIR, 0, 0, 501, 2)) == [Fault.UNSUPPORTED]


def test_orientation() -> None:
    flat = replace(ONE, upright=frozenset({BoxSide.HEIGHT}))
    assert faults(at(flat, 0, 0, 0, turn=Turn.WLH)) == []
    assert faults(at(flat, 0, 0, 0, turn=Turn.LHW)) == [Fault.ORIENTATION]
    straight = replace(flat, width_mm=900, turnable=False)
    assert faults(at(straight, 0, 0, 0)) == []
    assert faults(at(straight, 0, 0, 0, turn=Turn.WLH)) == [Fault.ORIENTATION]


def test_a_cube_on_its_wrong_side_is_seen() -> None:
    cube = box("cube", (500, 500, 500), upright=frozenset({BoxSide.HEIGHT}))
    assert faults(at(cube, 0, 0, 0, turn=Turn.HWL)) == [Fault.ORIENTATION]


def test_door() -> None:
    assert faults(at(box("wide", (1801, 1801, 100)), 0, 0, 0)) == [Fault.DOOR]
    assert faults(at(box("high", (100, 100, 1801)), 0, 0, 0)) == [Fault.DOOR]
    assert faults(at(box("long", (2900, 1800, 1800)), 0, 0, 0)) == []


def test_payload() -> None:
    assert faults(at(replace(ONE, mass_g=1_000_000), 0, 0, 0)) == []
    assert faults(at(replace(ONE, mass_g=1_000_001), 0, 0, 0)) == [Fault.PAYLOAD]


def test_axles_to_the_gram() -> None:
    """1 t in the middle of the two supports puts 500 kg on each; 3,100 / 3,700 of the kingpin's go to the drive axle."""
    mass = replace(ONE, mass_g=1_000_000)
    middle = at(mass, 1000, 0, 0)
    van = replace(SPACE, axles=Axles(Support(500, 0, 500_000), Support(2500, 0, 500_000)))
    assert faults(middle, space=van) == []
    assert faults(replace(middle, x_mm=999), space=van) == [Fault.AXLE]
    assert faults(replace(middle, x_mm=1001), space=van) == [Fault.AXLE]
    assert faults(
        replace(middle, x_mm=2000), space=replace(van, axles=Axles(Support(500, 0, 1), Support(2400, 0, 2_000_000)))
    ) == [Fault.AXLE]
    axles = TRAILER.axles
    assert axles is not None and axles.tractor is not None
    drive = 2_400_000 + Fraction(3100, 3700) * (1_700_000 + Fraction(1_000_000 * (9300 - 5450), 7700))
    for limit, expected in ((int(drive) + 1, []), (int(drive), [Fault.AXLE])):
        tractor = replace(axles.tractor, rear_limit_g=limit)
        trailer = replace(TRAILER, axles=replace(axles, tractor=tractor))
        assert faults(at(mass, 4950, 0, 0), space=trailer) == expected


def test_top_load_goes_all_the_way_down() -> None:
    weak = box("weak", (1000, 1000, 500), mass_g=10_000, top_load_g=20_000)
    stack = (at(weak, 0, 0, 0), at(PAIR, 0, 0, 500), at(PAIR, 0, 0, 1000, 2))
    assert faults(*stack) == []
    heavier = replace(PAIR, mass_g=10_001)
    assert faults(at(weak, 0, 0, 0), at(heavier, 0, 0, 500), at(heavier, 0, 0, 1000, 2)) == [Fault.TOP_LOAD]


def test_top_load_is_shared_by_contact() -> None:
    """A box on two others, three quarters on the left one: that bears three quarters of it."""
    left = box("left", (750, 1000, 500), mass_g=1000, top_load_g=7500)
    right, over = replace(left, key="right", top_load_g=2500), box("over", (1000, 1000, 500), mass_g=10_000)
    assert faults(at(left, 0, 0, 0), at(right, 750, 0, 0), at(over, 0, 0, 500)) == []
    less = replace(left, top_load_g=7499)
    assert faults(at(less, 0, 0, 0), at(right, 750, 0, 0), at(over, 0, 0, 500)) == [Fault.TOP_LOAD]


def test_top_pressure() -> None:
    """10 kg on 0.25 m² are 40 kg/m²."""
    weak = box("weak", (1000, 1000, 500), mass_g=1000, top_pressure_g_m2=40_000)
    on_top = box("small", (500, 500, 500), mass_g=10_000)
    assert faults(at(weak, 0, 0, 0), at(on_top, 0, 0, 500)) == []
    assert faults(at(replace(weak, top_pressure_g_m2=39_999), 0, 0, 0), at(on_top, 0, 0, 500)) == [Fault.TOP_PRESSURE]


def test_what_is_unloaded_later_stands_in_the_way() -> None:
    first, last = replace(ONE, key="first", stop=1), replace(ONE, key="last", stop=2)
    assert faults(at(last, 0, 0, 0), at(first, 1000, 0, 0)) == []
    assert faults(at(first, 0, 0, 0), at(last, 1000, 0, 0)) == [Fault.UNLOADING]
    assert faults(at(first, 0, 0, 0), at(last, 1000, 1000, 0)) == []
    assert faults(at(first, 0, 0, 0), at(last, 0, 0, 500)) == [Fault.UNLOADING]
    assert faults(at(last, 0, 0, 0), at(first, 0, 0, 500)) == []


def test_from_above_only_what_stands_on_it_is_in_the_way() -> None:
    first, last = replace(ONE, key="first", stop=1), replace(ONE, key="last", stop=2)
    open_top = replace(SPACE, loaded_from=LoadedFrom.TOP)
    assert faults(at(first, 0, 0, 0), at(last, 1000, 0, 0), space=open_top) == []
    assert faults(at(first, 0, 0, 0), at(last, 0, 0, 500), space=open_top) == [Fault.UNLOADING]


def test_order_of_loading() -> None:
    assert faults(at(PAIR, 0, 0, 500, 2), at(PAIR, 0, 0, 0)) == [Fault.ORDER]


def test_counts() -> None:
    assert faults(at(PAIR, 0, 0, 0), at(PAIR, 1000, 0, 0)) == [Fault.COUNT, Fault.COUNT], "one twice, another missing"
    assert faults(at(ONE, 0, 0, 0), boxes=[]) == [Fault.COUNT]
    assert faults(at(PAIR, 0, 0, 0), boxes=[PAIR]) == [Fault.COUNT], "one box is neither loaded nor left over"
    left = Plan((Load(SPACE, (at(PAIR, 0, 0, 0),)),), (LeftOver(PAIR, 1, Reason.NO_SPACE),))
    assert check(left, [PAIR], [SPACE]) == []
    assert [each.fault for each in check(left, [PAIR], [])] == [Fault.COUNT]
