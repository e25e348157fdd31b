"""What of the ledger goes in and out."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, Output

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2999, 12, 31))]


class LedgerAmount(Output):
    """An amount in the account's currency."""

    minor: int = Field(description="Minor units of the currency.")
    currency: str
    text: str = Field(description="As the reader writes it.")


class LedgerAccountOut(Output):
    """An account. Its balance is positive on the side on which it grows."""

    id: UUID
    organization_id: UUID | None = Field(description="For whom it is kept; absent for the house itself.")
    purpose: Labelled
    currency: str
    side: Labelled
    balance: LedgerAmount
    opened_at: datetime


class LedgerCause(Output):
    """What a posting is about."""

    kind: Labelled
    id: UUID


class LedgerEntryOut(Output):
    """One leg of a posting, as it stands in an account."""

    id: UUID
    posting_id: UUID
    occurred_on: date = Field(description="The day (UTC) on which it happened.")
    posted_at: datetime
    kind: Labelled
    cause: LedgerCause
    side: Labelled
    amount: LedgerAmount


class LedgerLeg(Output):
    """One leg of a posting."""

    account_id: UUID
    organization_id: UUID | None
    purpose: Labelled
    side: Labelled
    amount: LedgerAmount


class LedgerPostingOut(Output):
    """A posting with all its legs."""

    id: UUID
    kind: Labelled
    cause: LedgerCause
    occasion: int
    occurred_on: date
    posted_at: datetime
    reason: str | None
    reverses_id: UUID | None
    reversed_by_id: UUID | None
    legs: list[LedgerLeg]


class ReversalIn(Input):
    """Why a posting is undone, and on which day."""

    reason: Annotated[str, StringConstraints(min_length=3, max_length=500)]
    occurred_on: Day | None = Field(default=None, description="A day (UTC) in an open month; absent for today.")


class LedgerPeriodOut(Output):
    """A month of the ledger."""

    period: str = Field(description="Year and month, such as 2026-11.")
    state: Labelled
    closed_at: datetime | None
    postings: int = Field(description="Dated into the month.")
