"""What comes in about load plans and what goes out. Boxes and load spaces are described in `app.logistics.loading.schemas`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Labelled, Output, PlainDecimal
from app.logistics.loading.schemas import LeftOverOut, LoadOut, LoadRequestIn, StepOut
from app.logistics.planning.limits import MOST_SECONDS


class LoadPlanIn(LoadRequestIn):
    """What is to be loaded into what, and how long to search. Load spaces are filled in the order given."""

    name: Annotated[str, StringConstraints(max_length=80)] = Field("", description="What people call it.")
    shipment_id: UUID | None = Field(
        None, description="A shipment that you send: who receives or carries it may read the finished plan."
    )
    seconds: Annotated[int, Field(strict=True, ge=1, le=MOST_SECONDS)] = Field(
        10, description="How long to search, for all load spaces together."
    )


class PlannedStepOut(StepOut):
    """One box in the order of loading, with the same in words."""

    text: str = Field(description="What to do, in the reader's language.")


class PlannedLoadOut(LoadOut):
    """One load space and what stands in it."""

    number: int = Field(description="Of this plan, from 1: the drawing is asked for by it.")
    steps: list[PlannedStepOut]  # type: ignore[assignment]


class PlanFailureOut(Output):
    """Why there is no plan."""

    code: str
    detail: str


class LoadPlanSummary(Output):
    """A load plan in a list."""

    id: UUID
    owner_id: UUID
    shipment_id: UUID | None
    name: str
    state: Labelled
    seconds: int = Field(description="Search time that was asked for.")
    boxes: int = Field(description="Boxes that are to be loaded.")
    spaces: int = Field(description="Load spaces that there are.")
    loaded: int | None = Field(description="Boxes that the plan loads.")
    spaces_used: int | None
    mass_kg: PlainDecimal | None = Field(description="Of what is loaded.")
    volume_use_pct: PlainDecimal | None = Field(description="Of the volume of the load spaces that are used.")
    failure: PlanFailureOut | None
    version: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class LoadPlanDetail(LoadPlanSummary):
    """A load plan with what stands where, in which order it goes in, and what stays behind."""

    loads: list[PlannedLoadOut]
    left_over: list[LeftOverOut]
    violations: list[str] = Field(
        description="Rules that a plan breaks which was found and is not given out; for a report to us."
    )
