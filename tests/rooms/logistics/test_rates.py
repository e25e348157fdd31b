"""Freight quotes: worked examples line by line, reasons against, and what always holds."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.logistics.chargeable import Package
from app.logistics.rates.cards import (
    BASIS_LABELS,
    CHARGE_LABELS,
    SURCHARGE_CODES,
    Basis,
    End,
    Limits,
    RateCard,
    ShipmentFacts,
    Surcharge,
    WeightBreak,
    When,
)
from app.logistics.rates.fitting import REASON_TEXTS, Reason, reasons_against
from app.logistics.rates.pricing import cheapest_break, price, rounded_minor
from app.logistics.rates.quoting import FreightQuotes, ReaderMoney, freight_quotes
from app.logistics.states import Mode

TODAY = date(2026, 11, 26)
EURO = ReaderMoney("EUR", {"USD": Decimal("0.9"), "CNY": Decimal("0.128"), "JPY": Decimal("0.0061")})
CRATE = Package(1, Decimal(850), 1200, 1000, 900)


def breaks(*steps: tuple[str, str]) -> tuple[WeightBreak, ...]:
    """Breaks from (from, per unit) texts."""
    return tuple(WeightBreak(Decimal(least), Decimal(each)) for least, each in steps)


def card(card_id: str = "A", **changes: Any) -> RateCard:
    """An air freight card from southern China to Germany, in US dollars."""
    ends: dict[str, Any] = {"origins": ("CNSZX", "CNCAN"), "destinations": ("DE",)}
    days: dict[str, Any] = {"valid_from": date(2026, 11, 1), "valid_until": date(2026, 12, 31)}
    rest: dict[str, Any] = {"transit_days_min": 3, "transit_days_max": 5, "currency": "USD"}
    tariff = breaks(("0", "900"), ("45", "700"), ("100", "450.5"), ("500", "400"), ("1000", "300"))
    base = RateCard(card_id, "P", Mode.AIR, "Standard", **ends, **days, **rest, breaks=tariff, minimum_minor=7500)
    return replace(base, **changes)


def facts(*packages: Package, **changes: Any) -> ShipmentFacts:
    """A mould from Shenzhen to Stuttgart."""
    base = ShipmentFacts(
        End("CN", "CNSZX"), End("DE", "DESTR", "70173"), packages or (CRATE,), ready_on=date(2026, 12, 1)
    )
    return replace(base, **changes)


def surcharge(code: str, basis: Basis, amount: str, **more: Any) -> Surcharge:
    """A surcharge."""
    return Surcharge(code, basis, Decimal(amount), **more)


def test_an_air_freight_quote_line_by_line() -> None:
    full = card(
        per_shipment_minor=2_500,
        surcharges=(
            surcharge("FSC", Basis.QUANTITY, "65"),
            surcharge("SSC", Basis.MASS, "12.5"),
            surcharge("DOC", Basis.SHIPMENT, "4500"),
            surcharge("PSS", Basis.PERCENT_OF_FREIGHT, "7.5"),
            surcharge("CAF", Basis.PERCENT_OF_ALL, "2"),
            surcharge("HEAVY", Basis.PACKAGE, "9900", when=When(mass_above_kg=Decimal(800))),
            surcharge("LONG", Basis.PACKAGE, "9900", when=When(length_above_mm=1200)),
            surcharge("DG", Basis.SHIPMENT, "9900", when=When(dangerous=True)),
            surcharge("THC_ORIGIN", Basis.SHIPMENT, "1", valid_until=date(2026, 11, 30)),
        ),
    )
    priced = price(full, facts(), on=TODAY)
    assert priced.chargeable.quantity == 850
    assert [(line.code, line.quantity, line.amount_minor) for line in priced.lines] == [
        ("FREIGHT", Decimal(1000), 300_000),  # 850 kg at 400 would be 340,000
        ("BASE", 1, 2_500),
        ("FSC", 850, 55_250),
        ("SSC", 850, 10_625),
        ("DOC", 1, 4_500),
        ("HEAVY", 1, 9_900),
        ("PSS", 1, 22_688),  # 7.5 % of 302,500 = 22,687.5
        ("CAF", 1, 8_109),  # 2 % of 405,463 = 8,109.26
    ]
    assert priced.total_minor == 413_572


def test_containers_are_priced_by_type() -> None:
    sea = replace(
        card(), mode=Mode.SEA_FCL, breaks=(), minimum_minor=0, per_container_minor={"22G1": 120_000, "42G1": 200_000},
        surcharges=(
            surcharge("BAF", Basis.CONTAINER, "15000"),
            surcharge("THC_DESTINATION", Basis.CONTAINER, "22000", container_type="42G1"),
            surcharge("THC_ORIGIN", Basis.CONTAINER, "22000", container_type="45G1"),
        ),
    )  # fmt: skip
    priced = price(sea, facts(containers={"42G1": 2, "22G1": 1}), on=TODAY)
    assert [(line.code, line.container_type, line.quantity, line.amount_minor) for line in priced.lines] == [
        ("FREIGHT", "22G1", 1, 120_000),
        ("FREIGHT", "42G1", 2, 400_000),
        ("BAF", None, 3, 45_000),
        ("THC_DESTINATION", "42G1", 2, 44_000),
    ]


def test_least_and_greatest_charges() -> None:
    small = facts(Package(1, Decimal(2), 200, 200, 200))
    bounded = card(
        surcharges=(
            surcharge("FSC", Basis.QUANTITY, "10", minimum_minor=500),
            surcharge("PSS", Basis.PERCENT_OF_FREIGHT, "50", maximum_minor=1_000),
        )
    )
    lines = price(bounded, small, on=TODAY).lines
    assert [(line.code, line.amount_minor, line.bound) for line in lines] == [
        ("FREIGHT", 7_500, "minimum"), ("FSC", 500, "minimum"), ("PSS", 1_000, "maximum")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("quantity", "charged", "each"),
    [
        ("10", "10", "900"),
        ("34.5", "34.5", "900"),  # 31,050 is below 45 × 700 = 31,500
        ("35", "35", "900"),  # both cost 31,500: its own weight stands
        ("35.5", "45", "700"),
        ("70", "100", "450.5"),
        ("900", "1000", "300"),
        ("2000", "2000", "300"),
    ],
)
def test_the_next_break_is_taken_where_it_is_cheaper(quantity: str, charged: str, each: str) -> None:
    found, at = cheapest_break(card().breaks, Decimal(quantity))
    assert (found, at.per_unit_minor) == (Decimal(charged), Decimal(each))


def test_below_the_first_break_its_least_quantity_is_charged() -> None:
    assert cheapest_break(breaks(("1", "8000")), Decimal("0.2"))[0] == 1


FULL = card(mode=Mode.SEA_FCL, breaks=(), per_container_minor={"22G1": 1})
REASONS = [
    (card(valid_until=date(2026, 11, 30)), facts(), "rate-not-valid"),
    (card(valid_from=date(2026, 12, 2)), facts(), "rate-not-valid"),
    (card(origins=("CNSHA",)), facts(), "rate-other-lane"),
    (card(destinations=("DE-71",)), facts(), "rate-other-lane"),
    (card(), facts(modes=frozenset({Mode.ROAD})), "rate-other-mode"),
    (card(limits=Limits(package_mass_kg=Decimal(849))), facts(), "rate-package-too-heavy"),
    (card(limits=Limits(package_length_mm=1199)), facts(), "rate-package-too-long"),
    (card(limits=Limits(shipment_mass_kg=Decimal(1000))), facts(CRATE, CRATE), "rate-shipment-too-heavy"),
    (card(), facts(dangerous=True), "rate-no-dangerous-goods"),
    (FULL, facts(), "rate-needs-containers"),
    (FULL, facts(containers={"42G1": 1}), "rate-container-not-offered"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "shipment", "code"), REASONS)
def test_reasons_against(wrong: RateCard, shipment: ShipmentFacts, code: str) -> None:
    [reason] = reasons_against(wrong, shipment, on=TODAY)
    assert reason.code == code
    assert REASON_TEXTS[code].format(**reason.params)
    found = freight_quotes([wrong, card("B", limits=Limits(dangerous_goods=True))], shipment, on=TODAY, fx=EURO)
    assert next((one.card.card_id, one.reasons) for one in found.unfit) == ("A", (reason,))


def test_all_reasons_are_given() -> None:
    wrong = card(origins=("CNSHA",), limits=Limits(Decimal(1), 1, Decimal(1)), currency="GBP")
    [unfit] = freight_quotes([wrong], facts(dangerous=True), on=date(2027, 1, 1), fx=EURO).unfit
    assert [reason.code for reason in unfit.reasons] == [
        "rate-not-valid", "rate-other-lane", "rate-package-too-heavy", "rate-package-too-long", "rate-shipment-too-heavy",
        "rate-no-dangerous-goods", "rate-not-convertible",
    ]  # fmt: skip
    assert unfit.reasons[-1] == Reason("rate-not-convertible", {"currency": "GBP"})


@pytest.mark.parametrize(
    ("place", "inside"),
    [
        ("DE", True), ("DESTR", True), ("DE-7", True), ("DE-7017", True),
        ("DE-71", False), ("AT", False), ("AT-7", False), ("DEHAM", False),
    ],
)  # fmt: skip
def test_places_of_a_lane(place: str, inside: bool) -> None:
    assert End("DE", "DESTR", "70 173").lies_in(place) is inside


WRONG_CARDS: list[dict[str, Any]] = [
    {"origins": ()}, {"origins": ("Shenzhen",)}, {"destinations": ("DE-",)}, {"breaks": ()}, {"per_container_minor": {"22G1": 1}},
    {"breaks": breaks(("45", "1"), ("0", "2"))}, {"breaks": breaks(("0", "-1"))}, {"minimum_minor": -1}, {"transit_days_min": 9},
    {"weight_rule": "road"},
]  # fmt: skip


@pytest.mark.parametrize("changes", WRONG_CARDS)
def test_what_is_no_rate_card_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"lane|priced|breaks rise|negative|weight rule"):
        card(**changes)


def test_what_is_no_surcharge_or_shipment_is_refused() -> None:
    for code, amount in (("XXX", "1"), ("FREIGHT", "1"), ("FSC", "-1"), ("FSC", "NaN")):
        with pytest.raises(ValueError, match="a surcharge has"):
            surcharge(code, Basis.SHIPMENT, amount)
    with pytest.raises(ValueError, match="a shipment has"):
        facts(containers={"22G1": 0})


def test_the_total_is_converted_once() -> None:
    [quote] = freight_quotes([card(currency="JPY")], facts(), on=TODAY, fx=EURO).quotes
    assert (quote.total_minor, quote.fx_rate) == (300_000, Decimal("0.0061"))
    assert (quote.reader_total_minor, quote.reader_currency) == (183_000, "EUR")  # ¥ 300,000 are € 1,830.00


def test_labels() -> None:
    assert set(BASIS_LABELS) == set(Basis)
    assert {"FREIGHT", "BASE"} <= set(CHARGE_LABELS)


# -- what always holds -----------------------------------------------------------------------------------------------------------

packed = st.lists(
    st.builds(Package, st.integers(1, 9), st.decimals("0.1", 5_000, places=1), *[st.integers(50, 6_000)] * 3),
    min_size=1,
    max_size=4,
).map(tuple)
money = st.decimals(0, 100_000, places=2)
surcharges = st.builds(
    Surcharge,
    st.sampled_from(sorted(SURCHARGE_CODES)),
    st.sampled_from(Basis),
    money.map(lambda amount: amount / 100),
    st.integers(0, 5_000),
    st.none() | st.integers(5_000, 90_000),
    when=st.builds(When, st.booleans(), st.none() | st.just(Decimal(900)), st.none() | st.just(2_000)),
)
tariffs = st.lists(st.tuples(st.integers(0, 2_000), money), min_size=1, max_size=6, unique_by=lambda one: one[0]).map(
    lambda steps: tuple(WeightBreak(Decimal(least), each) for least, each in sorted(steps))
)


@st.composite
def cards(draw: st.DrawFn) -> RateCard:
    """Any card on the lane, of few prices so that totals coincide."""
    mode = draw(st.sampled_from(Mode))
    days = draw(st.integers(0, 3))
    changes: dict[str, Any] = {
        "mode": mode,
        "currency": draw(st.sampled_from(("USD", "EUR", "JPY"))),
        "transit_days_min": days,
        "transit_days_max": days + draw(st.integers(0, 2)),
        "surcharges": tuple(draw(st.lists(surcharges, max_size=5))),
        "minimum_minor": draw(st.sampled_from((0, 50_000_000))),
        "breaks": () if mode == Mode.SEA_FCL else draw(tariffs),
        "per_container_minor": {"22G1": draw(st.integers(0, 9_999))} if mode == Mode.SEA_FCL else {},
        "limits": Limits(dangerous_goods=draw(st.booleans())),
    }
    return card(f"C{draw(st.integers(0, 10**6))}", **changes)


@given(st.lists(cards(), max_size=6, unique_by=lambda one: one.card_id), packed, st.booleans(), st.randoms())
def test_sums_are_exact_and_the_order_is_one(
    all_cards: list[RateCard], load: Any, dangerous: bool, chance: Any
) -> None:
    shipment = facts(*load, containers={"22G1": 2}, dangerous=dangerous)
    found = freight_quotes(all_cards, shipment, on=TODAY, fx=EURO)
    assert len(found.quotes) + len(found.unfit) == len(all_cards)
    for quote in found.quotes:
        lines = quote.priced.lines
        assert quote.total_minor == sum(line.amount_minor for line in lines)
        assert all(isinstance(line.amount_minor, int) and line.amount_minor >= 0 for line in lines)
        for line in lines:
            of = Fraction(line.of_minor, 100) if line.of_minor is not None else Fraction(line.quantity)
            if line.bound is None:
                assert line.amount_minor == rounded_minor(of * Fraction(line.rate))
    keys = [
        (one.reader_total_minor, one.card.transit_days_max, one.card.transit_days_min, one.card.card_id)
        for one in found.quotes
    ]
    assert keys == sorted(keys)
    turned = list(all_cards)
    chance.shuffle(turned)
    assert freight_quotes(turned, shipment, on=TODAY, fx=EURO) == found
    assert isinstance(found, FreightQuotes)


@given(tariffs, st.integers(0, 30_000).map(lambda half_kg: Decimal(half_kg) / 2))
def test_the_cheaper_break_never_costs_more(tariff: tuple[WeightBreak, ...], quantity: Decimal) -> None:
    charged, at = cheapest_break(tariff, quantity)
    cost = charged * at.per_unit_minor
    assert charged >= quantity or charged == max(one.from_quantity for one in tariff)
    for one in tariff:
        assert cost <= max(quantity, one.from_quantity) * one.per_unit_minor or one.from_quantity < quantity
    own = [one for one in tariff if one.from_quantity <= quantity]
    if own:
        assert cost <= quantity * own[-1].per_unit_minor


@given(tariffs, st.integers(0, 10_000), st.integers(0, 1_000))
def test_more_goods_never_cost_less_where_rates_fall(tariff: tuple[WeightBreak, ...], quantity: int, more: int) -> None:
    each = sorted((one.per_unit_minor for one in tariff), reverse=True)
    falling = tuple(WeightBreak(one.from_quantity, rate) for one, rate in zip(tariff, each, strict=True))
    (less_charged, less), (more_charged, dearer) = (
        cheapest_break(falling, Decimal(n)) for n in (quantity, quantity + more)
    )
    assert less_charged * less.per_unit_minor <= more_charged * dearer.per_unit_minor


def test_the_shipping_day_is_not_before_today() -> None:
    assert reasons_against(card(), facts(ready_on=date(2026, 10, 1)), on=TODAY) == ()
    assert reasons_against(card(), facts(ready_on=date(2026, 10, 1)), on=TODAY + timedelta(days=60)) != ()
