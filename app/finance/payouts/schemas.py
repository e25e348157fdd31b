"""What comes in and goes out about payouts."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from app.finance.payouts.states import Rhythm, Way
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_
from app.kit.schemas import CurrencyCode, Input, Labelled, Output, PriceMinor

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2999, 12, 31))]

_DAY_OF_RHYTHM = N_(
    "Name a day of the week for a weekly rhythm, a day of the month for a monthly one, and none for a daily one."
)


class LeastIn(Input):
    """Less of this currency waits for more; other currencies are sent whatever they come to."""

    minor: PriceMinor
    currency: CurrencyCode


class PayoutCalendarIn(Input):
    """When money is sent: every day, on a day of the week, or on a day of the month."""

    rhythm: Rhythm
    weekday: Annotated[int, Field(ge=1, le=7)] | None = Field(
        default=None, description="1 is Monday; for a weekly rhythm, and for no other."
    )
    month_day: Annotated[int, Field(ge=1, le=28)] | None = Field(
        default=None, description="For a monthly rhythm, and for no other."
    )
    least: LeastIn

    def values(self) -> dict[str, Any]:
        """The columns that it says. Raises `Invalid` where a day does not fit the rhythm."""
        given = (self.weekday is not None, self.month_day is not None)
        if given != (self.rhythm is Rhythm.WEEKLY, self.rhythm is Rhythm.MONTHLY):
            raise Invalid(errors=[FieldError("/rhythm", "day-of-rhythm", _DAY_OF_RHYTHM)])
        return {
            "rhythm": self.rhythm,
            "weekday": self.weekday,
            "month_day": self.month_day,
            "least_minor": self.least.minor,
            "least_currency": self.least.currency,
        }


class PayoutDefaultsIn(PayoutCalendarIn):
    """How suppliers are paid out who have said nothing."""

    hold_days: Annotated[int, Field(ge=0, le=180, description="How long money is held after it was released.")]


class SupplierTermsIn(Input):
    """What the operator says of one supplier."""

    hold_days: Annotated[int, Field(ge=0, le=180)] | None = Field(default=None, description="Absent: as for all.")
    way: Way = Field(description="How all is sent that comes from payments at the provider.")


class PayoutAmountOut(Output):
    """An amount."""

    minor: int = Field(description="Minor units of the currency.")
    currency: str
    text: str = Field(description="As the reader writes it.")


class PayoutCalendarOut(Output):
    """When and how an organization is paid out."""

    rhythm: Labelled
    weekday: int | None
    month_day: int | None
    least: PayoutAmountOut
    hold_days: int = Field(description="How long money is held after it was released; the operator says so.")
    way: Labelled
    is_default: bool = Field(description="Whether it is what the operator says for all.")
    next_on: date = Field(description="The next day on which what is due today would be sent.")
    version: int


class PayoutDefaultsOut(Output):
    """How suppliers are paid out who have said nothing."""

    rhythm: Labelled
    weekday: int | None
    month_day: int | None
    least: PayoutAmountOut
    hold_days: int
    version: int


class RequirementOut(Output):
    """Something that the payment provider has to be told."""

    text: str = Field(description="In the reader's language.")
    codes: list[str] = Field(description="The provider's codes.")


class PayoutAccountOut(Output):
    """An account at the payment provider to which payouts go."""

    state: Labelled
    country: str
    pays_out: bool = Field(description="Whether what arrives there goes on to the bank.")
    due: list[RequirementOut] = Field(description="What is still to be told, by onboarding.")
    opened_at: datetime
    looked_at: datetime = Field(description="When the provider was last asked.")


class OnboardingOut(Output):
    """Where the provider is told who somebody is."""

    url: str = Field(description="Opens once, for whoever asked for it; ask for another one rather than keep it.")
    ends_at: datetime


class PayoutOut(Output):
    """Money that is or was sent at once."""

    id: UUID
    way: Labelled
    state: Labelled
    amount: PayoutAmountOut = Field(description="What was to be sent.")
    sent: PayoutAmountOut
    set_off: PayoutAmountOut = Field(description="What made up for a debt.")
    made_on: date
    ended_at: datetime | None
    bank_reference: str | None
    returned_on: date | None = Field(description="When the receiving bank had sent it back.")


class PayoutCauseOut(Output):
    """What something is owed for."""

    kind: Labelled
    id: UUID


class PayoutItemOut(Output):
    """What is or was owed by one cause."""

    id: UUID
    cause: PayoutCauseOut
    state: Labelled
    amount: PayoutAmountOut
    taken_back: PayoutAmountOut = Field(description="Before it was sent.")
    set_off: PayoutAmountOut = Field(description="What of it made up for a debt.")
    sent: PayoutAmountOut
    came_back: PayoutAmountOut = Field(description="Of what was sent, by reversed transfers.")
    released_on: date
    due_on: date = Field(description="Sent on the first day of the calendar from then on.")
    sent_on: date | None
    payout_id: UUID | None


class PayoutDetailOut(PayoutOut):
    """A payout with what it is made of."""

    items: list[PayoutItemOut] = Field(description="The first 500.")


class BankPayoutOut(PayoutOut):
    """A payout that the operator's bank is to send."""

    supplier_id: UUID
    supplier: str
    holder: str
    account: str
    bic: str | None
    remittance: str = Field(description="What the transfer is to say.")


class RefusedItemOut(PayoutItemOut):
    """What the payment provider has refused to send on."""

    supplier_id: UUID
    problem: str = Field(description="The provider's refusal, by its code.")


BankReference = Annotated[str, StringConstraints(pattern=r"^[ -~]{1,140}$")]


class BankSentIn(Input):
    """The operator's bank has sent a payout."""

    bank_reference: BankReference = Field(description="As it stands on the bank's statement.")
    sent_on: Day | None = Field(default=None, description="Absent for today (UTC).")


class BankFailedIn(Input):
    """The operator's bank did not send a payout."""

    reason: Annotated[str, StringConstraints(min_length=3, max_length=500)]


class BankReturnedIn(Input):
    """The supplier's bank has sent a payout back."""

    reason: Annotated[str, StringConstraints(min_length=3, max_length=500)]
    returned_on: Day | None = Field(default=None, description="Absent for today (UTC).")
    kept_minor: Annotated[int, Field(ge=0, le=10**15)] = Field(
        default=0, description="Minor units that banks on the way kept of it: a cost of the house."
    )


class ReleaseIn(Input):
    """How an amount that was refused is sent after all."""

    by_bank: bool = Field(description="By the operator's bank, or by the provider once more.")
