"""What `partingline verify` proves of load plans: that each finished one is what its figures say, and breaks no rule."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from app.kit.verify import check
from app.logistics.loading.checking import check as judged
from app.logistics.planning.figures import figures_of
from app.logistics.planning.models import LoadPlan
from app.logistics.planning.packing import read_plan, read_task
from app.logistics.planning.states import PlanState

BATCH = 20
JUDGED_UP_TO = 500
"""Boxes: the checker looks at each pair of them, so larger plans are counted only."""


@check("load plans")
async def load_plans(session: AsyncSession) -> tuple[int, list[str]]:
    """Recount each finished plan, and judge it again where that does not take long."""
    looked = 0
    broken: list[str] = []
    last = None
    while True:
        statement = select(LoadPlan).where(LoadPlan.state == PlanState.DONE).order_by(LoadPlan.id).limit(BATCH)
        statement = statement.options(undefer(LoadPlan.task), undefer(LoadPlan.plan))
        rows = (await session.scalars(statement.where(LoadPlan.id > last) if last else statement)).all()
        if not rows:
            return looked, broken
        last = rows[-1].id
        looked += len(rows)
        broken += [f"load plan {row.id}" for row in rows if not _holds(row)]
        session.expunge_all()


def _holds(row: LoadPlan) -> bool:
    try:
        task = read_task(row.task)
        plan = read_plan(row.plan or {}, task)
    except (ValueError, LookupError, TypeError):
        return False
    figures = figures_of(plan)
    counted = (figures.loaded, figures.spaces_used, figures.mass_kg, figures.volume_use_pct) == (
        row.loaded,
        row.spaces_used,
        row.mass_kg,
        row.volume_use_pct,
    )
    asked = sum(box.count for box in task.boxes)
    whole = figures.loaded + figures.left_over == row.boxes == asked and row.spaces == len(task.spaces)
    return counted and whole and (row.boxes > JUDGED_UP_TO or not judged(plan, task.boxes, task.spaces))
