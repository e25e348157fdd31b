"""What comes in and goes out about credit lines."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import CurrencyCode, Input, Labelled, Output

LimitMinor = Annotated[int, Field(ge=0, le=10**15, description="Minor units of the line's currency.")]
PaymentDays = Annotated[int, Field(ge=0, le=365, description="Days from an invoice until it is due.")]
SuspendAfter = Annotated[
    int, Field(ge=0, le=365, description="Nothing is taken while something has been overdue for more days than these.")
]
CreditDay = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]


class CreditLineIn(Input):
    """Credit that a supplier grants."""

    buyer_id: UUID
    currency: CurrencyCode
    limit_minor: LimitMinor
    payment_days: PaymentDays = 30
    valid_from: CreditDay | None = Field(None, description="Today when absent.")
    valid_until: CreditDay | None = Field(None, description="The last day; none when absent.")
    suspend_after_days: SuspendAfter | None = None


class CreditLineChangeIn(Input):
    """A change of a line. Fields that are left out stay as they are."""

    limit_minor: LimitMinor | None = None
    payment_days: PaymentDays | None = None
    valid_until: CreditDay | None = None
    suspend_after_days: SuspendAfter | None = None


class SuspensionIn(Input):
    """Why a line is suspended; the reason stays with the supplier."""

    reason: Annotated[str, StringConstraints(min_length=3, max_length=500)]


class CreditAmountOut(Output):
    """An amount."""

    minor: int = Field(description="Minor units of the currency.")
    currency: str
    text: str = Field(description="As the reader writes it.")


class CreditFirmOut(Output):
    """Who grants it or is granted it."""

    id: UUID
    code: str
    name: str
    name_latin: str
    country: str


class CreditLineOut(Output):
    """A credit line, and what is used of it."""

    id: UUID
    version: int
    side: Labelled = Field(description="Whether your organization grants it or is granted it.")
    supplier: CreditFirmOut
    buyer: CreditFirmOut
    currency: str
    limit: CreditAmountOut
    ordered: CreditAmountOut = Field(description="On account and not invoiced yet.")
    invoiced: CreditAmountOut = Field(description="What is open of invoices, those of other orders included.")
    left: CreditAmountOut = Field(description="What can still be ordered on account.")
    state: Labelled
    payment_days: int
    valid_from: date
    valid_until: date | None
    suspend_after_days: int | None
    suspension: Labelled | None
    suspension_reason: str | None = Field(description="For the supplier alone.")
    suspended_at: datetime | None
    created_at: datetime


class CreditTakeOut(Output):
    """Credit that a deal took."""

    id: UUID
    deal_kind: str = Field(description="What the deal is, such as `order`.")
    deal_id: UUID
    amount: CreditAmountOut
    state: Labelled
    taken_at: datetime
    ended_at: datetime | None
