"""Give up a load plan that is not finished."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import Labelled, NotFound
from app.logistics.planning import queries
from app.logistics.planning.errors import LoadPlanEnded
from app.logistics.planning.models import LoadPlan
from app.logistics.planning.states import PLAN_STATE_LABELS, PlanState


async def cancel_plan(session: AsyncSession, actor: Actor, load_plan_id: UUID) -> LoadPlan:
    """Nobody works at it any longer; a search that runs is stopped. A second time changes nothing. Raises `NotFound`,
    `LoadPlanEnded`."""
    row = await queries.lock_plan(session, actor.organization_id, load_plan_id)
    if row is None:
        raise NotFound()
    if row.state == PlanState.CANCELLED:
        return row
    before = row.state
    ended = await queries.end(session, load_plan_id, {"state": PlanState.CANCELLED})
    if ended is None:
        raise LoadPlanEnded(state=Labelled.of(row.state, PLAN_STATE_LABELS))
    await audit.record(session, actor, "load_plan.cancel", "load_plan", load_plan_id, before={"state": before})
    return ended
