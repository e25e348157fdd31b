"""Schemas of financing."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.finance.financing.states import SizeBand
from app.finance.schedules.facade import AskedWay, PaymentWay, TransferAccountOut
from app.finance.schedules.facade import Token as PaymentToken
from app.kit.schemas import CountryCode, Input, Labelled, Output

OpenDays = Annotated[int, Field(ge=1, le=60, description="Days after which it expires.")]


class FinancingOfferIn(Input):
    """A milestone that a supplier offers for financing."""

    milestone_id: UUID
    shows_buyer: bool = Field(default=False, description="Whether financiers read who the debtor is.")
    buyer_size: SizeBand | None = Field(default=None, description="How large the debtor is, as you know him.")
    financier_ids: Annotated[list[UUID], Field(min_length=1, max_length=50)] | None = Field(
        default=None, description="To whom it is open; by default to every financier."
    )
    open_days: OpenDays = 7


class FinancingQuoteIn(Input):
    """What a financier asks for: either a rate or a fee."""

    rate_bp: Annotated[int, Field(ge=0, le=10_000)] | None = Field(
        default=None, description="Basis points of a year, by the days that really pass over 360 (Actual/360)."
    )
    fee_minor: Annotated[int, Field(ge=0, le=10**15)] | None = Field(
        default=None, description="A fixed fee in minor units of the offer's currency."
    )
    advance_bp: Annotated[int, Field(ge=1, le=10_000, description="What is advanced, in basis points of the amount.")]
    recourse: bool = Field(description="Whether the supplier makes good what the debtor's money does not cover.")
    open_days: OpenDays = 7


class FundingIn(Input):
    """How the financier pays the advance."""

    way: AskedWay = PaymentWay.METHOD
    payment_method: PaymentToken | None = Field(
        default=None, description="For `method`: what your browser was handed; by default your saved payment method."
    )
    country: CountryCode | None = Field(
        default=None, description="For `transfer`: where the account shall be that money is sent to; by default yours."
    )


class FinancingAmountOut(Output):
    """An amount, and how the reader writes it."""

    minor: int
    currency: str
    text: str


class FinancingFirmOut(Output):
    """One of the sides."""

    id: UUID
    code: str
    name: str
    name_latin: str
    country: str


class FinancingOfferOut(Output):
    """An offered receivable. Who the debtor is stands here only where the supplier shows it."""

    id: UUID
    version: int
    role: Labelled
    state: Labelled
    supplier: FinancingFirmOut
    buyer: FinancingFirmOut | None
    buyer_country: str
    buyer_size: Labelled | None
    amount: FinancingAmountOut
    pay_by: date
    milestone_id: UUID | None = Field(description="For the supplier alone.")
    financier_ids: list[UUID] | None = Field(description="For the supplier alone: to whom it is open; null for all.")
    expires_at: datetime
    created_at: datetime


class FinancingQuoteOut(Output):
    """A quote, for its financier and the supplier."""

    id: UUID
    financing_offer_id: UUID
    financier: FinancingFirmOut
    state: Labelled
    charge: Labelled
    rate_bp: int | None
    fee: FinancingAmountOut | None
    advance_bp: int
    advance: FinancingAmountOut
    day_count: str | None = Field(description="`ACT/360` for a rate: 2006 ISDA Definitions, section 4.16(e).")
    recourse: bool
    expires_at: datetime
    created_at: datetime


class FundingPaymentOut(Output):
    """The last payment of the advance. For the financier alone."""

    id: UUID
    way: Labelled
    state: Labelled
    amount: FinancingAmountOut
    method: str | None
    reason: Labelled | None
    accounts: list[TransferAccountOut] | None
    remittance: str | None
    instructions_url: str | None
    created_at: datetime


class FinancingOut(Output):
    """An assigned receivable and what is owed of its advance today."""

    id: UUID
    version: int
    role: Labelled
    state: Labelled
    supplier: FinancingFirmOut
    buyer: FinancingFirmOut
    financier: FinancingFirmOut
    deal_number: str
    milestone_id: UUID
    amount: FinancingAmountOut
    advance: FinancingAmountOut
    charge: Labelled
    rate_bp: int | None
    fee: FinancingAmountOut | None
    recourse: bool
    fund_by: datetime
    funded_on: date | None
    owed: FinancingAmountOut = Field(description="What is left of the advance.")
    charge_owed: FinancingAmountOut = Field(description="The charge until today, less what of it was paid.")
    repaid: FinancingAmountOut
    charge_paid: FinancingAmountOut
    lost: FinancingAmountOut = Field(description="What of the advance the financier bears.")
    taken_back: FinancingAmountOut = Field(description="What the financier has back from his bank or the provider.")
    payment: FundingPaymentOut | None
    created_at: datetime


class FinancingMoveOut(Output):
    """Something that became of the advance."""

    number: int
    kind: Labelled
    principal: FinancingAmountOut
    charge: FinancingAmountOut
    occurred_on: date


class FinancingDetailOut(FinancingOut):
    """A financing with what became of its advance, the newest first."""

    moves: list[FinancingMoveOut]
