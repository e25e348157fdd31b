"""What is held for a commitment can be paid, and is never more than the commitment costs."""

from hypothesis import given
from hypothesis import strategies as st

from app.pooling.rules import deposit_minor


@given(st.integers(1, 10_000), st.integers(1, 10**13), st.sampled_from([1, 10]))
def test_a_deposit_is_rounded_up_to_what_can_be_paid(deposit_bp: int, at_most: int, step: int) -> None:
    amount = deposit_minor(deposit_bp, at_most, step)
    assert 0 < amount <= at_most
    assert amount % step == 0 or at_most < step
    exact = at_most * deposit_bp / 10_000
    assert exact <= amount < exact + step or amount > at_most - step


def test_deposits_in_two_and_in_three_decimals() -> None:
    assert deposit_minor(2000, 99_999) == 20_000
    assert deposit_minor(1500, 12_345, 10) == 1_860
    assert deposit_minor(10_000, 12_345, 10) == 12_340
    assert deposit_minor(10_000, 7, 10) == 7
