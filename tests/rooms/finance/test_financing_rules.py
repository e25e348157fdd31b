"""What financing costs, and how the buyer's money is divided."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.finance.financing.rules import Standing, advance_minor, charge_minor, divided, reckoned, returned

DAY = date(2026, 11, 27)
MINOR = st.integers(0, 10**13)


def test_days_are_those_that_pass_over_360() -> None:
    assert charge_minor(3_200_000, 900, 30) == 24_000
    assert charge_minor(36_000_000, 1000, 365) == 3_650_000
    # Half of a minor unit is rounded up.
    assert (charge_minor(1800, 1000, 1), charge_minor(1799, 1000, 1)) == (1, 0)
    assert reckoned(Standing(3_200_000, 5, DAY), 900, DAY - timedelta(1)) == Standing(3_200_000, 5, DAY)
    assert advance_minor(40_001, 8000) == 32_000


@given(MINOR, st.integers(0, 10_000), st.integers(0, 1000), st.integers(0, 1000))
def test_days_add_up(principal: int, rate: int, first: int, then: int) -> None:
    whole = charge_minor(principal, rate, first + then)
    halves = charge_minor(principal, rate, first) + charge_minor(principal, rate, then)
    assert abs(whole - halves) <= 1
    stands = reckoned(Standing(principal, 0, DAY), rate, DAY + timedelta(first))
    assert stands.charge_minor == charge_minor(principal, rate, first)
    assert reckoned(stands, rate, DAY + timedelta(first)) == stands


@given(MINOR, MINOR, st.lists(MINOR, max_size=6))
def test_the_financier_gets_what_is_owed_and_never_more_than_came(principal: int, charge: int, came: list[int]) -> None:
    stands = Standing(principal, charge, DAY)
    for amount in came:
        part = divided(stands, amount)
        assert 0 <= part.whole_minor <= amount and part.whole_minor == min(amount, stands.whole_minor)
        assert part.principal_minor == 0 or part.charge_minor == stands.charge_minor
        stands = Standing(stands.principal_minor - part.principal_minor, stands.charge_minor - part.charge_minor, DAY)
    assert stands.whole_minor == max(0, principal + charge - sum(came))


@given(MINOR, MINOR)
def test_what_is_taken_back_is_due_again(repaid: int, taken: int) -> None:
    part = returned(repaid, taken)
    assert part.whole_minor == taken and 0 <= part.principal_minor <= repaid
