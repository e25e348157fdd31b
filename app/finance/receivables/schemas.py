"""What comes in and goes out about open items."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, Output

AmountMinor = Annotated[int, Field(ge=1, le=10**15, description="Minor units of the item's currency.")]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=500)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=140)]
PaidOn = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]


class PaymentIn(Input):
    """A payment that the issuer received outside the house, or with which he paid a credit balance back."""

    occurred_on: PaidOn = Field(description="The day on which the money came; it decides on discounts.")
    amount_minor: AmountMinor
    reference: Reference | None = Field(None, description="Such as the bank's.")


class UndoIn(Input):
    """Why a payment is undone."""

    reason: Reason


class WriteOffIn(Input):
    """What the issuer gives up, and why."""

    reason: Reason
    amount_minor: AmountMinor | None = Field(None, description="All that is open when absent.")


class ApplicationIn(Input):
    """The invoice that a credit balance is set off against."""

    open_item_id: UUID
    amount_minor: AmountMinor | None = Field(None, description="As much as both allow when absent.")


class HoldIn(Input):
    """Why nobody is reminded for now."""

    reason: Reason


class OpenAmountOut(Output):
    """An amount."""

    minor: int = Field(description="Minor units of the currency.")
    currency: str
    text: str = Field(description="As the reader writes it.")


class OpenItemSideOut(Output):
    """Who issued or received it."""

    id: UUID
    code: str
    name: str
    name_latin: str
    country: str


class OpenItemDiscountOut(Output):
    """What may be deducted by whoever has paid all of it until a day."""

    until: date
    rate_bp: int = Field(description="Basis points: 200 are 2 %.")
    discount: OpenAmountOut


class OpenItemOut(Output):
    """An open item in a list."""

    id: UUID
    kind: Labelled = Field(
        description="`invoice`; `claim` for late payment; `credit` for what the issuer owes the recipient."
    )
    state: Labelled
    role: Labelled = Field(description="Whether your organization issued or received it.")
    number: str
    invoice_id: UUID = Field(description="The invoice or credit note that it comes of.")
    issuer: OpenItemSideOut
    recipient: OpenItemSideOut
    issued_on: date
    due_on: date
    days_overdue: int = Field(description="0 before and on the day on which it is due, and when nothing is open.")
    amount: OpenAmountOut
    settled: OpenAmountOut
    open: OpenAmountOut
    discounts: list[OpenItemDiscountOut]
    hold: Labelled | None = Field(description="Why nobody is reminded.")
    subject_kind: str
    subject_id: UUID


class OpenItemEntryOut(Output):
    """Something that happened to an item. An undone one is negative."""

    id: UUID
    position: int
    kind: Labelled
    amount: OpenAmountOut
    occurred_on: date
    recorded_at: datetime
    reference: str | None
    reason: str | None
    undoes_id: UUID | None


class OpenItemDetailOut(OpenItemOut):
    """An open item with all that happened to it."""

    version: int
    hold_reason: str | None
    held_at: datetime | None
    closed_on: date | None
    entries: list[OpenItemEntryOut]


class AgeingOut(Output):
    """What is open with a partner in a currency, by how long it has been overdue."""

    partner: OpenItemSideOut
    currency: str
    invoices: int = Field(description="How many are open.")
    current: OpenAmountOut = Field(description="Not overdue.")
    overdue_1_30: OpenAmountOut
    overdue_31_60: OpenAmountOut
    overdue_61_90: OpenAmountOut
    overdue_over_90: OpenAmountOut
    total: OpenAmountOut
    credit: OpenAmountOut = Field(description="Credit balances that are not set off yet; no part of the total.")
