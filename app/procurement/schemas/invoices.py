"""What comes in and goes out when an order is invoiced."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.kit.schemas import Input, Output
from app.procurement.schemas.common import MoneyOut

TermsDays = Annotated[int, Field(ge=0, le=365, description="Days from the issue until payment is due.")]
SuppliedOn = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]


class OrderDiscountIn(Input):
    """What may be deducted by whoever pays within so many days of the issue."""

    within_days: Annotated[int, Field(ge=1, le=364)]
    rate_bp: Annotated[int, Field(ge=1, le=2000, description="Basis points: 200 are 2 %.")]


class OrderInvoiceIn(Input):
    """How an order is invoiced. Its lines, prices and references are the order's own."""

    kind: Literal["invoice", "pro_forma"] = "invoice"
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


class OrderInvoiceOut(Output):
    """An invoice that was issued for a deal; all of it stands at `/v1/invoices/{id}`."""

    id: UUID
    number: str
    net: MoneyOut
    tax: MoneyOut
    gross: MoneyOut
    prepaid: MoneyOut
    payable: MoneyOut
    issued_on: date
    due_on: date | None
