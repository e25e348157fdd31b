"""Financiers' payments that move at the payment provider without a call of ours, those that a bank takes back, what the provider
should say of them, and the claims of financiers on milestones."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.financing import queries
from app.finance.financing.models import FinancingPayment
from app.finance.financing.moving import CAUSE
from app.finance.financing.states import DisputeStep, FundingStep
from app.finance.financing.usecases.move import binds, claim, ended
from app.finance.financing.usecases.undo import follow_dispute, follow_funding
from app.finance.ledger.facade import CauseKind
from app.finance.provider.facade import follows_disputes, follows_payments, named_in
from app.finance.reconciliation.facade import ExpectedLine, LineKind, Scope, reconciles
from app.finance.schedules.facade import assigns
from app.gateways.payments import Dispute, Payment, PaymentState
from app.kit.db.tenancy import act_for, acting_for

NAME = "finance.financing"
_FITTING = {
    FundingStep.CAPTURED: frozenset({PaymentState.CAPTURED.value, PaymentState.REFUNDED.value}),
    FundingStep.PROCESSING: frozenset({PaymentState.PROCESSING.value}),
    FundingStep.DECLINED: frozenset(
        {PaymentState.DECLINED.value, PaymentState.RELEASED.value, PaymentState.EXPIRED.value}
    ),
}


async def knows(session: AsyncSession, reference: str) -> bool:
    """Whether a payment brings an advance."""
    return await _found(session, reference) is not None


async def awaits(session: AsyncSession, payment: Payment, /) -> bool:
    """Whether an advance is being paid, and by which payment is not written down yet."""
    financing_id = named_in(payment.cause, CAUSE)
    if financing_id is None:
        return False
    await act_for(session, None, operator=True)
    found = await queries.is_being_funded(session, financing_id)
    await act_for(session, None)
    return found


async def follows(session: AsyncSession, payment: Payment, *, now: datetime) -> None:
    """A debit arrived or came to nothing, a transfer came, something was given back at the provider."""
    row = await _found(session, payment.reference)
    if row is not None:
        async with acting_for(session, row.financier_id):
            await follow_funding(session, row.id, payment, now=now)


async def disputed(session: AsyncSession, dispute: Dispute, *, now: datetime) -> None:
    """A financier's bank took money back, or has decided about it."""
    row = await _found(session, dispute.payment)
    if row is not None:
        async with acting_for(session, row.financier_id):
            await follow_dispute(session, row.id, dispute, now=now)


async def _found(session: AsyncSession, reference: str) -> FinancingPayment | None:
    await act_for(session, None, operator=True)
    row = await queries.payment_known_as(session, reference)
    await act_for(session, None)
    return row


async def lines(session: AsyncSession, scope: Scope, after: UUID | None, most: int) -> list[ExpectedLine]:
    """What the provider should say of the payments that bring advances. What a bank took back it does not take off a payment: of
    such ones the ledger's sums are not compared."""
    rows = await queries.payments_between(session, scope.start, scope.end, scope.references, after, most)
    return [
        ExpectedLine(
            row.id,
            LineKind.PAYMENT,
            row.payment or "",
            row.captured_minor or row.amount_minor,
            row.currency,
            _FITTING.get(FundingStep(row.state), frozenset()),
            None
            if row.dispute_state in (DisputeStep.OPEN, DisputeStep.LOST)
            else (CauseKind.FINANCING, row.financing_id),
        )
        for row in rows
    ]


follows_payments(NAME, knows=knows, awaits=awaits, follows=follows)
follows_disputes(NAME, knows=knows, follows=disputed)
reconciles(NAME, lines=lines)
assigns(NAME, claim=claim, ended=ended, binds=binds)
