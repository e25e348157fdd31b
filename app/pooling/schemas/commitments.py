"""What comes in about commitments and what goes out."""

import re
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.kit.schemas import Input, Labelled, Output
from app.pooling.schemas.campaigns import LotPrice, PlaceCode, Quantity
from app.procurement.facade import MoneyOut, QuantityOut, TextOut
from app.reference.facade import AcceptedCurrency


class SubstituteIn(Input):
    """What a member would take instead, when his wish cannot be met."""

    item_id: UUID
    quantity: Quantity
    limit_minor: LotPrice = Field(description="The most that a lot of it may cost, everything included.")


_CARD_LIKE = re.compile(r"[0-9]{12}")


def _no_card(value: str) -> str:
    """A card's number is refused before anything keeps it; the refusal does not repeat it."""
    if _CARD_LIKE.search(value):
        raise PydanticCustomError("string_pattern_mismatch", "not a token")
    return value


PaymentToken = Annotated[
    str,
    StringConstraints(pattern=r"^(tok|pm|seti)_[A-Za-z0-9_]{1,190}$"),
    AfterValidator(_no_card),
    Field(description="What the payment provider handed to your browser; never the number of a card."),
]


class PayOtherwiseIn(Input):
    """Another payment method."""

    payment_method: PaymentToken


class CommitmentIn(Input):
    """So much of an item to a place, all or none, at no more than the limit. It binds from the freeze on."""

    item_id: UUID
    quantity: Quantity
    place: PlaceCode
    currency: AcceptedCurrency = Field(description="The campaign's.")
    limit_minor: LotPrice = Field(
        description="The most that a lot may cost, goods, freight and set-up included. Nobody else reads it."
    )
    substitute: SubstituteIn | None = None
    reference: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = Field(
        None, description="Your own number for it."
    )
    payment_method: PaymentToken | None = Field(
        None, description="For the deposit, where the campaign takes one; left out in a change, the former one stays."
    )


class WishOut(Output):
    """So much of an item."""

    item_id: UUID
    title: TextOut
    lots: int
    quantity: QuantityOut
    limit: MoneyOut = Field(description="The most that a lot may cost.")


class AllotmentOut(Output):
    """What came of a commitment at the clearing."""

    clearing_id: UUID
    round: int
    served: bool
    item_id: UUID | None
    quantity: QuantityOut | None
    payment: MoneyOut
    reason: str
    explanation: str = Field(description="In the reader's language.")


class DepositOut(Output):
    """The deposit of a commitment."""

    state: Labelled
    amount: MoneyOut
    surplus: MoneyOut | None = Field(description="What was taken beyond what is to be paid; it is given back.")
    method: str | None = Field(description="As far as it may be shown.")
    reason: str | None = Field(description="Why it was declined, in the reader's language.")
    due_at: datetime | None = Field(description="Until then it can be paid otherwise.")


class CommitmentOut(Output):
    """A commitment, for the member's own eyes."""

    id: UUID
    campaign_id: UUID
    campaign_number: str
    campaign_state: Labelled
    state: Labelled
    version: int
    place: str
    wish: WishOut
    substitute: WishOut | None
    approval_id: UUID | None = Field(
        description="The request for approval that your organization's rules asked for last. Until it is given, the commitment "
        "is neither pooled nor cleared; at the freeze it lapses."
    )
    at_most: MoneyOut = Field(description="The most that it can cost.")
    reference: str | None
    created_at: datetime
    withdrawn_at: datetime | None
    deposit: DepositOut | None
    allotment: AllotmentOut | None
    order_ids: list[UUID] = Field(description="The purchase orders that it came to.")
