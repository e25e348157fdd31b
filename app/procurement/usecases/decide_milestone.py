"""The buyer's word on a milestone: accepted, returned for other evidence, or done without."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import facade as finance
from app.kit.actor import Actor
from app.kit.outbox import announce
from app.procurement.events import MilestoneAccepted, MilestoneReturned, MilestoneWaived, OrderAdvanced
from app.procurement.models import PurchaseOrder
from app.procurement.order_errors import MilestoneNotOptional
from app.procurement.order_rules import may_waive, states_on_the_way
from app.procurement.order_states import UNDER_WAY, MilestoneAct, MilestoneState, OrderState, Side
from app.procurement.schemas.orders import AcceptanceIn, DecisionReasonIn
from app.procurement.usecases.milestone_steps import Step, require_step, take_in_hand, write_entry
from app.procurement.usecases.order_steps import ENTITY, enter


async def accept_milestone(
    session: AsyncSession, actor: Actor, order_id: UUID, milestone_id: UUID, form: AcceptanceIn, *, now: datetime
) -> PurchaseOrder:
    """Agree that a milestone is reached. The order follows: into production, shipped, accepted; and its money, if it is paid.

    Raises `MilestoneFrozen` when the milestone is disputed.
    """
    step = await take_in_hand(session, order_id, milestone_id)
    require_step(step, MilestoneState.ACCEPTED, Side.BUYER)
    _decide(step, actor, MilestoneState.ACCEPTED, now)
    await write_entry(session, actor, step, MilestoneAct.ACCEPTED, note=form.note, locale=form.locale)
    await _accepted(session, actor, step, counted=False, now=now)
    return step.order


async def accept_unsaid(session: AsyncSession, order_id: UUID, milestone_id: UUID, *, now: datetime) -> bool:
    """Write down that a milestone counts as accepted though its buyer did not say so: he was silent for the agreed days, or a
    dispute over it was settled. Whether it still had to be. Call it while acting for the buyer and as no person.

    Nothing is written of evidence that nobody has shown: its money is decided on all the same.
    """
    step = await take_in_hand(session, order_id, milestone_id)
    if step.milestone.state != MilestoneState.SUBMITTED or OrderState(step.order.state) not in UNDER_WAY:
        return False
    _decide(step, None, MilestoneState.ACCEPTED, now)
    await write_entry(session, None, step, MilestoneAct.COUNTED, note=None, locale=None)
    await _accepted(session, None, step, counted=True, now=now)
    return True


async def _accepted(session: AsyncSession, actor: Actor | None, step: Step, *, counted: bool, now: datetime) -> None:
    order, milestone = step.order, step.milestone
    await finance.milestone_accepted(session, (ENTITY, order.id), milestone.id, now=now)
    event = MilestoneAccepted(
        order_id=order.id,
        milestone_id=milestone.id,
        buyer_id=order.buyer_id,
        supplier_id=order.supplier_id,
        code=milestone.code,
        amount_minor=milestone.amount_minor,
        currency=order.currency,
        counted=counted,
    )
    await announce(session, event, organizations=[order.buyer_id, order.supplier_id])
    await _advance(session, actor, step)


async def return_milestone(
    session: AsyncSession, actor: Actor, order_id: UUID, milestone_id: UUID, form: DecisionReasonIn
) -> PurchaseOrder:
    """Ask for other evidence, with the reason. Raises `MilestoneFrozen`, and `MilestoneAcceptedAlready` when the agreed days of
    silence are over."""
    step = await take_in_hand(session, order_id, milestone_id)
    require_step(step, MilestoneState.RETURNED, Side.BUYER)
    step.milestone.state = MilestoneState.RETURNED
    entry = await write_entry(session, actor, step, MilestoneAct.RETURNED, note=form.reason, locale=form.locale)
    order, milestone = step.order, step.milestone
    await finance.milestone_returned(session, (ENTITY, order.id), milestone.id)
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


def _decide(step: Step, actor: Actor | None, state: MilestoneState, now: datetime) -> None:
    step.milestone.state = state
    step.milestone.decided_at = now
    step.milestone.decided_by = actor.person_id if actor else None


async def _advance(session: AsyncSession, actor: Actor | None, step: Step) -> None:
    order = step.order
    for state in states_on_the_way(order.state, step.everything):
        await enter(session, actor, order, state, action=f"order.{state}")
        event = OrderAdvanced(
            order_id=order.id, buyer_id=order.buyer_id, supplier_id=order.supplier_id, state=state.value
        )
        await announce(session, event, organizations=[order.buyer_id, order.supplier_id])
