"""Schemas of payment schedules."""

import re
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.finance.schedules.states import AskedWay, PaymentWay
from app.kit.schemas import CountryCode, Input, Labelled, Output, PlainDecimal

_CARD_LIKE = re.compile(r"[0-9]{12}")


def _no_card(value: str) -> str:
    """A card's number is refused before anything keeps it; the refusal does not repeat it."""
    if _CARD_LIKE.search(value):
        raise PydanticCustomError("string_pattern_mismatch", "not a token")
    return value


Token = Annotated[str, StringConstraints(pattern=r"^(tok|pm|seti)_[A-Za-z0-9_]{1,190}$"), AfterValidator(_no_card)]
RefundReason = Annotated[str, StringConstraints(min_length=3, max_length=1000)]


class MilestonePaymentIn(Input):
    """How the buyer pays what is owed of a milestone."""

    way: AskedWay = PaymentWay.METHOD
    payment_method: Token | None = Field(
        default=None,
        description="For `method`: what the payment provider handed to your browser; never the number of a card.",
    )
    payment_method_id: UUID | None = Field(
        default=None,
        description="For `method`: one that your organization has saved; without it and without `payment_method`, the default.",
    )
    country: CountryCode | None = Field(
        default=None, description="For `transfer`: where the account shall be that money is sent to; by default yours."
    )


class MilestoneRefundIn(Input):
    """How much is given back, and why; both sides read it."""

    amount_minor: Annotated[int, Field(gt=0, le=10**15)] | None = Field(
        default=None, description="Minor units; by default all that was paid and not given back."
    )
    reason: RefundReason


class PaymentAmountOut(Output):
    """An amount, and how the reader writes it."""

    minor: int
    currency: str
    text: str


class PaymentSideOut(Output):
    """One of the two sides."""

    id: UUID
    code: str
    name: str
    name_latin: str
    country: str


class TransferAccountOut(Output):
    """Where the payer's bank sends money. `kind` says what `number` and `bank` are: `iban` for IBAN and BIC, and so on."""

    kind: str
    holder: str
    number: str
    bank: str
    country: str


class MilestonePaymentOut(Output):
    """The last payment of a milestone. For the buyer alone. Of a bank transfer: where to, and what to tell the bank."""

    id: UUID
    way: Labelled
    state: Labelled
    amount: PaymentAmountOut
    method: str | None = Field(description="What may be shown of the card or account.")
    reason: Labelled | None = Field(description="Why it was declined.")
    accounts: list[TransferAccountOut] | None
    remittance: str | None
    instructions_url: str | None
    created_at: datetime


class MilestoneRefundOut(Output):
    """Something that is given back."""

    id: UUID
    kind: Labelled
    state: Labelled
    amount: PaymentAmountOut
    reason: str | None
    created_at: datetime


class PaymentMilestoneOut(Output):
    """A milestone and its money. `held` is the buyer's until it is released; `outstanding` is still to be paid."""

    id: UUID
    schedule_id: UUID
    position: int
    key: str = Field(description="The deal's own code of the milestone.")
    part_id: UUID = Field(description="The deal's own id of the milestone.")
    reference: str | None = Field(description="What a transfer to the marketplace's bank account names.")
    share_percent: PlainDecimal
    amount: PaymentAmountOut
    evidence: Labelled
    expected_on: date | None = Field(description="The day on which the deal expects it to be reached.")
    state: Labelled
    silence_accepts_at: datetime | None = Field(description="When the buyer's silence accepts, while evidence waits.")
    accepted_at: datetime | None
    accepted_by: Labelled | None
    disputed: bool
    due_on: date | None
    pay_by: date | None
    outstanding: PaymentAmountOut
    funded: PaymentAmountOut
    held: PaymentAmountOut
    released: PaymentAmountOut
    refunded: PaymentAmountOut
    charged_back: PaymentAmountOut
    reduced: PaymentAmountOut = Field(description="What of the amount is not owed by the settlement of a dispute.")
    retention: PaymentAmountOut
    retention_free_on: date | None
    payment: MilestonePaymentOut | None


class BankRefundOut(Output):
    """Money of a milestone that came by bank, and that the operator's bank is to send back."""

    id: UUID
    milestone_id: UUID
    kind: Labelled
    amount: PaymentAmountOut
    reference: str = Field(description="What the transfer is to say, and to be called by: the statement is read by it.")
    holder: str | None = Field(description="Who sent the money, as his bank told it.")
    account: str | None = Field(description="From where it came, and where it goes.")
    buyer: PaymentSideOut
    created_at: datetime


class BankRefundFailedIn(Input):
    """Why it cannot be sent."""

    reason: RefundReason


class PaymentMilestoneDetailOut(PaymentMilestoneOut):
    """A milestone with what was given back of it."""

    refunds: list[MilestoneRefundOut]


class PaymentTermsOut(Output):
    """What both sides agreed on."""

    retention_percent: PlainDecimal
    retention_days: int
    silence_days: int
    payment_days: int


class PaymentScheduleSummaryOut(Output):
    """A schedule in a list."""

    id: UUID
    role: Labelled
    deal_kind: str
    deal_id: UUID
    deal_number: str
    buyer: PaymentSideOut
    supplier: PaymentSideOut
    total: PaymentAmountOut
    outstanding: PaymentAmountOut
    held: PaymentAmountOut
    released: PaymentAmountOut
    refunded: PaymentAmountOut
    opened_at: datetime


class PaymentScheduleOut(PaymentScheduleSummaryOut):
    """A schedule with its terms and milestones."""

    terms: PaymentTermsOut
    milestones: list[PaymentMilestoneOut]
