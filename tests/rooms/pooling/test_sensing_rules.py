"""What is alike, what may be told of it, what is saved, and that no two editions tell one buyer's part."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from app.pooling.sensing.rules import (
    CHANGED,
    QUARTER,
    Asked,
    Bought,
    K,
    Kind,
    Shown,
    Tariff,
    canonical_steel,
    demand_by_kind,
    kind_of,
    may_be_told,
    next_step,
    saving_by_orders,
    saving_by_tariffs,
    size_step,
    step_mm,
    two_digits,
    whole_percent,
)

NOW = datetime(2026, 11, 26, tzinfo=UTC)
BLOCK = Kind("plastic-mould-steel", "P20+Ni", "H87", (27, 26, 19))
SIDES = (Decimal(500), Decimal(400), Decimal(80))


def firm(number: int) -> UUID:
    return UUID(int=number)


def needs(*quantities: int) -> dict[UUID, Fraction]:
    return {firm(number): Fraction(quantity) for number, quantity in enumerate(quantities)}


def test_what_is_alike() -> None:
    assert canonical_steel("1.2738") == canonical_steel("P20+Ni") == canonical_steel("40CrMnNiMo8-6-4") == "P20+Ni"
    # A maker's own grade and a steel that only comes near are not taken for it.
    assert (canonical_steel("718"), canonical_steel("dc53"), canonical_steel("D2")) == ("718", "DC53", "D2")
    assert canonical_steel("unobtainium") is canonical_steel(None) is None
    assert kind_of("plastic-mould-steel", "1.2738", SIDES, "H87") == BLOCK
    # Which side is called the length does not matter, nor a tenth more or less; a quarter does.
    assert kind_of("plastic-mould-steel", "P20+Ni", (Decimal(82), Decimal(540), Decimal(390)), "H87") == BLOCK
    assert kind_of("plastic-mould-steel", "P20+Ni", (Decimal(80), Decimal(630), Decimal(400)), "H87") != BLOCK
    kilograms = kind_of("plastic-mould-steel", "1.2738", SIDES, "TNE")
    assert kilograms is not None and kilograms.unit == "KGM"
    for steel, sides, unit in (
        (None, SIDES, "H87"),
        ("1.2738", (), "H87"),
        ("1.2738", SIDES, "CEL"),
        ("1.2738", SIDES, "?"),
    ):
        assert kind_of("plastic-mould-steel", steel, sides, unit) is None


@profile(max_examples=50)
@given(st.decimals("0.01", "100000", places=2))
def test_a_size_is_within_an_eighth_of_its_preferred_number(measure: Decimal) -> None:
    nominal = step_mm(size_step(measure))
    assert Decimal("0.875") < measure / nominal < Decimal("1.135")


def test_the_same_need_asked_of_several_is_one() -> None:
    quantities = [(firm(1), firm(10), 4), (firm(1), firm(11), 3), (firm(1), firm(11), 2), (firm(1), None, 2),
                  (firm(1), None, 1), (firm(2), None, 7)]  # fmt: skip
    asked = [Asked(buyer, case, BLOCK, Fraction(quantity)) for buyer, case, quantity in quantities]
    assert demand_by_kind(asked) == {BLOCK: {firm(1): Fraction(5), firm(2): Fraction(7)}}


@pytest.mark.parametrize(
    ("quantities", "told"),
    [
        ((2, 2, 2, 2, 2), True),
        ((9, 9, 9, 9), False),  # four
        ((1, 1, 1, 1, 1), False),  # five pieces for five: everybody asked for one
        ((2, 2, 2, 2, 13), False),  # one has more than three fifths
        ((2, 2, 2, 2, 12), True),
        ((1, 1, 1, 100, 100), False),  # either of the two large ones would know the other's
        ((10, 10, 10, 100, 100), True),
    ],
)
def test_what_may_be_told(quantities: tuple[int, ...], told: bool) -> None:
    assert may_be_told(BLOCK, needs(*quantities)) is told


def test_of_what_is_weighed_small_amounts_tell_nothing() -> None:
    assert may_be_told(BLOCK._replace(unit="KGM"), needs(1, 1, 1, 1, 1))


@pytest.mark.parametrize("absurd", [Fraction(10**12), Fraction(1, 10**9)])
def test_what_cannot_be_written_down_is_not_told(absurd: Fraction) -> None:
    """One group must not keep the others' suggestions from being made."""
    assert not may_be_told(BLOCK._replace(unit="KGM"), {firm(one): absurd for one in range(5)})


def test_figures_are_rounded() -> None:
    given_figures = ("13", "137", "1449", "0.0345", "99.6", "7")
    shown = [str(two_digits(Fraction(one))) for one in given_figures]
    assert shown == ["13", "140", "1400", "0.034", "100", "7"]
    assert [whole_percent(Fraction(one)) for one in ("0.144", "0.004", "-0.2", "0.125", "0.9999")] == [
        14, 0, 0, 12, 99,
    ]  # fmt: skip


def tariff(supplier: int, *steps: tuple[int, int]) -> Tariff:
    return Tariff(firm(supplier), tuple((Fraction(least), Fraction(price)) for least, price in steps))


def test_a_saving_comes_of_published_steps() -> None:
    wanted = [Fraction(one) for one in (1, 2, 2, 2, 3, 3)]
    usual = tariff(1, (1, 100), (3, 92), (10, 85))
    alone, together = 7 * 100 + 6 * 92, 13 * 85
    assert saving_by_tariffs(wanted, [usual]) == 1 - Fraction(together, alone)
    # One price for all quantities says nothing, also beside others; of two suppliers it is the mean, whoever lists more.
    assert saving_by_tariffs(wanted, [tariff(2, (1, 90))]) is None
    assert saving_by_tariffs(wanted, [usual, tariff(2, (1, 90))]) == 1 - Fraction(together, alone)
    no_use = tariff(3, (1, 100), (1000, 1))
    assert saving_by_tariffs(wanted, [usual, usual, usual, no_use]) == (1 - Fraction(together, alone)) / 2
    # Whoever needs less than the least that is sold pays the first price.
    assert saving_by_tariffs([Fraction(1)] * 5, [tariff(1, (4, 10), (5, 9))]) == Fraction(1, 10)
    assert saving_by_tariffs([Fraction(1)] * 5, [tariff(1, (1, 10), (5, 11))]) == Fraction(-1, 10)


def orders(count: int, exponent: float, buyers: int = 5, currency: str = "EUR") -> list[Bought]:
    quantities = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512][:count]
    return [
        Bought(firm(number % buyers), currency, Fraction(one), Fraction(1000 * one**exponent))
        for number, one in enumerate(quantities)
    ]


def test_where_nobody_publishes_steps_past_orders_tell() -> None:
    wanted = [Fraction(2)] * 8
    found = saving_by_orders(wanted, orders(8, -0.1))
    # Eight times as much at a tenth's power: 1 − 8^−0.1.
    assert found is not None and abs(float(found) - (1 - 8**-0.1)) < 1e-9
    # No further than anybody bought.
    far = saving_by_orders([Fraction(1000)] * 5, orders(8, -0.1))
    assert far is not None and float(far) < 0
    assert saving_by_orders(wanted, orders(7, -0.1)) is None
    assert saving_by_orders(wanted, orders(8, -0.1, buyers=4)) is None
    assert saving_by_orders(wanted, orders(4, -0.1) + orders(4, -0.1, currency="USD")) is None
    assert saving_by_orders(wanted, orders(8, 0.1)) is saving_by_orders(wanted, orders(8, -1.5)) is None
    assert saving_by_orders(wanted, [Bought(firm(one), "EUR", Fraction(3), Fraction(5)) for one in range(9)]) is None
    up_and_down = [
        Bought(one.buyer_id, "EUR", one.quantity, Fraction(1000 if number % 2 else 3000))
        for number, one in enumerate(orders(10, 0))
    ]
    assert saving_by_orders(wanted, up_and_down) is None
    assert saving_by_orders(wanted, []) is None


def test_an_edition_is_compared_with_each_of_the_last_quarter() -> None:
    five, many = frozenset(map(firm, range(5))), frozenset(map(firm, range(9)))
    first = Shown(NOW, False, five, 0)
    second = Shown(NOW + timedelta(days=20), True, many, 0)
    six, later = frozenset(map(firm, range(6))), NOW + timedelta(days=40)
    # It is three apart from the second, and one from the first.
    assert next_step([second], six, now=later).makes
    assert not next_step([first, second], six, now=later).makes
    assert next_step([first, second], six, now=NOW + QUARTER).makes


crowds = st.frozensets(st.integers(1, 9).map(firm), min_size=K, max_size=9)
nights = st.lists(
    st.tuples(st.integers(1, 50), st.none() | crowds, st.frozensets(st.integers(1, 9).map(firm), max_size=2)),
    max_size=25,
)


@profile(max_examples=300)
@given(nights)
def test_no_two_editions_within_a_quarter_tell_fewer_than_three_apart(
    told: list[tuple[int, frozenset[UUID] | None, frozenset[UUID]]],
) -> None:
    """Night after night some ask, and some take their consent back: then their edition ends, and they are forgotten."""
    now = NOW
    kept: list[Shown] = []
    true_members: list[tuple[datetime, frozenset[UUID]]] = []
    for days, asking, refusing in told:
        now += timedelta(days=days)
        found = asking - refusing if asking and len(asking - refusing) >= K else None
        kept = [one for one in kept if one.is_current or now - one.made_at < QUARTER]
        kept = [
            replace(one, members=one.members - refusing, left=one.left + len(one.members & refusing)) for one in kept
        ]
        step = next_step(kept, found, now=now)
        if step.ends:
            kept = [replace(one, is_current=False) for one in kept]
        if step.makes:
            assert found is not None
            assert all(len(was ^ found) >= CHANGED for made_at, was in true_members if now - made_at < QUARTER)
            kept.append(Shown(now, True, found, 0))
            true_members.append((now, found))
        current = [one for one in kept if one.is_current]
        assert len(current) <= 1
        for one in current:
            assert one.left == 0 and len(one.members) >= K and found is not None
            assert now - one.made_at < QUARTER
