"""Schemas of awards, purchase orders and milestones."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, LocaleTag, Output, PlainDecimal, ShortText
from app.procurement.order_states import OrderPayment
from app.procurement.schemas.common import (
    AcceptedCurrency,
    DocumentOut,
    FirmOut,
    MoneyOut,
    QuantityOut,
    Reason,
    TextOut,
)
from app.procurement.schemas.inquiries import IncotermOut, SpecGroupOut
from app.warehousing.facade import AllocationRule

Terms = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
Note = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
TemplateCode = Annotated[str, StringConstraints(min_length=1, max_length=40)]
ItemQuantity = Annotated[PlainDecimal, Field(gt=0, le=10**9, max_digits=13, decimal_places=3)]
PAYMENT = "`schedule`: by milestones. `account`: out of the credit that the supplier grants you."
BuyerReference = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class PaymentTermsIn(Input):
    """On what terms the milestones of an order are paid. The supplier agrees to them by acknowledging it."""

    retention_percent: Annotated[PlainDecimal, Field(ge=0, le=50, max_digits=4, decimal_places=2)] = Field(
        default=Decimal(0), description="Of each milestone, held back for a time after its acceptance."
    )
    retention_days: int = Field(default=0, ge=0, le=3650)
    silence_days: int = Field(
        default=14, ge=1, le=365, description="Evidence on which you say nothing for so long counts as accepted."
    )
    payment_days: int = Field(default=14, ge=0, le=365, description="Within which you pay what is due.")


class PaymentTermsOfOrderOut(Output):
    """On what terms the milestones of an order are paid."""

    retention_percent: PlainDecimal
    retention_days: int
    silence_days: int
    payment_days: int


class AwardedQuoteIn(Input):
    """What of one quote is awarded."""

    quote_id: UUID
    line_ids: Annotated[list[UUID], Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="Lines of the inquiry; by default every line that the quote offers."
    )
    extras: bool = Field(
        default=True, description="Order the quote's extras too (tooling, trials, packing). Each is ordered once."
    )


class AwardIn(Input):
    """An award, whole or by line, to one or several suppliers. All of it happens, or nothing."""

    quotes: Annotated[list[AwardedQuoteIn], Field(min_length=1, max_length=100)]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | None = Field(
        default=None, description="Why, for your own organization's records."
    )
    close_rest: bool = Field(default=False, description="Leave the remaining lines unawarded and settle the inquiry.")
    issue: bool = Field(
        default=True,
        description="Send the orders at once, or as soon as they are approved. Otherwise they stay drafts.",
    )
    milestone_template: TemplateCode | None = Field(
        default=None, description="By default the inquiry's, or what suits the lines."
    )
    payment: OrderPayment = Field(default=OrderPayment.SCHEDULE, description=PAYMENT)
    payment_terms: PaymentTermsIn | None = Field(default=None, description="For every order of this award.")
    terms: Terms | None = Field(default=None, description="Your terms, for every order of this award.")
    terms_locale: LocaleTag | None = Field(default=None, description="Their language; by default the author's.")


class ItemIn(Input):
    """An item of the catalogue: by a confirmed price, or at the price of this moment."""

    confirmation_id: UUID | None = Field(default=None, description="A confirmation that you have; its quantity holds.")
    variant_id: UUID | None = Field(default=None, description="Without a confirmation: what, with `quantity`.")
    quantity: ItemQuantity | None = None


class DestinationIn(Input):
    """Where goods are wanted, in degrees (WGS 84)."""

    latitude: Annotated[PlainDecimal, Field(ge=-90, le=90, max_digits=8, decimal_places=5)]
    longitude: Annotated[PlainDecimal, Field(ge=-180, le=180, max_digits=8, decimal_places=5)]


class FromStockIn(Input):
    """How stock is held for an order, until it is picked or the order ends."""

    rule: AllocationRule = AllocationRule.PRIORITY
    destination: DestinationIn | None = Field(default=None, description="For `nearest`.")
    split: bool = Field(default=False, description="Whether it may come from several warehouses.")
    backorder: bool = Field(default=False, description="Whether what is missing may follow when there is some.")


class CatalogueOrderIn(Input):
    """An order of catalogue items from one supplier, in one currency. All of it is ordered, or nothing."""

    items: Annotated[list[ItemIn], Field(min_length=1, max_length=100)]
    currency: AcceptedCurrency | None = Field(
        default=None, description="For items without a confirmation; by default that of the confirmations, or yours."
    )
    issue: bool = Field(
        default=True, description="Send the order at once, or as soon as it is approved. Otherwise it stays a draft."
    )
    from_stock: FromStockIn | None = Field(
        default=None,
        description="Hold stock for the order; without enough of it nothing is ordered. Only for an order that is sent at once.",
    )
    payment: OrderPayment = Field(default=OrderPayment.SCHEDULE, description=PAYMENT)
    buyer_reference: BuyerReference | None = None
    requested_on: date | None = None
    payment_terms: PaymentTermsIn | None = None
    terms: Terms | None = None
    terms_locale: LocaleTag | None = Field(default=None, description="Their language; by default the author's.")


class OrderChangeIn(Input):
    """A change of a draft. Fields that are left out stay as they are."""

    milestone_template: TemplateCode | None = None
    payment: OrderPayment | None = Field(default=None, description=PAYMENT)
    payment_terms: PaymentTermsIn | None = None
    buyer_reference: BuyerReference | None = None
    requested_on: date | None = None
    terms: Terms | None = None
    terms_locale: LocaleTag | None = None


class AcknowledgementIn(Input):
    """The supplier takes the order."""

    confirmed_delivery_on: date = Field(description="The day of delivery, by the order's Incoterm.")
    note: Reason | None = None
    locale: LocaleTag | None = Field(default=None, description="The language of the note; by default the author's.")


class RefusalIn(Input):
    """Why an order is rejected or cancelled, for the other side to read."""

    reason: Reason
    locale: LocaleTag | None = Field(default=None, description="The language of the reason; by default the author's.")


class EvidenceIn(Input):
    """What shows that a milestone is reached."""

    document_ids: Annotated[list[UUID], Field(min_length=1, max_length=20, description="Own uploaded documents.")]
    note: Note | None = None
    locale: LocaleTag | None = Field(default=None, description="The language of the note; by default the author's.")


class AcceptanceIn(Input):
    """The buyer agrees."""

    note: Note | None = None
    locale: LocaleTag | None = Field(default=None, description="The language of the note; by default the author's.")


class DecisionReasonIn(Input):
    """Why evidence is returned, or a milestone waived."""

    reason: Note
    locale: LocaleTag | None = Field(default=None, description="The language of the reason; by default the author's.")


class OrderPoolOut(Output):
    """The framework order that a pooled order stands under."""

    id: UUID
    number: str


class OrderSummaryOut(Output):
    """An order in a list."""

    id: UUID
    number: str
    state: Labelled
    title: TextOut
    buyer: FirmOut
    supplier: FirmOut
    total: MoneyOut
    payment: Labelled = Field(description=PAYMENT)
    origin: Labelled = Field(description="`award`, `catalogue` or `pool`.")
    inquiry_id: UUID | None = Field(description="The inquiry that was awarded; none for another origin.")
    pool: OrderPoolOut | None = Field(default=None, description="Of a pooled order: the framework order over it.")
    created_at: datetime
    issued_at: datetime | None
    confirmed_delivery_on: date | None


class AwardedLineOut(Output):
    """A price that was awarded. `released_at`: when its order came to nothing, so that it could be awarded again."""

    line_id: UUID | None = Field(description="The inquiry's line; none for an extra.")
    supplier_id: UUID
    order_id: UUID
    released_at: datetime | None


class AwardOut(Output):
    """An award with the orders that came of it."""

    id: UUID
    inquiry_id: UUID
    inquiry_state: Labelled
    reason: str | None
    closes_rest: bool
    awarded_at: datetime
    lines: list[AwardedLineOut]
    orders: list[OrderSummaryOut]


class ConfirmedPriceOut(Output):
    """The confirmation that an item is charged by, and where its price came from."""

    confirmation_id: UUID
    source: Labelled
    price_list_id: UUID | None
    price_list_code: str | None
    price_list_edition: int | None


class OrderLineOut(Output):
    """A line of an order: what, how much, and at which price."""

    id: UUID
    position: int
    kind: str = Field(
        description="`line`, `extra` for something that the supplier named in his quote, `item` for a catalogue item, "
        "`pooled` for a member's part of a pooled purchase: its price is what he pays for all of it."
    )
    description: TextOut
    sku: str | None
    variant_id: UUID | None
    category_code: str | None
    spec: list[SpecGroupOut] | None
    quantity: QuantityOut
    price: MoneyOut
    per_quantity: PlainDecimal
    total: MoneyOut
    lead_time_days: int | None = Field(default=None, description="Of an item, as it was listed when it was confirmed.")
    confirmed: ConfirmedPriceOut | None = Field(default=None, description="Of an item: the price that was confirmed.")


class MilestoneEntryOut(Output):
    """Something that happened at a milestone."""

    id: UUID
    act: Labelled
    side: Labelled
    note: TextOut | None
    documents: list[DocumentOut]
    occurred_at: datetime


class MilestoneOut(Output):
    """A milestone of an order. `waits_for`: codes of those that must be done first."""

    id: UUID
    code: str
    name: str
    state: Labelled
    share_percent: PlainDecimal
    amount: MoneyOut
    due_on: date | None
    expected_evidence: list[Labelled]
    optional: bool
    waits_for: list[str]
    decided_at: datetime | None
    entries: list[MilestoneEntryOut]


class OrderStepOut(Output):
    """A state that the order entered."""

    state: Labelled
    side: Labelled
    occurred_at: datetime


class ApprovalNoteOut(Output):
    """The agreement that the buyer's rules asked for. For the buyer alone."""

    id: UUID
    comment: str | None


class OrderOut(OrderSummaryOut):
    """An order as both sides read it; `approval` is the buyer's alone."""

    version: int
    quote_id: UUID | None
    quote_reference: str | None
    buyer_reference: str | None
    incoterm: IncotermOut
    lead_time_days: int
    requested_on: date | None
    terms: TextOut | None
    milestone_template: Labelled
    payment_terms: PaymentTermsOfOrderOut
    acknowledged_at: datetime | None
    rejected_at: datetime | None
    cancelled_at: datetime | None
    closed_at: datetime | None
    answer: TextOut | None = Field(description="A word with the acknowledgement, or why it was rejected or cancelled.")
    approval: ApprovalNoteOut | None
    lines: list[OrderLineOut]
    milestones: list[MilestoneOut]
    history: list[OrderStepOut]


class TemplateStepOut(Output):
    """A milestone of a template."""

    code: str
    name: str
    share_percent: int
    due_offset_weeks: int
    expected_evidence: list[Labelled]
    after: list[str]
    optional: bool


class TemplateOut(Output):
    """A payment and progress plan that an order can follow."""

    code: str
    name: ShortText
    milestones: list[TemplateStepOut]


class TemplatesOut(Output):
    """All templates of this release."""

    edition: str
    items: list[TemplateOut]
