"""What is held for a commitment can be paid, and is never more than the commitment costs."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.finance.facade import Purpose
from app.gateways.payments import Amount, PaymentUnavailable
from app.kit.ids import new_id
from app.pooling.deposits.booking import shares, surplus, use
from app.pooling.deposits.models import PoolDeposit
from app.pooling.deposits.moving import moved
from app.pooling.rules import deposit_minor
from tests.rooms.gateways.paying import SUM, Stand


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


@given(st.sampled_from(["EUR", "KWD"]), st.integers(1, 10**9), st.lists(st.integers(1, 10**9), min_size=1, max_size=4))
def test_what_was_taken_is_used_given_back_or_too_little_for_that(currency: str, amount: int, owed: list[int]) -> None:
    step = 10 if currency == "KWD" else 1
    row = PoolDeposit(id=new_id(), member_id=new_id(), currency=currency, amount_minor=amount * step, attempt=1)
    parts = shares(row, [{"supplier_id": new_id(), "payment_minor": minor} for minor in owed])
    used, back = sum(parts.values()), surplus(row, sum(parts.values()))
    assert used == min(row.amount_minor, sum(owed)) and back % step == 0
    posted = use(row, parts, date(2026, 12, 1))
    assert sum(minor for _, minor in posted.legs) == 0
    odd = [minor for account, minor in posted.legs if account.purpose == Purpose.ROUNDING]
    assert row.amount_minor == used + back + sum(map(abs, odd))
    assert all(0 < abs(one) < step for one in odd)


async def test_a_surplus_is_given_back_once_and_only_said_to_be_when_it_is(tmp_path: Path) -> None:
    stand = Stand(tmp_path / "payments")

    async def surplus_of(minor: int, before: int) -> tuple[PoolDeposit, str]:
        """A deposit that was charged, of which so much was given back at the provider's own desk."""
        charged = await stand.charge()
        if before:
            await stand.payments.refund(
                charged.reference, Amount(before, SUM.currency), key=f"desk-{charged.reference}"
            )
        row = PoolDeposit(id=new_id(), state="captured", attempt=1, currency=SUM.currency, amount_minor=SUM.minor)
        row.payment, row.surplus_minor = charged.reference, minor
        return row, charged.reference

    row, payment = await surplus_of(400, 0)
    first, again = [await moved(stand.payments, row, hold=False) for _ in range(2)]
    assert first == again and (await stand.payments.find_payment(payment)).refunded_minor == 400
    row, payment = await surplus_of(400, SUM.minor)
    assert await moved(stand.payments, row, hold=False) == {"surplus_refund": payment}
    row, payment = await surplus_of(SUM.minor - 10, 400)
    with pytest.raises(PaymentUnavailable):
        await moved(stand.payments, row, hold=False)
    assert (await stand.payments.find_payment(payment)).refunded_minor == 400
