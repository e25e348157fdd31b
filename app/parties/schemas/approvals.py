"""Approval rules, requests and delegations."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.kit.schemas import Input, Instant, Labelled, Output, PriceMinor
from app.parties.schemas.common import Name
from app.parties.states import SubjectKind
from app.reference.facade import AcceptedCurrency

CategoryCode = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class RuleIn(Input):
    """When somebody must agree, and who. Conditions that are given must all hold; without one, the rule always does."""

    name: Name
    subject_kind: SubjectKind | None = Field(
        default=None,
        description="Whose amount counts: of each `order`, or of the `award` with all its orders; both when absent. A "
        "commitment to a campaign counts as an order at the most that it can cost, all of them to one campaign as an award; "
        "a rule for a `commitment` asks of nothing else.",
    )
    above_minor: PriceMinor | None = Field(
        default=None,
        description="Amounts above this, in minor units of `currency`; others are converted by the day's rate.",
    )
    currency: AcceptedCurrency | None = None
    category_codes: list[CategoryCode] = Field(default=[], max_length=50)
    new_counterparty: bool = Field(default=False, description="Only for suppliers that nothing was ordered from yet.")
    approver_ids: list[UUID] = Field(min_length=1, max_length=20, description="Members who may approve; one decides.")

    @model_validator(mode="after")
    def _amount_has_currency(self) -> "RuleIn":
        if (self.above_minor is None) != (self.currency is None):
            raise PydanticCustomError("amount_needs_currency", "an amount needs its currency")
        return self


class RuleOut(Output):
    """An approval rule."""

    id: UUID
    name: str
    subject_kind: Labelled | None
    above_minor: int | None
    currency: str | None
    category_codes: list[str]
    new_counterparty: bool
    approver_ids: list[UUID]
    active: bool
    version: int


class StepOut(Output):
    """What one rule asks for."""

    id: UUID
    rule_id: UUID
    approver_ids: list[UUID]
    state: Labelled
    decided_by: UUID | None
    decided_for: UUID | None = Field(description="In whose place a deputy decided.")
    decided_at: datetime | None


class ApprovalOut(Output):
    """A request for approval."""

    id: UUID
    subject_kind: Labelled
    subject_id: UUID
    title: str
    amount_minor: int
    currency: str
    amount: str = Field(description="In the reader's language.")
    counterparty_id: UUID
    requested_by: UUID
    requested_at: datetime
    state: Labelled
    decided_by: UUID | None
    decided_at: datetime | None
    comment: str | None
    steps: list[StepOut]


class DecisionIn(Input):
    """What to say with it."""

    comment: str | None = Field(default=None, max_length=2000)


class RejectionIn(Input):
    """Why not."""

    comment: str = Field(min_length=1, max_length=2000)


class DelegationIn(Input):
    """Who decides in one's place, and until when."""

    to_person_id: UUID
    starts_at: Instant | None = Field(default=None, description="Now when absent.")
    ends_at: Instant


class DelegationOut(Output):
    """That somebody decides in another's place."""

    id: UUID
    from_person_id: UUID
    to_person_id: UUID
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
