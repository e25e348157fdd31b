"""Schemas of inquiries: what a buyer writes, and what he and the invited suppliers read."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from app.kit.schemas import Input, Instant, Labelled, LocaleTag, LongText, Output, ShortText
from app.procurement.schemas.common import (
    AcceptedCurrency,
    AdviceOut,
    DocumentOut,
    FirmOut,
    IncotermCode,
    MoneyOut,
    PlaceName,
    Quantity,
    QuantityOut,
    Reason,
    TextOut,
    UnitCode,
)


def _as_sent(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """What has the shape of no field goes on as it came: the data dictionary says what would be right for this one."""
    try:
        return handler(value)
    except ValidationError:
        return value


SpecText = Annotated[str, StringConstraints(max_length=4000)]
SpecScalar = bool | int | float | SpecText
SpecIn = dict[
    Annotated[str, StringConstraints(max_length=60)],
    Annotated[
        SpecScalar
        | Annotated[list[SpecText], Field(max_length=60)]
        | Annotated[dict[SpecText, int], Field(max_length=40)],
        WrapValidator(_as_sent),
    ],
]
Description = Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class LineIn(Input):
    """One thing asked for: a catalogue variant, or a custom mould by the data dictionary, or words alone."""

    variant_id: UUID | None = Field(default=None, description="An item of a supplier's catalogue.")
    spec: Annotated[SpecIn, Field(max_length=200)] | None = Field(
        default=None, description="A custom mould by the data dictionary: field code → value."
    )
    description: Description
    quantity: Quantity
    unit: UnitCode = Field(description="UN/CEFACT Recommendation 20 code, such as H87 (piece).")
    target_price_minor: int | None = Field(
        default=None, ge=1, le=10**15, description="Hoped-for price of the whole line; hidden from suppliers."
    )
    share_target: bool = Field(default=False, description="Show the target price to the invited suppliers.")
    required_on: date | None = None


class LotIn(Input):
    """Lines that belong together."""

    title: ShortText | None = None
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=100)]


class InquiryIn(Input):
    """A draft of an inquiry. Lines and invitations may still be missing; publishing needs them."""

    title: ShortText
    notes: LongText | None = None
    payment_notes: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | None = None
    locale: LocaleTag | None = Field(default=None, description="The language of its texts; by default the author's.")
    currency: AcceptedCurrency
    incoterm: IncotermCode
    incoterm_place: PlaceName
    required_on: date | None = None
    closes_at: Instant = Field(description="The last moment for quotes.")
    opens_at: Instant | None = Field(
        default=None,
        description="When quotes may be opened; by default when the inquiry closes. It can only move later.",
    )
    milestone_template: Annotated[str, StringConstraints(max_length=40)] | None = None
    lots: Annotated[list[LotIn], Field(max_length=50)] = []
    supplier_ids: Annotated[list[UUID], Field(max_length=100, description="Suppliers to invite.")] = []
    document_ids: Annotated[
        list[UUID], Field(max_length=20, description="Own documents to attach, added to those attached before.")
    ] = []


class ExtensionIn(Input):
    """A later closing time. The opening moves along when it would otherwise come first."""

    closes_at: Instant
    opens_at: Instant | None = None


class InvitationsIn(Input):
    """Further suppliers."""

    supplier_ids: Annotated[list[UUID], Field(min_length=1, max_length=100)]


class ReasonIn(Input):
    """Why, for the other side to read."""

    reason: Reason
    locale: LocaleTag | None = Field(default=None, description="The language of the reason; by default the author's.")


class SpecFieldOut(Output):
    """One field of a mould's description, with its name and value in the reader's language."""

    code: str
    label: str
    value: bool | int | float | str | list[str] | dict[str, int]
    text: str
    translation: str | None = Field(default=None, description="Of a free text, when there is one.")


class SpecGroupOut(Output):
    """Fields that a toolmaker reads together."""

    code: str
    label: str
    fields: list[SpecFieldOut]


class LineOut(Output):
    """A line. `target_price` is the buyer's own, unless he shared it."""

    id: UUID
    position: int
    description: TextOut
    quantity: QuantityOut
    variant_id: UUID | None
    sku: str | None
    spec: list[SpecGroupOut] | None
    required_on: date | None
    target_price: MoneyOut | None
    target_shared: bool


class LotOut(Output):
    """A lot with its lines."""

    id: UUID
    position: int
    title: TextOut | None
    lines: list[LineOut]


class InvitationOut(Output):
    """An invitation as the buyer sees it. It says whether a quote came, never what it says."""

    id: UUID
    supplier: FirmOut
    status: Labelled
    sent_at: datetime | None
    declined_at: datetime | None
    decline_reason: TextOut | None


class IncotermOut(Output):
    """A delivery term with its named place."""

    code: str
    place: str


class InquiryOut(Output):
    """An inquiry as its reader may see it: `invitations` and `warnings` are the buyer's, `my_invitation` a supplier's."""

    id: UUID
    number: str
    state: Labelled
    version: int
    buyer: FirmOut
    title: TextOut
    notes: TextOut | None
    payment_notes: TextOut | None
    currency: str
    incoterm: IncotermOut
    milestone_template: Labelled | None
    required_on: date | None
    closes_at: datetime
    opens_at: datetime
    accepts_quotes: bool
    published_at: datetime | None
    closed_at: datetime | None
    opened_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: TextOut | None
    lots: list[LotOut]
    documents: list[DocumentOut]
    invitations: list[InvitationOut] | None
    warnings: list[AdviceOut] | None
    my_invitation: InvitationOut | None


class InquirySummaryOut(Output):
    """An inquiry in a list of its buyer's."""

    id: UUID
    number: str
    title: str
    state: Labelled
    currency: str
    closes_at: datetime
    opens_at: datetime
    opened_at: datetime | None
    invited: int
    quoted: int


class InvitedSummaryOut(Output):
    """An inquiry in a list of an invited supplier's."""

    inquiry_id: UUID
    invitation_id: UUID
    number: str
    title: TextOut
    buyer: FirmOut
    state: Labelled
    closes_at: datetime
    accepts_quotes: bool
    status: Labelled


class OpeningOut(Output):
    """That the quotes were opened."""

    inquiry_id: UUID
    opened_at: datetime
    quotes: int


class QuestionIn(Input):
    """A question about the inquiry."""

    question: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    locale: LocaleTag | None = Field(default=None, description="The language of the question; by default the author's.")


class AnswerIn(Input):
    """An answer for every invited supplier."""

    answer: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    locale: LocaleTag | None = Field(default=None, description="The language of the answer; by default the author's.")
    question: Annotated[str, StringConstraints(min_length=1, max_length=4000)] | None = Field(
        default=None, description="The question as everybody shall read it, such as without names; by default as asked."
    )


class QuestionOut(Output):
    """A question, and its answer when there is one. `supplier` names the asker to the buyer alone."""

    id: UUID
    question: TextOut
    asked_at: datetime | None
    mine: bool
    supplier: FirmOut | None
    answer: TextOut | None
    answered_at: datetime | None
