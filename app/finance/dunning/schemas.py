"""What comes in and goes out about reminders and claims for late payment."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.finance.dunning.states import Charges, Tone
from app.kit.schemas import Input, Labelled, Output


class DunningStepIn(Input):
    """A step."""

    days_overdue: Annotated[int, Field(ge=1, le=365)]
    tone: Tone
    charges: Charges = Charges.NONE


class DunningSettingsIn(Input):
    """Whether and how debtors are reminded."""

    active: bool
    steps: Annotated[list[DunningStepIn], Field(max_length=5)]
    agreed_interest_bp: Annotated[int, Field(ge=1, le=3000)] | None = Field(
        None, description="Basis points a year, for steps that claim interest as agreed."
    )


class DunningStepOut(Output):
    """A step."""

    step: int
    days_overdue: int
    tone: Labelled
    charges: Labelled


class DunningSettingsOut(Output):
    """Whether and how your debtors are reminded."""

    active: bool
    steps: list[DunningStepOut]
    agreed_interest_bp: int | None
    version: int
    changed_at: datetime | None


class DunningAmountOut(Output):
    """An amount."""

    minor: int = Field(description="Minor units of the currency.")
    currency: str
    text: str = Field(description="As the reader writes it.")


class DunningFirmOut(Output):
    """Who wrote it or received it."""

    id: UUID
    code: str
    name: str
    name_latin: str
    country: str


class DunningLineOut(Output):
    """An invoice in a letter, as it stood on that day."""

    open_item_id: UUID
    number: str
    invoiced_on: date
    due_on: date
    days_overdue: int
    amount: DunningAmountOut
    open: DunningAmountOut
    step: int = Field(description="How often it was reminded of, this letter included.")
    interest: DunningAmountOut
    fixed_sum: DunningAmountOut


class LatePaymentRateOut(Output):
    """A rate of interest for late payment that the operator has loaded."""

    country: str = Field(description="`EU`: the reference rate; else a member state, and its points above that.")
    valid_from: date = Field(description="The first day of a half-year.")
    rate_bp: int = Field(description="Basis points a year: 215 are 2.15 %.")
    source: str


class LatePaymentRatesLoadedOut(Output):
    """How many rates a table brought."""

    loaded: int


class DunningClaimOut(Output):
    """A claim for late payment that was open when a letter was written."""

    number: str = Field(description="The invoice that was not paid in time.")
    claimed_on: date
    open: DunningAmountOut


class DunningNoticeOut(Output):
    """A letter."""

    id: UUID
    tone: Labelled
    issuer: DunningFirmOut
    recipient: DunningFirmOut
    issued_on: date
    locale: str = Field(description="The debtor's language.")
    open: list[DunningAmountOut] = Field(description="By currency.")
    claimed: list[DunningAmountOut] = Field(
        description="Interest and fixed sums, by currency, beyond what claims of their own are over."
    )
    claims: list[DunningClaimOut] = Field(description="Claims for late payment that were open on that day.")
    lines: list[DunningLineOut]
    pdf: str = Field(description="The address of its PDF.")


class LatePaymentClaimIn(Input):
    """What the issuer adds to what is reckoned."""

    fixed_sum_minor: Annotated[int, Field(ge=1, le=10**9)] | None = Field(
        None,
        description="A fixed sum, in currencies in which the law names none. Minor units of the invoice's currency.",
    )


class ClaimWithdrawalIn(Input):
    """Why a claim is withdrawn; the debtor reads it."""

    reason: Annotated[str, StringConstraints(min_length=3, max_length=500)]


class LatePaymentLineOut(Output):
    """Days, both of them counted, on which the same amount was owed at the same rate."""

    first_on: date
    last_on: date
    days: int
    owed: DunningAmountOut
    reference_bp: int = Field(description="The half-year's reference rate, basis points a year.")
    rate_bp: int = Field(description="The reference rate and the points above it, basis points a year.")
    interest: DunningAmountOut


class LatePaymentOut(Output):
    """What late payment of an invoice has cost so far, beyond what was claimed."""

    open_item_id: UUID
    number: str
    due_on: date
    days_late: int
    lines: list[LatePaymentLineOut]
    interest: DunningAmountOut = Field(description="Rounded once; the lines add up to it.")
    fixed_sum: DunningAmountOut
    fixed_by: Labelled | None
    may_state_fixed_sum: bool = Field(description="Whether a claim may name a fixed sum, since the law names none.")
    total: DunningAmountOut
    source: str = Field(description="The law.")


class LatePaymentClaimOut(Output):
    """A claim for late payment, as it was reckoned on its day."""

    id: UUID = Field(description="That of its open item too: there it is paid, set off or given up.")
    state: Labelled
    open_item_id: UUID = Field(description="The invoice's item.")
    invoice_id: UUID
    number: str
    issuer: DunningFirmOut
    recipient: DunningFirmOut
    due_on: date
    claimed_on: date
    days_late: int
    lines: list[LatePaymentLineOut]
    interest: DunningAmountOut
    fixed_sum: DunningAmountOut
    fixed_by: Labelled | None
    total: DunningAmountOut
    open: DunningAmountOut
    source: str
