"""Payments of milestones that move at the payment provider without a call of ours, those that a bank takes back, and what the
provider should say of them; what bank statements tell of milestones, their refunds and invoices."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank.facade import matches_reference
from app.finance.provider.facade import follows_disputes, follows_payments, named_in
from app.finance.reconciliation.facade import reconciles
from app.finance.schedules import by_bank, invoices_by_bank, moving, provider_queries
from app.finance.schedules.models import MilestonePayment
from app.finance.schedules.reconciling import lines
from app.finance.schedules.usecases.chargeback import follow_dispute
from app.finance.schedules.usecases.record_payment import follow_payment
from app.gateways.payments import Dispute, Payment
from app.kit.db.tenancy import act_for, acting_for


async def knows(session: AsyncSession, reference: str) -> bool:
    """Whether a payment pays a milestone."""
    return await _found(session, reference) is not None


async def awaits(session: AsyncSession, payment: Payment, /) -> bool:
    """Whether a milestone is being paid, and by which payment is not written down yet."""
    milestone_id = named_in(payment.cause, moving.CAUSE)
    if milestone_id is None:
        return False
    await act_for(session, None, operator=True)
    found = await provider_queries.is_being_paid(session, milestone_id)
    await act_for(session, None)
    return found


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
    row = await provider_queries.payment_known_as(session, reference)
    await act_for(session, None)
    return row


NAME = "finance.schedules"
follows_payments(NAME, knows=knows, awaits=awaits, follows=follows)
follows_disputes(NAME, knows=knows, follows=disputed)
reconciles(NAME, lines=lines)
matches_reference(NAME, find=by_bank.find, settle=by_bank.settle, undo=by_bank.undo, fits=by_bank.fits)
matches_reference(
    invoices_by_bank.NAME,
    find=invoices_by_bank.find,
    settle=invoices_by_bank.settle,
    undo=invoices_by_bank.undo,
    fits=invoices_by_bank.fits,
)
