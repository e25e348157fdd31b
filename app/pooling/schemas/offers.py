"""What comes in about suppliers' offers to a campaign and what goes out."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.kit.schemas import Input, Labelled, Output
from app.pooling.limits import MOST_ITEMS, MOST_PLACES, MOST_TIERS
from app.pooling.schemas.campaigns import Days, PlaceCode, PublishedOut, Quantity, Sum, TierIn, TierOut
from app.procurement.facade import FirmOut, MoneyOut, QuantityOut
from app.reference.facade import AcceptedCurrency


class OfferedItemIn(Input):
    """What is offered of one item."""

    item_id: UUID
    tiers: Annotated[list[TierIn], Field(min_length=1, max_length=MOST_TIERS)] = Field(
        description="Rising in quantity: the price of the tier that your whole quantity reaches is for all of it."
    )
    capacity: Quantity
    setup_minor: Sum = Field(0, description="Paid once, if anything of the item is bought from you.")
    freight_minor: dict[PlaceCode, Sum] = Field(
        min_length=1, max_length=MOST_PLACES, description="For one lot to each place that you deliver to."
    )
    lead_time_days: Days


class CampaignOfferIn(Input):
    """A sealed offer. It replaces your former one; nobody else reads it before the freeze, and no competitor ever."""

    currency: AcceptedCurrency = Field(description="The campaign's.")
    items: Annotated[list[OfferedItemIn], Field(min_length=1, max_length=MOST_ITEMS)]


class CampaignOfferReceiptOut(Output):
    """That an offer exists, and its seal. It holds no price: this answer is stored for repeated requests."""

    id: UUID
    campaign_id: UUID
    revision: int
    state: Labelled
    version: int
    digest: str = Field(description="SHA-256 of the sealed contents and a salt, in hexadecimal.")
    created_at: datetime
    ended_at: datetime | None


class OfferedItemOut(PublishedOut):
    """What is offered of one item."""

    item_id: UUID
    tiers: list[TierOut]


class CampaignOfferOut(CampaignOfferReceiptOut):
    """An offer, for its supplier's own eyes."""

    currency: str
    items: list[OfferedItemOut]
    salt: str = Field(description="With it anybody can recompute the digest, in hexadecimal.")


class ShareOut(Output):
    """What is bought of a supplier."""

    clearing_id: UUID
    supplier: FirmOut
    item_id: UUID
    lots: int
    quantity: QuantityOut
    price: MoneyOut = Field(description="For one lot: the tier that is reached.")
    setup: MoneyOut
    freight: MoneyOut
    paid: MoneyOut = Field(description="Goods, set-up and freight.")
    to: dict[str, QuantityOut] = Field(description="By place.")
    lead_time_days: int


class PlacePriceOut(Output):
    """What a lot costs at a place: the same for all there."""

    item_id: UUID
    place: str
    lots: int
    price: MoneyOut = Field(description="Rounded to the minor unit.")
    price_minor: str = Field(description="To a millionth of a minor unit.")
    setup_minor: str = Field(description="So much of it is set-up.")


class AimOut(Output):
    """How good the clearing is by one aim, and how good it could be at best."""

    aim: str
    value: int
    bound: str | None = Field(
        description="Nothing could surpass it. Null for the draw where a gap was allowed: it then decided place by place."
    )
    gap_pct: str | None


class CertifiedPartOut(Output):
    """Items that were cleared together, with what was proven."""

    item_ids: list[UUID]
    aims: list[AimOut]


class CampaignClearingOut(Output):
    """A round of clearing, for everybody who takes part: what it came to and how good that is."""

    id: UUID
    campaign_id: UUID
    round: int
    state: Labelled
    failure: str | None
    inputs_sha256: str = Field(description="Of all commitments and offers in canonical order.")
    commitments: int
    offers: int
    lots: int | None
    cost: MoneyOut | None = Field(description="What suppliers are paid.")
    remainder: MoneyOut | None = Field(description="What members' payments come to beyond that.")
    remainder_account: str = Field(
        description="Where the remainder goes: an account of the campaign, in its lead's name."
    )
    certificate: list[CertifiedPartOut]
    prices: list[PlacePriceOut]
    created_at: datetime
    ended_at: datetime | None
