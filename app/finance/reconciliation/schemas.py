"""What of reconciliation goes in and out."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, Output


class ReconciliationOut(Output):
    """A run."""

    id: UUID
    starts_at: datetime = Field(description="It looks at what changed from then on …")
    ends_at: datetime = Field(description="… and before then, and at what differed before.")
    phase: Labelled
    looked_at: int = Field(description="Payments, refunds, transfers and reversals that were compared.")
    differing: int = Field(description="What of them differed and was open when it ended.")
    begun_at: datetime
    ended_at: datetime | None


class DifferenceOut(Output):
    """Something that the books and the payment provider tell otherwise."""

    id: UUID
    kind: Labelled
    line_kind: Labelled
    reference: str = Field(description="The provider's.")
    owner: str | None = Field(description="The part of the house that it belongs to; absent when nobody knows it.")
    cause_kind: str | None = Field(description="What the ledger was told of it with.")
    cause_id: UUID | None
    here: str = Field(description="What the house says, amounts in minor units; `-` for nothing.")
    there: str = Field(description="What the provider says.")
    state: Labelled
    reason: str | None
    posting_id: UUID | None = Field(description="The posting that explains it.")
    times_found: int
    first_run_id: UUID
    last_run_id: UUID
    found_at: datetime
    last_found_at: datetime
    ended_at: datetime | None


class DifferenceClosingIn(Input):
    """What it was."""

    reason: Annotated[str, StringConstraints(min_length=3, max_length=500)]
    posting_id: UUID | None = Field(default=None, description="The posting that explains it, where there is one.")
