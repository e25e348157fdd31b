"""Keep what came of the search, and tell of it."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.outbox import announce
from app.logistics.planning import queries
from app.logistics.planning.events import LoadPlanDone
from app.logistics.planning.figures import figures_of
from app.logistics.planning.models import LoadPlan
from app.logistics.planning.packing import Task, read_plan
from app.logistics.planning.solving import Outcome
from app.logistics.planning.states import PlanState


async def end_plan(
    session: AsyncSession, load_plan_id: UUID, outcome: Outcome, task: Task, *, attempt: int
) -> LoadPlan | None:
    """End a plan as done or failed; None when this attempt does not count any more. Acts for the owner."""
    row = await queries.end(session, load_plan_id, _values(outcome, task), attempt=attempt)
    if row is None:
        return None
    event = LoadPlanDone(
        load_plan_id=row.id,
        owner_id=row.owner_id,
        shipment_id=row.shipment_id,
        state=row.state,
        boxes=row.boxes,
        loaded=row.loaded,
        spaces_used=row.spaces_used,
        failure=row.failure,
    )
    await announce(session, event, organizations=sorted(await _concerned(session, row)))
    after = {"state": row.state, "loaded": row.loaded, "failure": row.failure}
    action = f"load_plan.{row.state}"
    await audit.record(session, None, action, "load_plan", row.id, after=after, organization_id=row.owner_id)
    return row


def _values(outcome: Outcome, task: Task) -> dict[str, Any]:
    if outcome.plan is None:
        violations = [one[:300] for one in outcome.violations]
        return {"state": PlanState.FAILED, "failure": outcome.failure, "violations": violations}
    figures = asdict(figures_of(read_plan(outcome.plan, task)))
    del figures["left_over"]
    return {"state": PlanState.DONE, "plan": dict(outcome.plan), **figures}


async def _concerned(session: AsyncSession, row: LoadPlan) -> set[UUID]:
    """Who may read it."""
    concerned = {row.owner_id}
    if row.state == PlanState.DONE and row.shipment_id is not None:
        concerned |= await queries.carriers_of(session, row.shipment_id)
        if row.consignee_id is not None:
            concerned.add(row.consignee_id)
    return concerned
