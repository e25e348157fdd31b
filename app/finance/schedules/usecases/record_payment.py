"""Write down how a payment stands at the provider, in the milestone and in the ledger: what is new of it, once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.schedules import booking, queries, releasing, rules
from app.finance.schedules.events import (
    MilestoneFunded,
    MilestonePaymentDeclined,
    MilestoneRefunded,
    TransferAwaited,
)
from app.finance.schedules.models import MilestonePayment, MilestoneRefund, PaymentMilestone
from app.finance.schedules.moving import stands
from app.finance.schedules.releasing import Move
from app.finance.schedules.states import STEPS, PaymentStep, RefundKind, RefundStep
from app.finance.schedules.usecases.go_on import go_on, named, schedule_of
from app.gateways.payments import Payment
from app.kit.ids import new_id
from app.kit.outbox import announce

log = structlog.get_logger(__name__)


async def record_payment(session: AsyncSession, payment_id: UUID, values: Mapping[str, Any], *, now: datetime) -> None:
    """What the provider answered or told. Acts for the buyer. News that are none, or that come too late, change nothing."""
    found = await _locked(session, payment_id)
    if found is None:
        return
    milestone, row = found
    becomes = PaymentStep(values["state"])
    if becomes not in STEPS[PaymentStep(row.state)]:
        return
    for name, value in values.items():
        setattr(row, name, value)
    row.changed_at = row.looked_at = now
    await session.flush()
    if becomes is PaymentStep.CAPTURED:
        await funded(session, milestone, row, now=now)
    elif becomes is PaymentStep.DECLINED:
        event = MilestonePaymentDeclined(**_of(milestone, row), reason=row.reason or "generic")
        await announce(session, event, organizations=[row.buyer_id])
    elif becomes is PaymentStep.PROCESSING and row.remittance is not None:
        await announce(session, TransferAwaited(**_of(milestone, row)), organizations=[row.buyer_id])


async def funded(session: AsyncSession, milestone: PaymentMilestone, row: MilestonePayment, *, now: datetime) -> None:
    """A part may have come, or more than is owed: the rest stays due, and what is too much goes back."""
    schedule = await schedule_of(session, milestone)
    event = MilestoneFunded(**named(milestone, schedule), currency=row.currency, amount_minor=row.captured_minor)
    await announce(session, event, organizations=[row.buyer_id, row.supplier_id])
    await go_on(session, milestone, [booking.funded(milestone, row, now.date())], now=now)


async def follow_payment(session: AsyncSession, payment_id: UUID, payment: Payment, *, now: datetime) -> None:
    """A payment as it stands now, asked for because of an event or because it was under way. Acts for the buyer.

    What was given back at the provider without a call of ours is written down as a refund that is done.
    """
    await record_payment(session, payment_id, stands(payment), now=now)
    found = await _locked(session, payment_id)
    if found is None or found[1].state != PaymentStep.CAPTURED:
        return
    milestone, row = found
    foreign = payment.refunded_minor - await queries.given_back(session, row.id)
    if foreign <= 0:
        return
    use = next(one for one in await queries.uses(session, milestone.id) if one.payment_id == row.id)
    part = rules.taken_of(use, foreign)
    if part.whole < foreign:
        log.error("refund_beyond_payment", payment_id=str(row.id), missing_minor=foreign - part.whole)
    if not part.whole:
        return
    [number] = await queries.next_steps(session, milestone, 1)
    refund = MilestoneRefund(
        id=new_id(),
        milestone_id=milestone.id,
        buyer_id=milestone.buyer_id,
        supplier_id=milestone.supplier_id,
        currency=milestone.currency,
        payment_id=row.id,
        number=number,
        kind=RefundKind.FOREIGN,
        state=RefundStep.DONE,
        from_escrow_minor=part.from_escrow,
        from_supplier_minor=part.from_supplier,
    )
    session.add(refund)
    await session.flush()
    moves = await releasing.set_aside(session, milestone, refund, now.date())
    moves += await refund_done(session, milestone, refund, now=now)
    await go_on(session, milestone, moves, now=now)


async def refund_done(
    session: AsyncSession, milestone: PaymentMilestone, refund: MilestoneRefund, *, now: datetime
) -> list[Move]:
    """Tell both sides that money was given back; the moves of it."""
    await session.flush()
    schedule = await schedule_of(session, milestone)
    event = MilestoneRefunded(
        **named(milestone, schedule),
        refund_id=refund.id,
        currency=refund.currency,
        amount_minor=refund.amount_minor,
        kind=refund.kind,
    )
    await announce(session, event, organizations=[milestone.buyer_id, milestone.supplier_id])
    return await releasing.refunded(session, milestone, refund, now.date())


async def _locked(session: AsyncSession, payment_id: UUID) -> tuple[PaymentMilestone, MilestonePayment] | None:
    """The milestone first, as everybody does."""
    seen = await queries.payment(session, payment_id)
    milestone = await queries.lock_milestone(session, seen.milestone_id) if seen else None
    row = await queries.payment(session, payment_id, lock=True) if milestone else None
    return (milestone, row) if milestone and row else None


def _of(milestone: PaymentMilestone, row: MilestonePayment) -> dict[str, Any]:
    return {
        "milestone_id": milestone.id,
        "schedule_id": milestone.schedule_id,
        "payment_id": row.id,
        "buyer_id": row.buyer_id,
        "currency": row.currency,
        "amount_minor": row.amount_minor,
    }
