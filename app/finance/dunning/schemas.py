"""What comes in and goes out about reminders."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

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


class DunningNoticeOut(Output):
    """A letter."""

    id: UUID
    tone: Labelled
    issuer: DunningFirmOut
    recipient: DunningFirmOut
    issued_on: date
    locale: str = Field(description="The debtor's language.")
    open: list[DunningAmountOut] = Field(description="By currency.")
    claimed: list[DunningAmountOut] = Field(description="Interest and fixed sums, by currency.")
    lines: list[DunningLineOut]
    pdf: str = Field(description="The address of its PDF.")
