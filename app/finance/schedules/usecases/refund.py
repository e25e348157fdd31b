"""Give money of a milestone back: decided on by the supplier or the operator, and written down when the provider has done it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.schedules import queries, releasing, rules
from app.finance.schedules.assigning import is_bound
from app.finance.schedules.errors import MilestoneAssigned, MilestoneFrozen, RefundTooLarge
from app.finance.schedules.events import MilestoneRefundFailed
from app.finance.schedules.models import PaymentMilestone
from app.finance.schedules.schemas import MilestoneRefundIn
from app.finance.schedules.states import RefundKind, RefundStep
from app.finance.schedules.usecases.go_on import give_back, go_on, schedule_of
from app.finance.schedules.usecases.meet_invoices import meet_invoices
from app.finance.schedules.usecases.progress import ENTITY
from app.finance.schedules.usecases.record_payment import refund_done
from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.tenancy import acting_for
from app.kit.errors import NotFound
from app.kit.outbox import announce


async def refund(
    session: AsyncSession, actor: Actor, milestone: PaymentMilestone, form: MilestoneRefundIn, *, now: datetime
) -> PaymentMilestone:
    """Give back a part of what was paid, or all of it: first what is held, then what the supplier has. What is given back is not
    owed any more. Raises `MilestoneFrozen`, `MilestoneAssigned`, and `RefundTooLarge` with the most that can be given back."""
    async with acting_for(session, milestone.buyer_id):
        row = await queries.lock_milestone(session, milestone.id)
        if row is None:
            raise NotFound()
        if row.frozen_by is not None:
            raise MilestoneFrozen()
        if not actor.is_operator and await is_bound(session, row.id, row.supplier_id):
            raise MilestoneAssigned()
        known = await queries.uses(session, row.id)
        most = rules.most_back(known)
        wanted = most if form.amount_minor is None else form.amount_minor
        if not 0 < wanted <= most:
            raise RefundTooLarge(most_minor=most)
        parts = rules.taken(known, wanted)
        made, aside = await give_back(
            session, row, parts, RefundKind.DECISION, now=now, reason=form.reason, decided_by=actor.person_id
        )
        await go_on(session, row, aside, now=now)
    after = {"amount_minor": wanted, "refunds": [one.id for one in made], "reason": form.reason}
    await audit.record(session, actor, "payment_milestone.refund", ENTITY, row.id, after=after)
    return row


async def record_refund(session: AsyncSession, refund_id: UUID, values: Mapping[str, Any], *, now: datetime) -> None:
    """What the provider answered. Acts for the buyer. A refund that failed is told of, and its money is where it was."""
    seen = await queries.refund(session, refund_id)
    milestone = await queries.lock_milestone(session, seen.milestone_id) if seen else None
    row = await queries.refund(session, refund_id, lock=True) if milestone else None
    if milestone is None or row is None or row.state not in (RefundStep.PENDING, RefundStep.PROCESSING):
        return
    for name, value in values.items():
        setattr(row, name, value)
    row.changed_at = now
    await session.flush()
    if row.state == RefundStep.DONE:
        await go_on(session, milestone, await refund_done(session, milestone, row, now=now), now=now)
    if row.state == RefundStep.FAILED:
        # Nothing else follows by itself: what failed would be tried, and fail, again and again.
        moves = await releasing.not_refunded(session, milestone, row, now.date())
        await queries.restate(session, milestone)
        await meet_invoices(session, await schedule_of(session, milestone), now.date())
        await releasing.carry_out(session, milestone, moves, now.date())
        event = MilestoneRefundFailed(
            milestone_id=milestone.id,
            schedule_id=milestone.schedule_id,
            refund_id=row.id,
            buyer_id=milestone.buyer_id,
            supplier_id=milestone.supplier_id,
            currency=row.currency,
            amount_minor=row.amount_minor,
        )
        await announce(session, event, organizations=[milestone.buyer_id, milestone.supplier_id])
