"""What comes in about bids and what goes out."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.kit.schemas import Labelled, Output
from app.pooling.schemas.campaigns import AuctionRulesOut, DeliveryPlaceOut
from app.pooling.schemas.offers import CampaignOfferIn
from app.procurement.facade import MoneyOut, QuantityOut


class BidIn(CampaignOfferIn):
    """A whole offer. It replaces your former bid: nothing of it becomes worse, and at least one item's reference price is a step
    below your former one. It binds."""


class BidReceiptOut(Output):
    """That a bid was taken. It holds no price: this answer is stored for repeated requests."""

    id: UUID
    campaign_id: UUID
    campaign_offer_id: UUID = Field(description="The offer that it made.")
    at: datetime = Field(description="When it was taken, by the database's clock.")
    extended_to: datetime | None = Field(description="Until then it extended the auction; absent where it came early.")


class BidPriceOut(Output):
    """What a bid comes to."""

    item_id: UUID
    price: MoneyOut = Field(description="The reference price of a lot: goods, set-up and freight, on average.")


class BidOut(BidReceiptOut):
    """A bid, for its supplier's own eyes."""

    prices: list[BidPriceOut]


class PooledPlaceOut(Output):
    """What is pooled at a place."""

    place: DeliveryPlaceOut
    lots: int
    quantity: QuantityOut


class AuctionItemOut(Output):
    """How an item stands. All prices are reference prices of a lot: goods, set-up and freight, on average."""

    item_id: UUID
    pooled: list[PooledPlaceOut] = Field(
        description="What a bid is reckoned with: told to suppliers and to the lead, once members are frozen."
    )
    floor: MoneyOut | None = Field(description="No bid goes below.")
    best: MoneyOut | None = Field(description="The lowest that anybody has bid; absent where nobody has.")
    own: MoneyOut | None = Field(description="What your organization has bid.")
    own_rank: int | None = Field(description="1 where nobody has bid less than your organization.")
    highest_next: MoneyOut | None = Field(
        description="The highest price at which a further bid of yours is a step; absent without a bid, or where none is lower."
    )


class AuctionOut(Output):
    """An auction. Who bids, and how many, nobody is told."""

    campaign_id: UUID
    state: Labelled
    rules: AuctionRulesOut
    begun_at: datetime | None = Field(description="When members were frozen; absent before.")
    ends_at: datetime | None = Field(description="As it stands; a late bid extends it.")
    at: datetime
    seconds_left: int = Field(description="Until the close, rounded up; 0 before it has begun and afterwards.")
    extensions: int
    extensions_left: int
    items: list[AuctionItemOut]
