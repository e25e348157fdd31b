"""Exact conversion, and as many digits as the original warrants."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reference import facade
from app.reference.units import sensible_places

PAIRS = [
    (a.code, b.code) for a in facade.units().values() for b in facade.units().values() if a.dimension == b.dimension
]
VALUES = st.decimals(min_value=-(10**9), max_value=10**9, places=6)


@given(VALUES, st.sampled_from(PAIRS))
def test_a_conversion_and_its_way_back_are_exact(value: Decimal, pair: tuple[str, str]) -> None:
    there = facade.convert_exact(value, *pair)
    assert facade.convert_exact(there, pair[1], pair[0]) == Fraction(value)


@given(VALUES, st.sampled_from(PAIRS))
def test_display_conversion_never_loses_the_last_place(value: Decimal, pair: tuple[str, str]) -> None:
    """Shown in the preferred unit and read back, a value is off by no more than half a unit of its own last place."""
    source, target = pair
    places = sensible_places(value, source, target)
    shown = facade.convert_quantity(value, source, target, places=places)
    last_place = Fraction(10) ** min(0, int(value.normalize().as_tuple().exponent))
    if places < 6:
        assert abs(facade.convert_exact(shown, target, source) - Fraction(value)) <= max(
            last_place / 2, abs(facade.convert_exact(1, target, source) - facade.convert_exact(0, target, source)) / 2
        )


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        ("25.4", "MMT", "INH", "1"),
        ("1", "FOT", "INH", "12"),
        ("0.45359237", "KGM", "LBR", "1"),
        ("16", "ONZ", "LBR", "1"),
        ("100", "CEL", "FAH", "212"),
        ("-40", "FAH", "CEL", "-40"),
        ("0", "CEL", "KEL", "273.15"),
        ("1", "MPA", "BAR", "10"),
        ("1", "MPA", "PS", "145.037738"),
        ("1", "B47", "NEW", "1000"),
        ("1", "LTR", "CMQ", "1000"),
        ("231", "INQ", "GLL", "1"),
        ("1", "ANN", "MON", "12"),
        ("1", "WEE", "HUR", "168"),
        ("1", "PR", "H87", "2"),
        ("1", "4H", "M7", "39.370079"),
        ("1", "KWH", "KWH", "1"),
    ],
)
def test_known_conversions(value: str, source: str, target: str, expected: str) -> None:
    assert facade.convert_quantity(Decimal(value), source, target) == Decimal(expected)


@pytest.mark.parametrize(
    ("source", "target"), [("KGM", "HUR"), ("HRC", "HB"), ("DAY", "MON"), ("SET", "H87"), ("NEW", "PAL")]
)
def test_what_does_not_measure_the_same_is_not_converted(source: str, target: str) -> None:
    with pytest.raises(facade.NotConvertible):
        facade.convert_exact(Decimal(1), source, target)


def test_preferred_units_exist_measure_the_same_and_suit_their_system() -> None:
    for unit in facade.units().values():
        for system in ("metric", "inch"):
            preferred = facade.unit(facade.preferred_unit(unit.code, system))
            assert preferred.dimension == unit.dimension
            assert preferred.system in (system, "both")
            assert facade.preferred_unit(preferred.code, system) == preferred.code
    assert [facade.preferred_unit(code, "inch") for code in ("MMT", "KGM", "CEL", "B47", "MPA")] == [
        "INH", "LBR", "FAH", "B47", "PS",
    ]  # fmt: skip


def test_every_code_the_standards_name_is_there() -> None:
    for code in ("H87", "C62", "SET", "KGM", "TNE", "MMT", "MTK", "MTQ", "HUR", "DAY", "MPA", "BAR"):
        assert facade.is_known_unit(code)
