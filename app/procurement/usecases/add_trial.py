"""Ask for a further trial: T2, T3 … Each is a milestone without a share of the price."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.ids import new_id
from app.kit.outbox import announce
from app.procurement.events import TrialAdded
from app.procurement.models import OrderMilestone, PurchaseOrder
from app.procurement.order_errors import NoFurtherTrial
from app.procurement.order_rules import next_trial, trial_number
from app.procurement.order_states import MilestoneAct, OrderState
from app.procurement.queries import orders as queries
from app.procurement.schemas.orders import DecisionReasonIn
from app.procurement.usecases.milestone_steps import Step, write_entry
from app.procurement.usecases.order_steps import conflict, locked

_USUAL_WEEKS = 2


async def add_trial(session: AsyncSession, actor: Actor, order_id: UUID, form: DecisionReasonIn) -> PurchaseOrder:
    """Add the next trial after the last one, with what it shall show. Raises `NoFurtherTrial` out of its time."""
    order = await locked(session, order_id)
    if order.state not in (OrderState.ACKNOWLEDGED, OrderState.IN_PRODUCTION):
        raise conflict(order)
    everything = list(await queries.milestones(session, order.id))
    following = next_trial(everything)
    if following is None:
        raise NoFurtherTrial()
    code, position = following
    last = [row for row in everything if trial_number(row.code) is not None][-1]
    trial = OrderMilestone(
        id=new_id(),
        order_id=order.id,
        buyer_id=order.buyer_id,
        supplier_id=order.supplier_id,
        position=position,
        code=code,
        share_bp=0,
        amount_minor=0,
        due_offset_weeks=last.due_offset_weeks + _USUAL_WEEKS,
        due_on=last.due_on + timedelta(weeks=_USUAL_WEEKS) if last.due_on else None,
        evidence_kinds=last.evidence_kinds,
        after=[],
        optional=True,
    )
    session.add(trial)
    await session.flush()
    step = Step(order, trial, everything)
    entry = await write_entry(session, actor, step, MilestoneAct.ADDED, note=form.reason, locale=form.locale)
    event = TrialAdded(
        order_id=order.id,
        milestone_id=trial.id,
        entry_id=entry.id,
        buyer_id=order.buyer_id,
        supplier_id=order.supplier_id,
        code=code,
    )
    await announce(session, event, organizations=[order.buyer_id, order.supplier_id])
    return order
