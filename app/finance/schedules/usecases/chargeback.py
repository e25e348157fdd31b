"""The payer's bank takes money back, and perhaps gives it again: written down as the provider's dispute stands."""

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.provider.facade import HeardTooEarly
from app.finance.schedules import queries, releasing, rules
from app.finance.schedules.events import ChargebackEnded, MilestoneChargedBack
from app.finance.schedules.models import MilestoneChargeback, PaymentMilestone
from app.finance.schedules.states import UNDER_WAY, ChargebackStep, PaymentStep
from app.finance.schedules.usecases.go_on import LOOK_JOB, go_on, named, schedule_of
from app.gateways.payments import Dispute, DisputeState
from app.kit.ids import new_id
from app.kit.jobs import defer
from app.kit.outbox import announce

log = structlog.get_logger(__name__)

_STATES = {
    DisputeState.TO_ANSWER: ChargebackStep.OPEN,
    DisputeState.LOOKED_AT: ChargebackStep.OPEN,
    DisputeState.WON: ChargebackStep.WON,
    DisputeState.LOST: ChargebackStep.LOST,
}


async def follow_dispute(session: AsyncSession, payment_id: UUID, dispute: Dispute, *, now: datetime) -> None:
    """A dispute at the provider as it stands now. Acts for the buyer. Told twice, or late, it changes nothing.

    Raises `HeardTooEarly` while it is not written down that the payment has come: a bank takes back only what has. So it does
    while something is being given back of the payment and less than the bank takes is left: either the refund is done, or it
    fails because of the bank.

    A funded payment that is charged back leaves escrow, or makes the supplier owe what was released of it; won, it is where it
    was. Of a milestone that was disputed between its sides, too, the money is the bank's to take.
    """
    seen = await queries.payment(session, payment_id)
    milestone = await queries.lock_milestone(session, seen.milestone_id) if seen else None
    payment = await queries.payment(session, payment_id, lock=True) if milestone else None
    if payment is None or milestone is None:
        return
    row = await queries.chargeback(session, dispute.reference)
    stands = _STATES[dispute.state]
    if row is None:
        if stands is ChargebackStep.WON:
            return
        if payment.state in UNDER_WAY:
            raise HeardTooEarly(dispute.reference)
        if payment.state != PaymentStep.CAPTURED:
            return
        row = await _taken(session, milestone, payment_id, dispute, now=now)
        if row is None:
            return
    if stands is ChargebackStep.OPEN or row.state != ChargebackStep.OPEN:
        return
    row.state, row.ended_at = stands, now
    won = stands is ChargebackStep.WON
    event = ChargebackEnded(
        milestone_id=milestone.id,
        schedule_id=milestone.schedule_id,
        chargeback_id=row.id,
        buyer_id=milestone.buyer_id,
        supplier_id=milestone.supplier_id,
        currency=row.currency,
        amount_minor=row.from_escrow_minor + row.from_supplier_minor,
        won=won,
    )
    await announce(session, event, organizations=[milestone.buyer_id, milestone.supplier_id])
    moves = await releasing.chargeback_won(session, milestone, row, now.date()) if won else []
    await go_on(session, milestone, moves, now=now)
    if won:
        # What was given back at the provider while the bank had it all could not be written down.
        await defer(session, LOOK_JOB, payment_id=str(payment_id), buyer_id=str(milestone.buyer_id))


async def _taken(
    session: AsyncSession, milestone: PaymentMilestone, payment_id: UUID, dispute: Dispute, *, now: datetime
) -> MilestoneChargeback | None:
    """What there is of the payment. What is owed again falls due anew."""
    use = next(one for one in await queries.uses(session, milestone.id) if one.payment_id == payment_id)
    part = rules.taken_of(use, dispute.amount.minor)
    if part.whole < dispute.amount.minor:
        if await queries.refund_under_way(session, payment_id):
            raise HeardTooEarly(dispute.reference)
        missing = dispute.amount.minor - part.whole
        log.error("chargeback_beyond_payment", payment_id=str(payment_id), missing_minor=missing)
    if not part.whole:
        return None
    [number] = await queries.next_steps(session, milestone, 1)
    row = MilestoneChargeback(
        id=new_id(),
        milestone_id=milestone.id,
        buyer_id=milestone.buyer_id,
        supplier_id=milestone.supplier_id,
        currency=milestone.currency,
        payment_id=payment_id,
        number=number,
        dispute=dispute.reference,
        state=ChargebackStep.OPEN,
        from_escrow_minor=part.from_escrow,
        from_supplier_minor=part.from_supplier,
        reason=dispute.reason[:80],
        answer_by=dispute.answer_by,
    )
    session.add(row)
    await session.flush()
    schedule = await schedule_of(session, milestone)
    event = MilestoneChargedBack(
        **named(milestone, schedule),
        chargeback_id=row.id,
        currency=milestone.currency,
        amount_minor=part.whole,
        from_supplier_minor=part.from_supplier,
    )
    await announce(session, event, organizations=[milestone.buyer_id, milestone.supplier_id])
    milestone.due_on = milestone.pay_by = None
    moves = await releasing.charged_back(session, milestone, row, now.date())
    await go_on(session, milestone, moves, now=now)
    return row
