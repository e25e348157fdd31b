"""What comes in and goes out about payment methods."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.finance.methods.states import SavedKind
from app.kit.schemas import Input, Labelled, Output


class MethodSetupIn(Input):
    """What kinds of methods the payer's browser shall offer."""

    kinds: list[SavedKind] = Field(
        default=[SavedKind.CARD, SavedKind.BANK_DEBIT], min_length=1, max_length=2, description="One or both."
    )


class MethodSetupOut(Output):
    """What the payer's browser needs to hand a method to the payment provider."""

    token: str = Field(description="Send it to `POST /v1/payment-methods` when the browser is done.")
    client_secret: str = Field(description="For this browser and the provider's own form in it alone; never store it.")


class PaymentMethodIn(Input):
    """The token of a setup that the payer's browser has completed."""

    token: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{4,200}$")] = Field(repr=False)
    make_default: bool = Field(default=False, description="The first method is the default in any case.")


class PaymentMethodOut(Output):
    """A saved payment method, as far as it may be known."""

    id: UUID
    kind: Labelled
    brand: str
    last_digits: str = Field(description="Of the card or of the IBAN.")
    expires_on: date | None = Field(description="The last day that is printed on a card.")
    is_default: bool
    can_hold: bool = Field(description="Whether money can be held by it, or is only taken.")
    saved_at: datetime
