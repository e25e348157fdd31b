"""What follows when a load plan is done: who asked for it is told, in his language."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.logistics.planning import notices, queries
from app.logistics.planning.events import LoadPlanDone
from app.logistics.planning.models import LoadPlan
from app.logistics.planning.states import FAILURE_TEXTS, Failure, PlanState
from app.messages import facade as messages

ENTITY = "load_plan"


@reaction(LoadPlanDone, name="logistics.tell_of_load_plan")
async def tell_of_load_plan(session: AsyncSession, told: Told) -> None:
    """Tell the person who asked; a program finds out by the event."""
    event: LoadPlanDone = told.event
    async with acting_for(session, event.owner_id):
        row = await queries.load_plan(session, event.load_plan_id)
        if row is None or row.person_id is None:
            return
        await messages.notify(
            session,
            organization_id=row.owner_id,
            recipients=[row.person_id],
            notice=notices.DONE if row.state == PlanState.DONE else notices.FAILED,
            params=_params(row),
            entity=(ENTITY, row.id),
            dedupe=told.id,
        )


def _params(row: LoadPlan) -> dict[str, messages.Param]:
    params: dict[str, messages.Param] = {"load_plan_id": row.id, "name": row.name or str(row.id)[-12:]}
    if row.failure is not None:
        return params | {"reason": {"i18n": [FAILURE_TEXTS[Failure(row.failure)]]}}
    assert row.loaded is not None and row.spaces_used is not None and row.volume_use_pct is not None
    figures: dict[str, messages.Param] = {
        "loaded": row.loaded,
        "boxes": row.boxes,
        "spaces_used": row.spaces_used,
        "volume_use_pct": row.volume_use_pct,
    }
    return params | figures
