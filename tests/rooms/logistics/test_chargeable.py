"""Chargeable weight: worked examples by mode, and what always holds."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.logistics.chargeable import (
    DECISIVE_LABELS,
    Decisive,
    Package,
    WeightRule,
    chargeable,
    round_up,
    weight_rule,
    weight_rules,
)
from app.logistics.states import Mode


def package(count: int, mass_kg: str, *sides_mm: int, stack: int = 1) -> Package:
    """Packages of these sides."""
    length_mm, width_mm, height_mm = sides_mm
    return Package(count, Decimal(mass_kg), length_mm, width_mm, height_mm, stack)


CRATE = package(1, "850", 1200, 1000, 900)
"""A mould in its crate: heavy for its size."""
PARTS = package(10, "12", 600, 400, 500)
"""Trial parts in cartons: light for their size."""

EXAMPLES = [
    (Mode.AIR, CRATE, "850.0", Decisive.MASS),
    (Mode.AIR, PARTS, "200.0", Decisive.VOLUME),  # 1.2 m³ ÷ 6,000 cm³/kg
    (Mode.AIR, package(1, "10.1", 100, 100, 100), "10.5", Decisive.MASS),
    (Mode.AIR, package(1, "1", 404, 405, 400), "11.0", Decisive.VOLUME),  # 40 × 41 × 40 cm = 10.93 kg
    (Mode.COURIER, PARTS, "240.0", Decisive.VOLUME),
    (Mode.SEA_LCL, PARTS, "1.200", Decisive.VOLUME),
    (Mode.SEA_LCL, package(1, "3500", 1000, 1000, 1000), "3.500", Decisive.MASS),
    (Mode.SEA_LCL, CRATE, "1.080", Decisive.VOLUME),
    (Mode.SEA_LCL, package(1, "20", 300, 300, 300), "1.000", Decisive.MINIMUM),
    (Mode.ROAD, package(1, "300", 1200, 800, 500), "700", Decisive.LOADING_METRES),  # a Euro pallet: 0.4 loading metres
    (Mode.ROAD, package(2, "100", 1200, 800, 1200, stack=2), "768", Decisive.VOLUME),  # 2.304 m³ × 333 = 767.2
    (Mode.ROAD, package(1, "2000", 1200, 800, 500), "2000", Decisive.MASS),
    (Mode.RAIL, package(1, "300", 1200, 800, 500), "700", Decisive.LOADING_METRES),
]


@pytest.mark.parametrize(("mode", "packed", "quantity", "decisive"), EXAMPLES)
def test_examples(mode: Mode, packed: Package, quantity: str, decisive: Decisive) -> None:
    found = chargeable([packed], weight_rule(mode))
    assert (str(found.quantity), found.decisive) == (quantity, decisive)


def test_heavy_and_light_packages_make_up_for_each_other_in_air_freight_only() -> None:
    both = [package(1, "100", 300, 300, 300), package(1, "2", 1000, 500, 600)]
    assert chargeable(both, weight_rule(Mode.AIR)).quantity == Decimal("102")
    assert chargeable(both, weight_rule(Mode.COURIER)).quantity == Decimal("160")


def test_other_rules_and_containers() -> None:
    pallet = package(1, "300", 1200, 800, 500)
    assert chargeable([pallet], weight_rule(Mode.ROAD, "road_1850")).quantity == 740
    full = chargeable([CRATE], weight_rule(Mode.SEA_FCL), containers=2)
    assert (full.quantity, full.unit, full.decisive) == (2, "container", Decisive.CONTAINERS)
    with pytest.raises(KeyError):
        weight_rule(Mode.AIR, "road_1850")


def test_what_is_no_package_is_refused() -> None:
    for wrong in ((0, "1", 1, 1, 1), (1, "0", 1, 1, 1), (1, "NaN", 1, 1, 1), (1, "1", 0, 1, 1)):
        with pytest.raises(ValueError, match="a package has"):
            package(*wrong)
    with pytest.raises(ValueError, match="has packages"):
        chargeable([], weight_rule(Mode.AIR))


def test_the_data_names_its_sources_and_covers_every_mode() -> None:
    rules = weight_rules().values()
    assert {rule.mode for rule in rules} == set(Mode)
    assert all(rule.source and rule.edition and rule.step > 0 for rule in rules)
    assert set(DECISIVE_LABELS) == set(Decisive)


packages = st.builds(
    Package,
    st.integers(1, 50),
    st.decimals("0.001", 30_000, places=3),
    st.integers(10, 12_000),
    st.integers(10, 2_400),
    st.integers(10, 2_600),
    st.integers(1, 3),
)
weighed = st.sampled_from([rule for rule in weight_rules().values() if rule.unit != "container"])


@given(st.lists(packages, min_size=1, max_size=5), packages, weighed)
def test_what_always_holds(packed: list[Package], one_more: Package, rule: WeightRule) -> None:
    found, more = chargeable(packed, rule), chargeable([*packed, one_more], rule)
    unit_kg = 1000 if found.unit == "wm" else 1
    assert found.quantity * unit_kg >= found.mass_kg - Decimal("0.001")
    assert found.quantity % rule.step == 0
    assert more.quantity >= found.quantity
    assert chargeable(packed[::-1], rule).quantity == found.quantity


@given(st.fractions(0, 10_000), st.sampled_from([Decimal("0.5"), Decimal("0.001"), Decimal(1)]))
def test_rounding_up_is_exact(quantity: Fraction, step: Decimal) -> None:
    rounded = round_up(quantity, step)
    assert 0 <= Fraction(rounded) - quantity < Fraction(step)
