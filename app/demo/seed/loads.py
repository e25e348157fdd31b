"""What the demo's makers had planned: how boxes stand in the container of a voyage.

The plan was found once and is kept beside this file, so that seeding waits for no search; it is judged again while it is seeded.
"""

import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from app.demo.seed.cast import Cast
from app.demo.seed.freight import VOYAGES, Freight
from app.demo.seed.history import History
from app.demo.seed.story import Step
from app.kit.db.tenancy import act_for
from app.kit.dispatch import take_back
from app.logistics.loading.checking import check
from app.logistics.planning import queries
from app.logistics.planning.packing import read_plan, read_task
from app.logistics.planning.schemas import LoadPlanIn
from app.logistics.planning.solving import Outcome
from app.logistics.planning.usecases.ask_for_plan import ask_for_plan
from app.logistics.planning.usecases.end_plan import end_plan
from app.logistics.planning.work import SOLVE_JOB

FILE = Path(__file__).parent / "load_plan.json"
HOURS_AFTER_BOOKING = 6


@cache
def load_plan() -> dict[str, Any]:
    """`request` as it is sent, and the `plan` that was found for it."""
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


class Loads:
    """The plan of the first voyage, asked for some hours after it was booked."""

    def __init__(self, told: History, cast: Cast, freight: Freight) -> None:
        self._told, self._cast, self._freight = told, cast, freight

    def steps(self) -> list[Step]:
        """One plan."""
        begins = self._told.today - timedelta(days=VOYAGES[0].days_ago)
        return [(begins + timedelta(hours=HOURS_AFTER_BOOKING), self._plan)]

    async def _plan(self) -> None:
        shipper = self._cast.speakers[VOYAGES[0].shipper]
        session = await self._told.let(shipper)
        shipment_id = self._freight.shipment_ids[VOYAGES[0].reference]
        form = LoadPlanIn.model_validate({**load_plan()["request"], "shipment_id": str(shipment_id)})
        row = await ask_for_plan(session, shipper, form)
        plan_id = row.id
        session = await self._told.as_worker()
        await act_for(session, shipper.organization_id)
        claimed = await queries.claim(session, plan_id)
        assert claimed is not None
        task = read_task(claimed.task)
        assert not check(read_plan(load_plan()["plan"], task), task.boxes, task.spaces)
        done = await end_plan(session, plan_id, Outcome(plan=load_plan()["plan"]), task, attempt=claimed.attempt)
        assert done is not None
        await take_back(session, SOLVE_JOB, "load_plan_id", [plan_id])
