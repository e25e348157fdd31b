"""Disputes, in and out."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.finance.disputes.limits import MOST_FILES, MOST_TEXT
from app.finance.disputes.states import Reason
from app.kit.schemas import Input, Labelled, LocaleTag, Output, PriceMinor

Words = Annotated[str, StringConstraints(min_length=1, max_length=MOST_TEXT)]
Locale = Annotated[LocaleTag | None, Field(description="The language of the text; yours when absent.")]
Files = Annotated[
    list[UUID], Field(max_length=MOST_FILES, description="Files of your organization, uploaded before, as evidence.")
]
Release = Annotated[
    PriceMinor, Field(description="What the supplier gets, in minor units: at once what of it is held.")
]
Refund = Annotated[
    PriceMinor, Field(description="What the buyer gets back, or does not owe; both come to what is disputed.")
]


class DisputeIn(Input):
    """What you have against a milestone."""

    reason: Reason
    text: Words
    locale: Locale = None
    document_ids: Files = []


class DisputeMessageIn(Input):
    """What you have to say."""

    text: Words
    locale: Locale = None
    document_ids: Files = []


class DisputeWordIn(Input):
    """A word with a step, if you like."""

    text: Words | None = None
    locale: Locale = None


class ProposalIn(Input):
    """How you would divide what is disputed."""

    release_minor: Release
    refund_minor: Refund
    text: Words | None = None
    locale: Locale = None


class DisputeDecisionIn(Input):
    """How the operator divides what is disputed, and why."""

    release_minor: Release
    refund_minor: Refund
    reason: Words
    locale: Locale = None
    document_ids: Files = []


class DisputeAmountOut(Output):
    """An amount."""

    minor: int = Field(description="Minor units of the currency.")
    currency: str
    text: str = Field(description="As the reader writes it.")


class DisputeFirmOut(Output):
    """A side of a dispute."""

    id: UUID
    name: str
    name_latin: str


class DisputeSplitOut(Output):
    """How something is divided."""

    release: DisputeAmountOut
    refund: DisputeAmountOut


class DisputeTranslationOut(Output):
    """A translation of a text."""

    locale: str
    text: str
    state: str = Field(description="`human`, `reviewed`, `machine` or `stale`.")
    engine: str | None = None


class DisputeTextOut(Output):
    """A text as it was written, and its translation for this reader when there is one."""

    text: str
    locale: str
    translation: DisputeTranslationOut | None = None


class DisputeFileOut(Output):
    """A file that was given as evidence."""

    id: UUID
    filename: str
    media_type: str
    size_bytes: int
    sha256: str
    url: str
    scan_state: str
    nda_required: bool


class DisputeProposalOut(Output):
    """A proposal that stands."""

    id: UUID
    side: Labelled
    mine: bool
    split: DisputeSplitOut
    made_at: datetime


class DisputeSummaryOut(Output):
    """A dispute about a milestone."""

    id: UUID
    milestone_id: UUID
    schedule_id: UUID
    deal_number: str = Field(description="What both sides call the deal.")
    milestone_position: int = Field(description="Which milestone of it, counted from one.")
    buyer: DisputeFirmOut
    supplier: DisputeFirmOut
    side: Labelled = Field(description="Which side you are on.")
    reason: Labelled
    state: Labelled
    disputed: DisputeAmountOut = Field(
        description="What was held of the milestone when the dispute was opened, and what was still to be paid."
    )
    split: DisputeSplitOut | None = Field(
        description="How it was divided; none while it is open, or when it was withdrawn."
    )
    opened_at: datetime
    answer_due_at: datetime = Field(description="Until then the supplier answers.")
    escalates_at: datetime = Field(description="Without an agreement it goes before the operator then.")
    answered_at: datetime | None
    answer_overdue: bool
    escalated_at: datetime | None
    ended_at: datetime | None
    version: int


class DisputeOut(DisputeSummaryOut):
    """A dispute with the proposals that stand, and what you may do."""

    proposals: list[DisputeProposalOut]
    may: list[str] = Field(
        description="What you may do now, such as `message`, `proposed`, `escalated`, `withdrawn`, `decided`."
    )
    entries_url: str


class DisputeEntryOut(Output):
    """What happened in a dispute."""

    id: UUID
    act: Labelled
    side: Labelled | None = Field(description="None where the clock did it.")
    author: DisputeFirmOut | None
    text: DisputeTextOut | None
    split: DisputeSplitOut | None
    proposal_id: UUID | None
    documents: list[DisputeFileOut]
    created_at: datetime
