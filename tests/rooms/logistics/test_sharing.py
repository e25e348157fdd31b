"""A shared container: worked examples, and that shares are exact, fair and the same in any order."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.logistics.sharing import Capacity, Part, split


def part(part_id: str, volume_m3: str, mass_kg: str) -> Part:
    """A part."""
    return Part(part_id, Decimal(volume_m3), Decimal(mass_kg))


def test_a_mould_and_light_parts() -> None:
    # Of 10 m³ and 10 t the mould has 20 % of the room and 80 % of the mass, the parts 80 % and 20 %: each counts with 80 %.
    shares = split(100_001, [part("parts", "8", "2000"), part("mould", "2", "8000")])
    assert [(one.part_id, one.amount_minor) for one in shares] == [("mould", 50_001), ("parts", 50_000)]


def test_the_containers_own_limits_may_be_the_measure() -> None:
    # A 20' holds 33 m³ and 28 t: the mould takes 2/7 of the payload, the parts 8/33 of the room.
    shares = split(
        100_000,
        [part("mould", "2", "8000"), part("parts", "8", "2000")],
        capacity=Capacity(Decimal(33), Decimal(28_000)),
    )
    assert shares[0].weight == Fraction(2, 7) / (Fraction(2, 7) + Fraction(8, 33))
    assert [one.amount_minor for one in shares] == [54_098, 45_902]


def test_what_is_left_over_goes_to_the_largest_remainders() -> None:
    equal = [part(name, "1", "1") for name in "cab"]
    assert [(one.part_id, one.amount_minor) for one in split(100, equal)] == [("a", 34), ("b", 33), ("c", 33)]
    assert [one.amount_minor for one in split(2, equal)] == [1, 1, 0]
    assert [one.amount_minor for one in split(0, equal)] == [0, 0, 0]


def test_what_cannot_be_shared_is_refused() -> None:
    for total, parts in ((-1, [part("a", "1", "1")]), (1, []), (1, [part("a", "1", "1"), part("a", "2", "1")])):
        with pytest.raises(ValueError, match=r"something to share|stands once"):
            split(total, parts)
    with pytest.raises(ValueError, match="a container holds"):
        Capacity(Decimal(0), Decimal(1))
    for volume, mass in (("0", "0"), ("-1", "1"), ("NaN", "1")):
        with pytest.raises(ValueError, match="a part has"):
            part("a", volume, mass)


measures = st.decimals(0, 30_000, places=3)
shared = st.lists(
    st.tuples(measures, measures).filter(any), min_size=1, max_size=12
).map(lambda rows: [Part(f"{index:02d}", *row) for index, row in enumerate(rows)])  # fmt: skip
limits = st.none() | st.builds(Capacity, st.decimals(1, 80, places=1), st.decimals(1_000, 30_000, places=0))


@given(st.integers(0, 10**9), shared, limits, st.randoms())
def test_shares_are_exact_and_fair(total: int, parts: list[Part], capacity: Capacity | None, chance: Any) -> None:
    shares = split(total, parts, capacity=capacity)
    assert sum(one.amount_minor for one in shares) == total
    assert sum(one.weight for one in shares) == 1
    assert all(one.amount_minor >= 0 and abs(one.amount_minor - total * one.weight) < 1 for one in shares)
    turned = list(parts)
    chance.shuffle(turned)
    assert split(total, turned, capacity=capacity) == shares
    by_id = {one.part_id: one for one in shares}
    for one in parts:
        for other in parts:
            if one.volume_m3 >= other.volume_m3 and one.mass_kg >= other.mass_kg:
                assert by_id[one.part_id].weight >= by_id[other.part_id].weight
                assert by_id[one.part_id].amount_minor + 1 >= by_id[other.part_id].amount_minor
