"""Holds that end, or are taken, at the payment provider without a call of ours; and what the provider should say of deposits."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.facade import CauseKind, ExpectedLine, LineKind, Scope, follows_payments, named_in, reconciles
from app.gateways.payments import Payment, PaymentState
from app.kit.db.tenancy import act_for, acting_for
from app.kit.jobs import defer
from app.pooling.deposits import queries
from app.pooling.deposits.booking import book
from app.pooling.deposits.models import PoolDeposit
from app.pooling.deposits.moving import CAUSE, surplus_is_due
from app.pooling.deposits.states import DepositState
from app.pooling.work import MOVE_JOB

_ENDED = (PaymentState.EXPIRED, PaymentState.RELEASED, PaymentState.DECLINED)
_LET_GO = frozenset({PaymentState.RELEASED.value, PaymentState.EXPIRED.value, PaymentState.DECLINED.value})
_FITTING = {
    DepositState.HELD: frozenset({PaymentState.HELD.value}),
    DepositState.SAVED: _LET_GO,
    DepositState.CAPTURED: frozenset({PaymentState.CAPTURED.value}),
    DepositState.DECLINED: _LET_GO,
    DepositState.DEFAULTED: _LET_GO,
    DepositState.RELEASED: _LET_GO | {PaymentState.REFUNDED.value},
}
"""How a payment stands when its deposit stands so; in other states a call is under way."""


async def knows(session: AsyncSession, reference: str) -> bool:
    """Whether a payment secures a deposit."""
    return await _found(session, reference) is not None


async def awaits(session: AsyncSession, payment: Payment, /) -> bool:
    """Whether a commitment is being secured, and by which payment is not written down yet."""
    commitment_id = named_in(payment.cause, CAUSE)
    if commitment_id is None:
        return False
    await act_for(session, None, operator=True)
    found = await queries.is_being_secured(session, commitment_id)
    await act_for(session, None)
    return found


async def follows(session: AsyncSession, payment: Payment, *, now: datetime) -> None:
    """A hold that is no more leaves the saved method to be charged; one that was taken has paid. Whatever else is news of a call
    of ours, whose answer says the same."""
    row = await _found(session, payment.reference)
    if row is None or row.state != DepositState.HELD:
        return
    if payment.state in _ENDED:
        values = {"state": DepositState.SAVED}
    elif payment.state is PaymentState.CAPTURED and payment.captured_minor == row.amount_minor:
        values = {"state": DepositState.CAPTURED}
    else:
        return
    async with acting_for(session, row.lead_id):
        changed = await queries.move(session, row.id, row.attempt, DepositState.HELD, values)
        if changed is not None:
            await book(session, changed, values["state"], now.date())
            lead_id, campaign_id = str(row.lead_id), str(row.campaign_id)
            await defer(session, MOVE_JOB, lead_id=lead_id, campaign_id=campaign_id)


async def _found(session: AsyncSession, reference: str) -> PoolDeposit | None:
    await act_for(session, None, operator=True)
    row = await queries.of_payment(session, reference)
    await act_for(session, None)
    return row


async def lines(session: AsyncSession, scope: Scope, after: UUID | None, most: int) -> list[ExpectedLine]:
    """What the provider should say of the payments that secure deposits. A deposit has one, and is the cause of its postings."""
    rows = await queries.with_payments(session, scope.start, scope.end, scope.references, after, most)
    return [
        ExpectedLine(
            row.id,
            LineKind.PAYMENT,
            row.payment or "",
            row.amount_minor,
            row.currency,
            _FITTING.get(DepositState(row.state), frozenset()),
            (CauseKind.DEPOSIT, row.id),
            given_back_minor=_given_back(row),
        )
        for row in rows
    ]


def _given_back(row: PoolDeposit) -> int | None:
    """What should have been given back of a deposit that was taken; None while that is not known."""
    if row.state != DepositState.CAPTURED or surplus_is_due(row):
        return None
    return row.surplus_minor


follows_payments("pooling.deposits", knows=knows, awaits=awaits, follows=follows)
reconciles("pooling.deposits", lines=lines)
