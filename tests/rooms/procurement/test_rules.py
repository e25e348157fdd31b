"""The room's rules for every moment, state and amount."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.procurement.rules import (
    SealedPrice,
    SealedQuote,
    accepts_quotes,
    canonical,
    extended_opening,
    inquiry_number,
    is_due,
    line_total_minor,
    may_become,
    opens_now,
    plain,
    quote_may_become,
    seal,
    shown_state,
)
from app.procurement.states import InquiryState, QuoteState

MOMENT = datetime(2027, 3, 1, 12, tzinfo=UTC)
moments = st.integers(-3, 3).map(lambda hours: MOMENT + timedelta(hours=hours))
states = st.sampled_from(InquiryState)
amounts = st.decimals("0.000001", "100000", places=6)


@given(states, moments, moments, moments)
def test_quotes_are_never_taken_and_openable_at_once(
    state: InquiryState, closes_at: datetime, opens_at: datetime, now: datetime
) -> None:
    opens_at = max(opens_at, closes_at)
    taken = accepts_quotes(state, closes_at, now=now)
    assert taken == (state is InquiryState.PUBLISHED and now < closes_at)
    assert not (taken and opens_now(state, closes_at, opens_at, now=now))
    assert not (taken and is_due(state, closes_at, now=now))
    if opens_now(state, closes_at, opens_at, now=now):
        assert now >= opens_at and state not in (InquiryState.DRAFT, InquiryState.CANCELLED)
    assert (shown_state(state, closes_at, now=now) is InquiryState.PUBLISHED) == taken


@given(moments, moments, st.none() | moments)
def test_an_extension_never_brings_the_opening_forward(
    closes_at: datetime, opens_at: datetime, asked: datetime | None
) -> None:
    found = extended_opening(closes_at, opens_at, asked)
    assert found >= opens_at and found >= closes_at and (asked is None or found >= asked)


def test_nothing_leaves_a_final_state() -> None:
    for state in InquiryState:
        assert not may_become(InquiryState.AWARDED, state) and not may_become(InquiryState.CANCELLED, state)
        assert not may_become(state, InquiryState.DRAFT)
    assert not any(quote_may_become(QuoteState.WITHDRAWN, state) for state in QuoteState)


@given(st.integers(0, 10**15), amounts, amounts)
def test_a_line_total_is_exact_to_half_a_minor_unit(price: int, per: Decimal, quantity: Decimal) -> None:
    exact = Fraction(price) * Fraction(quantity) / Fraction(per)
    assert abs(line_total_minor(price, per, quantity) - exact) <= Fraction(1, 2)


def test_a_price_per_hundred() -> None:
    assert line_total_minor(12000, Decimal(100), Decimal(250)) == 30000
    assert line_total_minor(1, Decimal(2), Decimal(1)) == 1
    assert line_total_minor(10**15, Decimal("0.000001"), Decimal("999999999999.999999")) > 10**30


@given(amounts)
def test_plain_decimals_are_equal_to_what_they_stand_for(value: Decimal) -> None:
    assert Decimal(plain(value)) == value and "E" not in plain(value)
    assert plain(value) == plain(value.normalize())


def test_numbers_count_on_past_four_digits() -> None:
    assert [inquiry_number(2026, 7), inquiry_number(2026, 12345)] == ["RFQ-2026-0007", "RFQ-2026-12345"]


QUOTE = SealedQuote(
    quote_id=UUID(int=1),
    inquiry_id=UUID(int=2),
    supplier_id=UUID(int=3),
    revision=1,
    currency="EUR",
    lead_time_days=60,
    valid_until=date(2027, 6, 1),
    incoterm="FCA",
    incoterm_place="Ningbo",
    reference=None,
    notes=None,
    prices=(SealedPrice(UUID(int=4), None, 100, Decimal("1.000000")), SealedPrice(None, "T1", 5, Decimal(1))),
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "revision": st.integers(2, 9),
            "currency": st.just("USD"),
            "lead_time_days": st.integers(61, 99),
            "valid_until": st.just(date(2027, 6, 2)),
            "incoterm_place": st.just("Shenzhen"),
            "reference": st.text(min_size=1),
            "notes": st.text(min_size=1),
            "prices": st.just(QUOTE.prices[:1]),
            "quote_id": st.just(UUID(int=9)),
        },
    )
)
def test_whatever_is_altered_breaks_the_seal(changes: dict[str, object]) -> None:
    altered = replace(QUOTE, **changes)  # type: ignore[arg-type]
    salt = bytes(32)
    assert (seal(altered, salt) == seal(QUOTE, salt)) == (not changes)


def test_the_seal_is_the_same_for_equal_decimals_and_differs_by_salt() -> None:
    same = replace(QUOTE, prices=(replace(QUOTE.prices[0], per_quantity=Decimal(1)), QUOTE.prices[1]))
    assert canonical(same) == canonical(QUOTE)
    assert seal(QUOTE, bytes(32)) != seal(QUOTE, bytes(31) + b"x")
    assert seal(QUOTE, bytes(32)).hex() == "f058dba6985066d194fb806e3e8efd7bd0eed43d96b932acf6373633f94b9338"
