"""What commission comes to, and what goes back of it: pure, to the last minor unit."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.finance.commission.facade import Terms, commission_of, posting_of, posting_of_return, returned
from app.finance.commission.rules import Asked, Bound, Rule, changes_on, decide, earliest_day
from app.finance.commission.states import RuleScope
from app.finance.facade import CauseKind, FactKind, Purpose
from app.kit.ids import new_id

AMOUNT = st.integers(0, 10**12)
TERMS = st.builds(
    lambda rate, least, more: Terms(rate, least, None if more is None else least + more, "EUR"),
    st.integers(0, 10_000),
    st.one_of(st.just(0), st.integers(0, 10**6)),
    st.one_of(st.none(), st.integers(0, 10**6)),
)
TODAY = date(2026, 11, 27)


def test_commission_is_rounded_half_away_from_nought() -> None:
    for rate_bp, amount, expected in (
        (450, 100_000, 4500),
        (450, 111, 5),  # 4.995
        (250, 20, 1),  # 0.5
        (250, 60, 2),  # 1.5
        (250, 19, 0),
        (10_000, 77, 77),
        (0, 77, 0),
    ):
        assert commission_of(Terms(rate_bp, 0, None, "EUR"), amount) == expected
    bounded = Terms(450, 500, 2_000, "EUR")
    assert [commission_of(bounded, amount) for amount in (0, 300, 600, 20_000, 10**9)] == [0, 300, 500, 900, 2000]
    with pytest.raises(ValueError, match="returned"):
        commission_of(bounded, -1)


@given(TERMS, AMOUNT, AMOUNT)
def test_commission_keeps_its_bounds_and_never_falls(terms: Terms, amount: int, more: int) -> None:
    taken = commission_of(terms, amount)
    assert 0 <= taken <= amount
    assert terms.most_minor is None or taken <= terms.most_minor
    assert taken >= min(amount, terms.least_minor)
    if terms.least_minor == 0 and terms.most_minor is None:
        assert abs(taken - Fraction(amount * terms.rate_bp, 10_000)) <= Fraction(1, 2)
    assert commission_of(terms, amount + more) >= taken


@given(TERMS, st.integers(1, 10**9), st.lists(st.integers(0, 10**9), max_size=12))
def test_all_that_is_refunded_returns_all_that_was_taken(terms: Terms, paid: int, cuts: list[int]) -> None:
    """In whatever parts, none of nothing excepted: each part is no more than the refund that it goes with."""
    marks = [0, *sorted(cut % (paid + 1) for cut in cuts), paid]
    back = 0
    for before, after in pairwise(marks):
        part = returned(terms, paid, before, back, after - before)
        assert 0 <= part <= after - before
        back += part
        assert abs(back - Fraction(commission_of(terms, paid) * after, paid)) <= Fraction(1, 2)
    assert back == commission_of(terms, paid)


def test_more_than_was_paid_is_not_refunded() -> None:
    assert returned(45, 1000, 0, 0, 1000) == 45
    assert returned(45, 1000, 0, 45, 0) == 0
    assert returned(0, 0, 0, 0, 0) == 0
    for wrong in ((45, 1000, 600, 27, 401), (45, 1000, -1, 0, 1), (45, 1000, 0, 0, -1), (1001, 1000, 0, 0, 1)):
        with pytest.raises(ValueError, match="refunded"):
            returned(*wrong)


def rule(scope: RuleScope, **named: object) -> Rule:
    return Rule(new_id(), scope, 100, {}, **named)  # type: ignore[arg-type]


def test_the_most_specific_rule_goes_before_all_others() -> None:
    supplier, campaign = new_id(), new_id()
    rules = {
        "default": rule(RuleScope.DEFAULT),
        "root": rule(RuleScope.CATEGORY, category_code="mould-bases"),
        "leaf": rule(RuleScope.CATEGORY, category_code="plates"),
        "supplier": rule(RuleScope.SUPPLIER, supplier_id=supplier),
        "campaign": rule(RuleScope.CAMPAIGN, campaign_id=campaign),
        "another": rule(RuleScope.SUPPLIER, supplier_id=new_id()),
    }
    order = ["campaign", "supplier", "leaf", "root", "default"]
    asked = Asked(supplier, ("mould-bases", "plates"), campaign)
    for at, name in enumerate(order):
        left = [rules[one] for one in (*order[at:], "another")]
        for given_ in (left, left[::-1]):
            found = decide(given_, asked)
            assert found.rule is rules[name]
            assert list(found.passed_over) == [rules[one] for one in order[at + 1 :]]
    everything = list(rules.values())
    assert decide(everything, Asked(new_id(), ("mould-bases",))).rule is rules["root"]
    assert decide(everything, Asked(new_id())).rule is rules["default"]
    assert decide([rules["another"]], asked).rule is None


def test_when_suppliers_must_have_been_told() -> None:
    later = TODAY + timedelta(days=15)
    for scope, is_first, waived, expected in (
        (RuleScope.DEFAULT, True, False, TODAY),
        (RuleScope.DEFAULT, False, True, later),
        (RuleScope.CAMPAIGN, True, False, TODAY),
        (RuleScope.CAMPAIGN, False, False, later),
        (RuleScope.CATEGORY, True, True, later),
        (RuleScope.SUPPLIER, True, False, later),
        (RuleScope.SUPPLIER, False, True, TODAY),
    ):
        assert earliest_day(scope, is_first=is_first, waived=waived, today=TODAY) == expected
    day = timedelta(days=1)
    assert changes_on(TODAY, None, None) is None
    assert changes_on(TODAY, None, later) == later + day
    assert changes_on(TODAY, later, None) == later + day
    assert changes_on(TODAY, later, later - day) == later
    assert changes_on(later, None, TODAY) == later
    assert rule(RuleScope.DEFAULT).charges == Rule(new_id(), RuleScope.DEFAULT, 100, {"EUR": Bound()}).charges


def test_facts_of_the_ledger() -> None:
    supplier, cause = new_id(), (CauseKind.MILESTONE, new_id())
    taken = posting_of(supplier, "EUR", commission_of(Terms(450, 0, None, "EUR"), 100_000), cause, 1, TODAY)
    assert (taken.kind, taken.occasion) == (FactKind.COMMISSION, 1)
    assert {(account.purpose, amount) for account, amount in taken.legs} == {
        (Purpose.PAYABLE_TO_SUPPLIER, 4500),
        (Purpose.COMMISSION_INCOME, -4500),
    }
    back = posting_of_return(supplier, "EUR", 1500, cause, 2, TODAY)
    assert back.kind is FactKind.COMMISSION_RETURNED
    assert {(account.purpose, amount) for account, amount in back.legs} == {
        (Purpose.PAYABLE_TO_SUPPLIER, -1500),
        (Purpose.COMMISSION_INCOME, 1500),
    }
