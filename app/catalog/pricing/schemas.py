"""What suppliers send about price lists, and what both sides read."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.catalog.pricing.states import LineScope
from app.catalog.schemas import DisplayedMeasure, Quantity, Slug, TextOut
from app.kit.schemas import Input, Labelled, Output, PlainDecimal, ShortText
from app.reference.facade import AcceptedCurrency

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2999, 12, 31))]


class PriceListLineIn(Input):
    """A price for one unit of a variant, or a discount on the public prices of a category or of the whole range."""

    scope: LineScope
    variant_id: UUID | None = Field(default=None, description="For `variant`: one of your own.")
    category_code: Annotated[str, StringConstraints(max_length=80)] | None = Field(
        default=None, description="For `category`: a category of the tree; it stands for all below it."
    )
    min_quantity: Quantity = Field(default=Decimal(1), description="The line holds from this quantity on.")
    price_minor: int | None = Field(default=None, gt=0, le=10**15, description="For `variant`: the price of one unit.")
    discount_bp: int | None = Field(
        default=None, gt=0, lt=10_000, description="For `category` and `range`: basis points, 1250 for 12.5 %."
    )


Lines = Annotated[list[PriceListLineIn], Field(max_length=500)]
Buyers = Annotated[list[UUID], Field(max_length=200, description="Organizations that buy at these prices.")]


class PriceListIn(Input):
    """A price list as a draft."""

    code: Slug
    name: ShortText
    currency: AcceptedCurrency
    valid_from: Day
    valid_until: Day | None = Field(default=None, description="The last day (UTC); absent for no end.")
    buyer_ids: Buyers = []
    lines: Lines = []


class PriceListChange(Input):
    """A draft's new head. Its code and edition stay; its lines have an address of their own."""

    name: ShortText
    currency: AcceptedCurrency
    valid_from: Day
    valid_until: Day | None = None
    buyer_ids: Buyers


class LinesIn(Input):
    """All lines of a draft; those that it has are replaced."""

    lines: Lines


class SuccessorIn(Input):
    """When the next edition begins."""

    valid_from: Day
    valid_until: Day | None = None


class BuyerOut(Output):
    """A buyer of a price list, for its supplier."""

    id: UUID
    name: str
    country: str


class PriceListOut(Output):
    """A price list. `buyers` are the supplier's to see; a buyer reads none."""

    id: UUID
    code: str
    edition: int
    name: str
    supplier_id: UUID
    supplier_name: str
    currency: str
    valid_from: date
    valid_until: date | None
    state: Labelled = Field(description="An active list whose last day has passed reads as ended.")
    succeeds_id: UUID | None
    line_count: int
    buyers: list[BuyerOut]
    activated_at: datetime | None
    ended_at: datetime | None
    version: int


class PriceListLineOut(Output):
    """A line of a price list."""

    id: UUID
    scope: Labelled
    variant_id: UUID | None
    sku: str | None
    product_id: UUID | None
    category: Labelled | None
    min_quantity: PlainDecimal
    price_minor: int | None
    price_text: str | None
    discount_bp: int | None
    discount_text: str | None


class RowErrorOut(Output):
    """What is wrong in a row of a file. `row` counts from one, the header included."""

    row: int
    column: str
    code: str
    detail: str


class LinesImportOut(Output):
    """What a file would do, or did."""

    lines: int
    saved: bool
    errors: list[RowErrorOut]


class PriceSourceOut(Output):
    """Where a price comes from. The list is named for a contract price."""

    code: str
    label: str
    price_list_id: UUID | None
    price_list_code: str | None
    price_list_edition: int | None
    price_list_name: str | None
    valid_from: date | None
    valid_until: date | None


class PriceStepOut(Output):
    """From `min_quantity` on, one unit costs this."""

    currency: str
    price_minor: int
    text: str
    min_quantity: PlainDecimal
    min_quantity_text: str
    source: PriceSourceOut


class VariantPricesOut(Output):
    """A variant's prices for the reader."""

    product_id: UUID
    variant_id: UUID
    sku: str
    minimum_order: DisplayedMeasure
    prices: list[PriceStepOut]


class PricesOut(Output):
    """The reader's prices of the listings asked for. A listing that is not published is absent."""

    items: list[VariantPricesOut]


class ContractProductOut(Output):
    """A listing for which the reader has contract prices. They are read at `/v1/catalog/prices`."""

    product_id: UUID
    code: str
    title: TextOut | None
    category: Labelled
    supplier_id: UUID
    supplier_name: str
    variant_count: int


class AskedPriceIn(Input):
    """A quantity of a variant."""

    variant_id: UUID
    quantity: Quantity


class PriceConfirmationsIn(Input):
    """What is to be confirmed, all in one currency: everything, or nothing."""

    items: Annotated[list[AskedPriceIn], Field(min_length=1, max_length=100)]
    currency: AcceptedCurrency | None = Field(default=None, description="By default the one that you prefer.")


class PriceConfirmationOut(Output):
    """A price that is charged if it is ordered before `valid_until`."""

    id: UUID
    buyer_id: UUID
    supplier_id: UUID
    product_id: UUID
    variant_id: UUID
    sku: str
    quantity: PlainDecimal
    unit: str
    quantity_text: str
    currency: str
    price_minor: int
    price_text: str
    total_minor: int
    total_text: str
    source: Labelled
    price_list_id: UUID | None
    price_list_code: str | None
    price_list_edition: int | None
    lead_time_days: int
    confirmed_at: datetime
    valid_until: datetime


class PriceConfirmationsOut(Output):
    """Confirmed prices, in the order in which they were asked for."""

    items: list[PriceConfirmationOut]
