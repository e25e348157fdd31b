"""Schemas of quotes and of their comparison."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, LocaleTag, LongText, Output, PlainDecimal, PriceMinor, ShortText
from app.procurement.schemas.common import (
    AcceptedCurrency,
    FirmOut,
    IncotermCode,
    MoneyOut,
    PlaceName,
    Quantity,
    QuantityOut,
    TextOut,
)
from app.procurement.schemas.inquiries import IncotermOut


class LinePriceIn(Input):
    """The price of one line. A line that is left out is not quoted."""

    line_id: UUID
    price_minor: PriceMinor
    per_quantity: Quantity = Field(
        default=Decimal(1), description="For how many units of the line the price is; 1 by default."
    )


class ExtraIn(Input):
    """Something beside the lines that costs a fixed sum, such as tooling, a trial or packing."""

    label: ShortText
    price_minor: PriceMinor


class QuoteIn(Input):
    """A quote. With `submit` it is sealed at once; without, it is a draft that nobody else can see."""

    currency: AcceptedCurrency
    prices: Annotated[list[LinePriceIn], Field(min_length=1, max_length=500)]
    extras: Annotated[list[ExtraIn], Field(max_length=50)] = []
    lead_time_days: int = Field(ge=1, le=2000)
    valid_until: date
    incoterm: IncotermCode
    incoterm_place: PlaceName
    reference: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = Field(
        default=None, description="The supplier's own number of this quote."
    )
    notes: LongText | None = None
    notes_locale: LocaleTag | None = Field(
        default=None, description="The language of the notes and of the extras' labels; by default the author's."
    )


class NewQuoteIn(QuoteIn):
    """A new quote."""

    submit: bool = Field(default=False, description="Submit at once instead of keeping a draft.")


class QuoteReceiptOut(Output):
    """That a quote exists, and its seal. It holds no price: this answer is stored for repeated requests."""

    id: UUID
    inquiry_id: UUID
    supplier: FirmOut
    revision: int
    state: Labelled
    version: int
    digest: str | None = Field(description="SHA-256 of the sealed contents and a salt, in hexadecimal.")
    submitted_at: datetime | None
    withdrawn_at: datetime | None


class LinePriceOut(Output):
    """The price of a line."""

    line_id: UUID
    price: MoneyOut
    per_quantity: PlainDecimal
    total: MoneyOut


class ExtraOut(Output):
    """A priced extra."""

    label: str = Field(description="As it was sealed.")
    text: TextOut = Field(description="The label in its language, with a translation when there is one.")
    price: MoneyOut


class QuoteOut(QuoteReceiptOut):
    """A quote with its contents: for its supplier, and for the buyer after the opening."""

    currency: str
    prices: list[LinePriceOut]
    extras: list[ExtraOut]
    total: MoneyOut
    lead_time_days: int
    valid_until: date
    incoterm: IncotermOut
    reference: str | None
    notes: TextOut | None
    salt: str = Field(description="With it anybody can recompute the digest, in hexadecimal.")


class MyQuoteOut(Output):
    """A quote in a list of its supplier's."""

    id: UUID
    inquiry_id: UUID
    inquiry_number: str
    inquiry_title: TextOut
    buyer: FirmOut
    revision: int
    state: Labelled
    digest: str | None
    submitted_at: datetime | None
    total: MoneyOut


class OfferOut(Output):
    """What one quote asks for one line."""

    quote_id: UUID
    unit_price: MoneyOut
    per_quantity: PlainDecimal
    total: MoneyOut = Field(description="In the quote's own currency.")
    converted: MoneyOut = Field(description="In the currency of the comparison.")
    best: bool


class ComparedLineOut(Output):
    """A line and what each quote asks for it."""

    line_id: UUID
    position: int
    description: TextOut
    quantity: QuantityOut
    target_price: MoneyOut | None
    offers: list[OfferOut]


class ComparedQuoteOut(Output):
    """A quote as a whole. Only complete and valid quotes are ranked."""

    quote_id: UUID
    supplier: FirmOut
    rank: int | None
    total: MoneyOut
    converted: MoneyOut
    extras: MoneyOut = Field(description="In the currency of the comparison.")
    complete: bool
    missing_positions: list[int]
    lead_time_days: int
    fastest: bool
    valid_until: date
    expired: bool
    incoterm: IncotermOut
    incoterm_differs: bool
    notes: TextOut | None
    digest: str
    submitted_at: datetime


class RateOut(Output):
    """A rate used for conversion."""

    from_currency: str
    to_currency: str
    rate: PlainDecimal
    on: date


class ComparisonOut(Output):
    """All submitted quotes of an opened inquiry in one currency."""

    inquiry_id: UUID
    number: str
    currency: str
    opened_at: datetime
    rates: list[RateOut]
    quotes: list[ComparedQuoteOut]
    lines: list[ComparedLineOut]
