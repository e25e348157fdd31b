"""Payments of milestones that move at the payment provider without a call of ours, those that a bank takes back, and
what the provider should say of them."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.provider.facade import follows_disputes, follows_payments
from app.finance.reconciliation.facade import reconciles
from app.finance.schedules import queries
from app.finance.schedules.models import MilestonePayment
from app.finance.schedules.reconciling import lines
from app.finance.schedules.usecases.chargeback import follow_dispute
from app.finance.schedules.usecases.record_payment import follow_payment
from app.gateways.payments import Dispute, Payment
from app.kit.db.tenancy import act_for, acting_for


async def knows(session: AsyncSession, reference: str) -> bool:
    """Whether a payment pays a milestone."""
    return await _found(session, reference) is not None


async def follows(session: AsyncSession, payment: Payment, *, now: datetime) -> None:
    """A debit arrived or came to nothing, a transfer came, something was given back at the provider."""
    row = await _found(session, payment.reference)
    if row is not None:
        async with acting_for(session, row.buyer_id):
            await follow_payment(session, row.id, payment, now=now)


async def disputed(session: AsyncSession, dispute: Dispute, *, now: datetime) -> None:
    """A bank took money back, or has decided about it."""
    row = await _found(session, dispute.payment)
    if row is not None:
        async with acting_for(session, row.buyer_id):
            await follow_dispute(session, row.id, dispute, now=now)


async def _found(session: AsyncSession, reference: str) -> MilestonePayment | None:
    await act_for(session, None, operator=True)
    row = await queries.payment_known_as(session, reference)
    await act_for(session, None)
    return row


NAME = "finance.schedules"
follows_payments(NAME, knows=knows, follows=follows)
follows_disputes(NAME, knows=knows, follows=disputed)
reconciles(NAME, lines=lines)
