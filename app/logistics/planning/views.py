"""Load plans as their readers see them."""

from collections.abc import Sequence
from typing import Any

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync

from app.kit.locales import N_, NP_, current_locale, translate
from app.kit.schemas import labelled
from app.logistics.loading import documents
from app.logistics.loading.cargo import BoxSide, Plan
from app.logistics.loading.schemas import LeftOverOut, LoadOut, StepOut
from app.logistics.planning.models import LoadPlan
from app.logistics.planning.packing import read_plan, read_task
from app.logistics.planning.schemas import (
    LoadPlanDetail,
    LoadPlanSummary,
    PlanFailureOut,
    PlannedLoadOut,
    PlannedStepOut,
)
from app.logistics.planning.states import FAILURE_TEXTS, PLAN_STATE_LABELS, Failure

UPRIGHT_LABELS = {
    BoxSide.LENGTH: NP_("side of a box", "length"),
    BoxSide.WIDTH: NP_("side of a box", "width"),
    BoxSide.HEIGHT: NP_("side of a box", "height"),
}
_SIDES = {"L": BoxSide.LENGTH, "W": BoxSide.WIDTH, "H": BoxSide.HEIGHT}
_STEP = N_(
    "{box}, no. {number}: {x_mm} mm from the far wall, {y_mm} mm from the left wall, {z_mm} mm above the floor; "
    "{along_x} towards the door, {along_z} upright"
)

_place: RunVar[CapacityLimiter] = RunVar("place of drawing load plans")


def summaries(rows: Sequence[LoadPlan]) -> list[LoadPlanSummary]:
    """Load plans of a list."""
    return [LoadPlanSummary(**_values(row)) for row in rows]


def _values(row: LoadPlan) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in LoadPlanSummary.model_fields}
    failure = None
    if row.failure is not None:
        detail = translate(FAILURE_TEXTS[Failure(row.failure)], current_locale())
        failure = PlanFailureOut(code=row.failure, detail=detail)
    return values | {"state": labelled(row.state, PLAN_STATE_LABELS), "failure": failure}


def plan_of(row: LoadPlan) -> Plan | None:
    """The plan that was found; of a row that was read whole."""
    return None if row.plan is None else read_plan(row.plan, read_task(row.task))


async def drawing(row: LoadPlan, number: int, locale: str) -> str | None:
    """One load of a finished plan as SVG; None when there is no such load.

    Thousands of boxes take two seconds to draw, so a process draws one at a time, beside the other requests.
    """
    return await run_sync(_drawn, row, number, locale, limiter=_limiter())


def _drawn(row: LoadPlan, number: int, locale: str) -> str | None:
    # Loads a library that nothing else needs at the start.
    from app.logistics.loading.drawing import draw

    plan = plan_of(row)
    return draw(plan.loads[number - 1], locale) if plan is not None and number <= len(plan.loads) else None


def _limiter() -> CapacityLimiter:
    try:
        return _place.get()
    except LookupError:
        _place.set(CapacityLimiter(1))
        return _place.get()


async def detail(row: LoadPlan) -> LoadPlanDetail:
    """A load plan in full. Thousands of steps are put into words beside the other requests."""
    loads: list[PlannedLoadOut] = []
    left_over: list[LeftOverOut] = []
    if row.plan is not None:
        loads, left_over = await run_sync(_told, row, current_locale())
    return LoadPlanDetail(**_values(row), loads=loads, left_over=left_over, violations=row.violations)


def _told(row: LoadPlan, locale: str) -> tuple[list[PlannedLoadOut], list[LeftOverOut]]:
    plan = plan_of(row)
    assert plan is not None
    told = documents.written(plan, locale)
    sides = {letter: translate(UPRIGHT_LABELS[side], locale) for letter, side in _SIDES.items()}
    return [_load(load, number, locale, sides) for number, load in enumerate(told.loads, 1)], told.left_over


def _load(load: LoadOut, number: int, locale: str, sides: dict[str, str]) -> PlannedLoadOut:
    values = dict(load) | {"steps": [_step(step, locale, sides) for step in load.steps]}
    return PlannedLoadOut.model_construct(number=number, **values)


def _step(step: StepOut, locale: str, sides: dict[str, str]) -> PlannedStepOut:
    values = dict(step)
    along = {"along_x": sides[step.turn[0]], "along_z": sides[step.turn[2]]}
    return PlannedStepOut.model_construct(**values, text=translate(_STEP, locale, **values | along))
