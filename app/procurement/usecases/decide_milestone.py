"""The buyer's word on a milestone: accepted, returned for other evidence, or done without."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.outbox import announce
from app.procurement.events import MilestoneAccepted, MilestoneReturned, MilestoneWaived, OrderAdvanced
from app.procurement.models import PurchaseOrder
from app.procurement.order_errors import MilestoneNotOptional
from app.procurement.order_rules import may_waive, states_on_the_way
from app.procurement.order_states import MilestoneAct, MilestoneState, Side
from app.procurement.schemas.orders import AcceptanceIn, DecisionReasonIn
from app.procurement.usecases.milestone_steps import Step, require_step, take_in_hand, write_entry
from app.procurement.usecases.order_steps import enter


async def accept_milestone(
    session: AsyncSession, actor: Actor, order_id: UUID, milestone_id: UUID, form: AcceptanceIn, *, now: datetime
) -> PurchaseOrder:
    """Agree that a milestone is reached. The order follows: into production, shipped, accepted."""
    step = await take_in_hand(session, order_id, milestone_id)
    require_step(step, MilestoneState.ACCEPTED, Side.BUYER)
    _decide(step, actor, MilestoneState.ACCEPTED, now)
    await write_entry(session, actor, step, MilestoneAct.ACCEPTED, note=form.note, locale=form.locale)
    order, milestone = step.order, step.milestone
    event = MilestoneAccepted(
        order_id=order.id,
        milestone_id=milestone.id,
        buyer_id=order.buyer_id,
        supplier_id=order.supplier_id,
        code=milestone.code,
        amount_minor=milestone.amount_minor,
        currency=order.currency,
    )
    await announce(session, event, organizations=[order.buyer_id, order.supplier_id])
    await _advance(session, actor, step)
    return order


async def return_milestone(
    session: AsyncSession, actor: Actor, order_id: UUID, milestone_id: UUID, form: DecisionReasonIn
) -> PurchaseOrder:
    """Ask for other evidence, with the reason."""
    step = await take_in_hand(session, order_id, milestone_id)
    require_step(step, MilestoneState.RETURNED, Side.BUYER)
    step.milestone.state = MilestoneState.RETURNED
    entry = await write_entry(session, actor, step, MilestoneAct.RETURNED, note=form.reason, locale=form.locale)
    order, milestone = step.order, step.milestone
    event = MilestoneReturned(
        order_id=order.id,
        milestone_id=milestone.id,
        entry_id=entry.id,
        buyer_id=order.buyer_id,
        supplier_id=order.supplier_id,
        code=milestone.code,
    )
    await announce(session, event, organizations=[order.buyer_id, order.supplier_id])
    return order


async def waive_milestone(
    session: AsyncSession, actor: Actor, order_id: UUID, milestone_id: UUID, form: DecisionReasonIn, *, now: datetime
) -> PurchaseOrder:
    """Do without an optional milestone, such as a second trial after a good first one."""
    step = await take_in_hand(session, order_id, milestone_id)
    require_step(step, MilestoneState.WAIVED, Side.BUYER)
    if not may_waive(step.milestone):
        raise MilestoneNotOptional()
    _decide(step, actor, MilestoneState.WAIVED, now)
    await write_entry(session, actor, step, MilestoneAct.WAIVED, note=form.reason, locale=form.locale)
    order, milestone = step.order, step.milestone
    event = MilestoneWaived(
        order_id=order.id,
        milestone_id=milestone.id,
        buyer_id=order.buyer_id,
        supplier_id=order.supplier_id,
        code=milestone.code,
    )
    await announce(session, event, organizations=[order.buyer_id, order.supplier_id])
    await _advance(session, actor, step)
    return order


def _decide(step: Step, actor: Actor, state: MilestoneState, now: datetime) -> None:
    step.milestone.state = state
    step.milestone.decided_at = now
    step.milestone.decided_by = actor.person_id


async def _advance(session: AsyncSession, actor: Actor, step: Step) -> None:
    order = step.order
    for state in states_on_the_way(order.state, step.everything):
        await enter(session, actor, order, state, action=f"order.{state}")
        event = OrderAdvanced(
            order_id=order.id, buyer_id=order.buyer_id, supplier_id=order.supplier_id, state=state.value
        )
        await announce(session, event, organizations=[order.buyer_id, order.supplier_id])
