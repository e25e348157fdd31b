"""Financiers' payments that move at the payment provider without a call of ours, what it should say of them, and the claims of
financiers on milestones."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.financing import queries
from app.finance.financing.models import FinancingPayment
from app.finance.financing.moving import stands
from app.finance.financing.states import FundingStep
from app.finance.financing.usecases.fund import record_funding
from app.finance.financing.usecases.move import binds, claim, ended
from app.finance.ledger.facade import CauseKind
from app.finance.provider.facade import follows_payments
from app.finance.reconciliation.facade import ExpectedLine, LineKind, Scope, reconciles
from app.finance.schedules.facade import assigns
from app.gateways.payments import Payment, PaymentState
from app.kit.db.tenancy import act_for, acting_for

NAME = "finance.financing"
_FITTING = {
    FundingStep.CAPTURED: frozenset({PaymentState.CAPTURED.value}),
    FundingStep.PROCESSING: frozenset({PaymentState.PROCESSING.value}),
    FundingStep.DECLINED: frozenset(
        {PaymentState.DECLINED.value, PaymentState.RELEASED.value, PaymentState.EXPIRED.value}
    ),
}


async def knows(session: AsyncSession, reference: str) -> bool:
    """Whether a payment brings an advance."""
    return await _found(session, reference) is not None


async def follows(session: AsyncSession, payment: Payment, *, now: datetime) -> None:
    """A debit arrived or came to nothing, a transfer came."""
    row = await _found(session, payment.reference)
    if row is not None:
        async with acting_for(session, row.financier_id):
            await record_funding(session, row.id, stands(payment), now=now)


async def _found(session: AsyncSession, reference: str) -> FinancingPayment | None:
    await act_for(session, None, operator=True)
    row = await queries.payment_known_as(session, reference)
    await act_for(session, None)
    return row


async def lines(session: AsyncSession, scope: Scope, after: UUID | None, most: int) -> list[ExpectedLine]:
    """What the provider should say of the payments that bring advances."""
    rows = await queries.payments_between(session, scope.start, scope.end, scope.references, after, most)
    return [
        ExpectedLine(
            row.id,
            LineKind.PAYMENT,
            row.payment or "",
            row.captured_minor or row.amount_minor,
            row.currency,
            _FITTING.get(FundingStep(row.state), frozenset()),
            (CauseKind.FINANCING, row.financing_id),
        )
        for row in rows
    ]


follows_payments(NAME, knows=knows, follows=follows)
reconciles(NAME, lines=lines)
assigns(NAME, claim=claim, ended=ended, binds=binds)
