"""One step of a milestone: found, locked with its order, allowed, taken and written down."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import Labelled, NotFound
from app.kit.ids import new_id
from app.procurement.models import MilestoneEvent, OrderMilestone, PurchaseOrder
from app.procurement.order_errors import MilestoneStateConflict
from app.procurement.order_rules import milestone_may_become
from app.procurement.order_states import (
    MILESTONE_STATE_LABELS,
    UNDER_WAY,
    MilestoneAct,
    MilestoneState,
    OrderState,
    Side,
)
from app.procurement.queries import orders as queries
from app.procurement.usecases.order_steps import conflict, locked
from app.procurement.usecases.order_texts import keep_entry_note


@dataclass(frozen=True, slots=True)
class Step:
    """A milestone in hand: its order is locked, and `everything` are the milestones of that order."""

    order: PurchaseOrder
    milestone: OrderMilestone
    everything: list[OrderMilestone]


async def take_in_hand(session: AsyncSession, order_id: UUID, milestone_id: UUID) -> Step:
    """Lock the order, so that both sides' steps come one after the other, and find the milestone in it."""
    order = await locked(session, order_id)
    everything = list(await queries.milestones(session, order.id))
    milestone = next((row for row in everything if row.id == milestone_id), None)
    if milestone is None:
        raise NotFound()
    return Step(order, milestone, everything)


def require_step(step: Step, wanted: MilestoneState, side: Side) -> None:
    """Raises `OrderStateConflict` or `MilestoneStateConflict` unless this side may take the milestone there now."""
    if OrderState(step.order.state) not in UNDER_WAY:
        raise conflict(step.order)
    if not milestone_may_become(step.milestone.state, wanted, side):
        raise MilestoneStateConflict(state=Labelled.of(step.milestone.state, MILESTONE_STATE_LABELS))


async def write_entry(
    session: AsyncSession, actor: Actor | None, step: Step, act: MilestoneAct, *, note: str | None, locale: str | None
) -> MilestoneEvent:
    """Append to the milestone's history, keep the note for the other side's language, and audit it. What nobody said stands there
    for the buyer."""
    order, milestone = step.order, step.milestone
    entry = MilestoneEvent(
        id=new_id(),
        milestone_id=milestone.id,
        order_id=order.id,
        buyer_id=order.buyer_id,
        supplier_id=order.supplier_id,
        act=act,
        organization_id=actor.organization_id if actor else order.buyer_id,
        person_id=actor.person_id if actor else None,
        note=note,
        note_locale=(locale or actor.locale) if note and actor else None,
    )
    session.add(entry)
    order.version += 1
    await session.flush()
    await keep_entry_note(session, order, entry)
    after = {"order_id": order.id, "code": milestone.code, "state": milestone.state, "entry_id": entry.id}
    whose = None if actor else order.buyer_id
    await audit.record(
        session, actor, f"milestone.{act}", "milestone", milestone.id, after=after, organization_id=whose
    )
    return entry
