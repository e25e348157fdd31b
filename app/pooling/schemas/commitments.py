"""What comes in about commitments and what goes out."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, Output
from app.pooling.schemas.campaigns import LotPrice, PlaceCode, Quantity
from app.procurement.facade import MoneyOut, QuantityOut, TextOut
from app.reference.facade import AcceptedCurrency


class SubstituteIn(Input):
    """What a member would take instead, when his wish cannot be met."""

    item_id: UUID
    quantity: Quantity
    limit_minor: LotPrice = Field(description="The most that a lot of it may cost, everything included.")


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
    at_most: MoneyOut = Field(description="The most that it can cost.")
    reference: str | None
    created_at: datetime
    withdrawn_at: datetime | None
    allotment: AllotmentOut | None
