"""What makes a posting whole."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.finance.ledger.rules import (
    AccountOf,
    Leg,
    Posting,
    credit,
    debit,
    exchanged,
    month_after,
    reversed_legs,
    shared,
    side_of,
    unbalanced,
)
from app.finance.ledger.states import (
    CAUSE_LABELS,
    FACT_LABELS,
    HOUSE,
    PURPOSE_LABELS,
    CauseKind,
    FactKind,
    Purpose,
    Side,
)
from app.pooling.deposits.booking import facts, shares, use
from app.pooling.deposits.models import PoolDeposit

FIRM, OTHER = UUID(int=1), UUID(int=2)
DAY = date(2026, 11, 2)
AMOUNTS = st.integers(-(10**12), 10**12).filter(bool)
ACCOUNTS = st.builds(
    lambda purpose, currency: AccountOf(None if purpose in HOUSE else FIRM, purpose, currency),
    st.sampled_from(sorted(Purpose)),
    st.sampled_from(["EUR", "CNY", "JPY"]),
)
LEGS: st.SearchStrategy[list[Leg]] = st.lists(st.tuples(ACCOUNTS, AMOUNTS), min_size=1, max_size=6)


@given(LEGS)
@settings(max_examples=60)
def test_a_posting_comes_to_nothing_in_each_currency(legs: list[Leg]) -> None:
    whole = exchanged(legs)
    assert unbalanced(whole) == {}
    left = unbalanced(legs)
    # One position for each currency that was not whole, and none for the others.
    assert [account.currency for account, _ in whole[len(legs) :]] == sorted(left)
    if len(whole) > 1:
        posting = Posting(FactKind.CURRENCY_EXCHANGED, (CauseKind.PAYMENT, FIRM), DAY, whole)
        undone = reversed_legs(posting.legs)
        assert unbalanced(undone) == {} and reversed_legs(undone) == posting.legs
        both = [*posting.legs, *undone]
        assert all(sum(a for account, a in both if account == one) == 0 for one, _ in whole)
    if left:
        with pytest.raises(ValueError, match="comes to nothing"):
            Posting(FactKind.PAYOUT, (CauseKind.PAYOUT, FIRM), DAY, (*legs, *legs))


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=7).filter(any))
@settings(max_examples=60)
def test_what_is_shared_is_shared_to_the_last_unit(total: int, weights: list[int]) -> None:
    parts = shared(total, weights)
    assert sum(parts) == total
    assert all(0 <= part - total * weight // sum(weights) <= 1 for part, weight in zip(parts, weights, strict=True))


def test_accounts_are_kept_for_whom_they_are_meant() -> None:
    for purpose in Purpose:
        with pytest.raises(ValueError, match="is kept"):
            AccountOf(FIRM if purpose in HOUSE else None, purpose, "EUR")
    assert side_of(Purpose.BANK) is Side.DEBIT and side_of(Purpose.ESCROW) is Side.CREDIT
    cash, held = AccountOf(None, Purpose.BANK, "EUR"), AccountOf(FIRM, Purpose.ESCROW, "EUR")
    for legs in ((debit(cash, 5),), (debit(cash, 0), credit(held, 0)), (debit(cash, 10**16), credit(held, 10**16))):
        with pytest.raises(ValueError, match="two legs"):
            Posting(FactKind.REFUND, (CauseKind.PAYMENT, FIRM), DAY, legs)
    assert (month_after(date(2026, 12, 1)), month_after(date(2026, 1, 1))) == (date(2027, 1, 1), date(2026, 2, 1))
    assert set(PURPOSE_LABELS) == set(Purpose) and set(FACT_LABELS) == set(FactKind)
    assert set(CAUSE_LABELS) == set(CauseKind)


def deposit(amount: int = 4700, attempt: int = 1) -> PoolDeposit:
    """One of a member."""
    return PoolDeposit(id=OTHER, member_id=FIRM, currency="EUR", amount_minor=amount, attempt=attempt)


@given(st.lists(st.sampled_from(["held", "captured", "charging", "declined", "released", "saved"]), max_size=8))
@settings(max_examples=60)
def test_the_ledger_follows_a_deposit_wherever_it_goes(states: list[str]) -> None:
    has = {Purpose.DEPOSIT_AUTHORIZED: 0, Purpose.DEPOSIT_HELD: 0}
    for attempt, state in enumerate(states, start=1):
        told = facts(deposit(attempt=attempt), has, state, DAY)
        for fact in told:
            assert fact.occasion == attempt
            for account, amount in fact.legs:
                if account.organization_id == FIRM:
                    has[account.purpose] -= amount
        assert has == {
            Purpose.DEPOSIT_AUTHORIZED: 4700 if state == "held" else 0,
            Purpose.DEPOSIT_HELD: 4700 if state == "captured" else 0,
        }
        assert facts(deposit(attempt=attempt), has, state, DAY) == []


def test_a_deposit_goes_to_suppliers_as_their_lines_weigh() -> None:
    lines = [{"supplier_id": FIRM, "payment_minor": 200}, {"supplier_id": OTHER, "payment_minor": 100}]
    told = deposit(100)
    parts = shares(told, [*lines, {"supplier_id": FIRM, "payment_minor": 1}])
    assert parts == {FIRM: 67, OTHER: 33}
    assert [amount for _, amount in use(told, parts, DAY).legs] == [100, -67, -33]
    # What is paid less than the deposit came to stays the member's.
    assert shares(deposit(1000), lines) == {FIRM: 200, OTHER: 100}
