"""What comes in and goes out when an order is invoiced."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.finance.facade import ExportReason
from app.kit.schemas import CountryCode, Input, Output, PlainDecimal
from app.procurement.schemas.common import MoneyOut

TermsDays = Annotated[int, Field(ge=0, le=365, description="Days from the issue until payment is due.")]
SuppliedOn = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]


class GoodsIn(Input):
    """What customs want to know of a line, where the catalogue does not say it."""

    position: Annotated[int, Field(ge=1, le=10_000, description="The order's line.")]
    hs_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}([0-9]{2}([0-9]{2})?)?$")] | None = None
    origin_country: CountryCode | None = None
    net_mass_kg: Annotated[PlainDecimal, Field(gt=0, le=Decimal(500_000), decimal_places=4)] | None = Field(
        None, description="Of the whole line."
    )


class OrderDiscountIn(Input):
    """What may be deducted by whoever pays within so many days of the issue."""

    within_days: Annotated[int, Field(ge=1, le=364)]
    rate_bp: Annotated[int, Field(ge=1, le=2000, description="Basis points: 200 are 2 %.")]


class OrderInvoiceIn(Input):
    """How an order is invoiced. Its lines, prices and references are the order's own."""

    kind: Literal["invoice", "pro_forma", "commercial"] = Field(
        "invoice", description="`commercial`: for customs, charges nothing and is numbered apart, as `pro_forma` is."
    )
    milestone: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = Field(
        None,
        description="The code of a milestone with a share of the order: only that is charged, by a prepayment invoice, or by the "
        "final invoice if nothing else is left. Without it all that is left is charged. A pro-forma invoice over "
        "a milestone states its amount alone; a commercial one takes none.",
    )
    delivered_on: SuppliedOn | None = Field(
        None, description="The day of supply, which decides on the tax; today if absent."
    )
    terms_days: TermsDays | None = Field(
        None, description="When absent, those of the credit line for an order on account, and 30 otherwise."
    )
    discounts: Annotated[list[OrderDiscountIn], Field(max_length=3)] | None = Field(
        None, description="For early payment, by rising days and falling rates; when absent, those of your details."
    )
    prepaid_minor: Annotated[int, Field(ge=0, le=10**15)] = Field(
        0, description="What was paid already, in minor units; it counts up to what the invoice comes to."
    )
    export_reason: ExportReason = Field(ExportReason.SALE, description="Of a commercial invoice.")
    goods: Annotated[list[GoodsIn], Field(max_length=1000)] = Field(
        default_factory=list,
        description="Of a commercial invoice alone: what stands here goes before what the catalogue says.",
    )


class OrderInvoiceOut(Output):
    """An invoice that was issued for a deal; all of it stands at `/v1/invoices/{id}`."""

    id: UUID
    number: str
    kind: str = Field(description="`invoice`, `prepayment`, `pro_forma` or `commercial`.")
    net: MoneyOut
    tax: MoneyOut
    gross: MoneyOut
    prepaid: MoneyOut
    payable: MoneyOut
    issued_on: date
    due_on: date | None
