"""What comes in about campaigns and what goes out. Quantities are in the item's unit, prices are for one lot."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Instant, Labelled, LocaleTag, LongText, Output, PlainDecimal, ShortText
from app.pooling.limits import (
    LARGEST_STEP_BP,
    LONGEST_BIDDING,
    LONGEST_ROUND,
    MOST_EXTENSIONS,
    MOST_ITEMS,
    MOST_PLACES,
    MOST_PRICE_MINOR,
    MOST_TIERS,
    SHORTEST_BIDDING,
)
from app.pooling.states import CampaignAudience, Competition, Confidentiality, Leading, Shortfall
from app.procurement.facade import FirmOut, MoneyOut, QuantityOut, TextOut
from app.reference.facade import AcceptedCurrency, UnitCode

Quantity = Annotated[
    PlainDecimal,
    Field(gt=0, max_digits=18, decimal_places=6, description="In the item's unit, in whole lots."),
]
LotPrice = Annotated[int, Field(ge=1, le=MOST_PRICE_MINOR, description="Minor units for one lot.")]
Sum = Annotated[int, Field(ge=0, le=MOST_PRICE_MINOR, description="Minor units.")]
Percent = Annotated[PlainDecimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
PlaceCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$"), Field(description="UN/LOCODE, such as DEHAM.")
]
Days = Annotated[int, Field(ge=1, le=2000)]


class TierIn(Input):
    """From so much pooled on, a lot costs so much, freight not included."""

    from_quantity: Quantity
    price_minor: LotPrice


class PublishedIn(Input):
    """What a supplier who leads a campaign offers beside his tiers: for everybody to read."""

    capacity: Quantity
    setup_minor: Sum = Field(0, description="Paid once, if anything is bought; members share it.")
    freight_minor: dict[PlaceCode, Sum] = Field(
        min_length=1, max_length=MOST_PLACES, description="For one lot to each place he delivers to."
    )
    lead_time_days: Days


class AuctionRulesIn(Input):
    """How suppliers bid once members are frozen."""

    bidding_minutes: Annotated[int, Field(ge=SHORTEST_BIDDING, le=LONGEST_BIDDING)] = Field(
        description="How long suppliers bid, from the members' freeze on."
    )
    round_minutes: Annotated[int, Field(ge=1, le=LONGEST_ROUND)] = Field(
        5, description="A bid in so many last minutes extends the auction by as many; no more than it lasts."
    )
    step_pct: Annotated[
        PlainDecimal, Field(ge=Decimal("0.01"), le=LARGEST_STEP_BP // 100, max_digits=4, decimal_places=2)
    ] = Field(
        Decimal("0.5"), description="A supplier's further bid for an item is by so much below his former one at least."
    )
    most_extensions: Annotated[int, Field(ge=0, le=MOST_EXTENSIONS)] = Field(
        10, description="So often it is extended at most: then it ends."
    )


class CampaignItemIn(Input):
    """One thing that is bought together: an item of the catalogue, or what several suppliers can make."""

    title: ShortText
    specification: LongText | None = Field(None, description="What is asked for, so that any supplier can offer it.")
    variant_id: UUID | None = Field(None, description="An item of the catalogue.")
    lot_quantity: Quantity = Field(description="The step: all quantities are multiples of it, all prices are for it.")
    unit: UnitCode
    min_quantity: Annotated[PlainDecimal, Field(ge=0, max_digits=18, decimal_places=6)] | None = Field(
        None, description="Less in all is a shortfall."
    )
    min_share_pct: Percent = Field(Decimal(0), description="Each supplier who wins has so much of it at least.")
    max_suppliers: Annotated[int, Field(ge=1, le=100)] | None = Field(None, description="So many win at most.")
    member_min_quantity: Quantity | None = Field(None, description="The least that a member takes; by default one lot.")
    member_max_quantity: Quantity | None = Field(None, description="The most that a member takes.")
    alone_minor: LotPrice | None = Field(
        None, description="What a lot costs one who buys alone. Savings are told against it."
    )
    floor_minor: LotPrice | None = Field(
        None, description="In an auction: what a lot costs landed at least; no bid goes below. Everybody reads it."
    )
    tiers: Annotated[list[TierIn], Field(max_length=MOST_TIERS)] = Field(
        [],
        description="What is expected; of a supplier who leads, what he offers. Rising in quantity, falling in price.",
    )
    published: PublishedIn | None = Field(None, description="Of a supplier who leads; not of anybody else.")


class CampaignIn(Input):
    """A campaign."""

    led_as: Leading = Field(description="`supplier` publishes prices of his own; the others let suppliers compete.")
    title: ShortText
    notes: LongText | None = None
    locale: LocaleTag | None = Field(None, description="The language of the texts; by default the author's.")
    currency: AcceptedCurrency
    shortfall: Shortfall = Field(
        Shortfall.FAIL,
        description="What happens when less than the least quantity is wanted at the prices offered, or somebody does not pay: "
        "`fail` buys nothing of the item, `lower_tier` buys what there is, `backfill` fills up from the waiting list.",
    )
    competition: Competition = Field(
        Competition.SEALED,
        description="How suppliers compete: `sealed` offers until the freeze, or an `auction` once members are frozen. "
        "Not of a supplier who leads.",
    )
    auction: AuctionRulesIn | None = Field(None, description="The rules of an auction; of nothing else.")
    confidentiality: Confidentiality = Confidentiality.TOTALS
    audience: CampaignAudience = Field(
        CampaignAudience.EVERYBODY,
        description="Who sees it once it is open, and may take part: `everybody`, or `invited` organizations alone.",
    )
    deposit_pct: Percent = Field(
        Decimal(0), description="Of the most that a commitment can cost, secured until the freeze."
    )
    closes_at: Instant = Field(
        description="The freeze: from then on nothing changes any more. In an auction suppliers bid then."
    )
    items: Annotated[list[CampaignItemIn], Field(min_length=1, max_length=MOST_ITEMS)]
    places: Annotated[list[PlaceCode], Field(min_length=1, max_length=MOST_PLACES)] = Field(
        description="Where members may take their goods."
    )


class CampaignExtensionIn(Input):
    """More time."""

    closes_at: Instant = Field(description="Later than now told.")


class CampaignReasonIn(Input):
    """Why a campaign is given up."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class TierOut(Output):
    """A tier."""

    from_lots: int
    from_quantity: QuantityOut
    price: MoneyOut = Field(description="For one lot.")


class PublishedOut(Output):
    """What a supplier who leads offers beside his tiers."""

    capacity: QuantityOut
    setup: MoneyOut
    freight: dict[str, MoneyOut] = Field(description="For one lot, by place.")
    lead_time_days: int


class PooledOut(Output):
    """How far an item has come. Of a draft all is nothing."""

    lots: int
    quantity: QuantityOut
    commitments: int
    price: MoneyOut | None = Field(description="Of the tier that is reached; absent where none is, or none is told.")
    next_tier: TierOut | None
    missing: QuantityOut | None = Field(description="So much more reaches the next tier.")
    own_lots: int = Field(description="Of your organization's commitments.")
    own_saving: MoneyOut | None = Field(
        description="What your organization saves so far against buying alone, freight not included; where that is told."
    )


class AuctionRulesOut(Output):
    """How suppliers bid once members are frozen."""

    bidding_minutes: int
    round_minutes: int
    step_pct: PlainDecimal
    most_extensions: int


class CampaignItemOut(Output):
    """One thing that is bought together."""

    id: UUID
    position: int
    title: TextOut
    specification: TextOut | None
    variant_id: UUID | None
    sku: str | None
    lot: QuantityOut = Field(description="The step: all quantities are multiples of it, all prices are for it.")
    min_quantity: QuantityOut | None
    min_share_pct: PlainDecimal
    max_suppliers: int | None
    member_min_quantity: QuantityOut
    member_max_quantity: QuantityOut
    alone: MoneyOut | None
    floor: MoneyOut | None = Field(description="In an auction: what a lot costs landed at least.")
    tiers: list[TierOut]
    published: PublishedOut | None
    pooled: PooledOut


class DeliveryPlaceOut(Output):
    """A place."""

    code: str
    name: str


class CampaignSummaryOut(Output):
    """A campaign in a list."""

    id: UUID
    number: str
    lead: FirmOut
    led_as: Labelled
    title: TextOut
    state: Labelled
    competition: Labelled
    currency: str
    closes_at: datetime
    seconds_left: int = Field(description="Until the freeze; 0 afterwards.")
    items: int
    commitments: int


class CampaignOut(Output):
    """A campaign as a reader sees it."""

    id: UUID
    number: str
    lead: FirmOut
    led_as: Labelled
    title: TextOut
    notes: TextOut | None
    state: Labelled
    version: int
    currency: str
    shortfall: Labelled
    competition: Labelled
    auction: AuctionRulesOut | None
    confidentiality: Labelled
    audience: Labelled
    deposit_pct: PlainDecimal
    closes_at: datetime
    seconds_left: int = Field(description="Until the freeze; 0 afterwards.")
    opened_at: datetime | None
    frozen_at: datetime | None
    ended_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: TextOut | None
    demand_suggestion_id: UUID | None = Field(
        description="The suggestion that it was made of; who is behind that nobody is told."
    )
    seed_sha256: str | None = Field(description="Promised at the opening: SHA-256 of the seed, in hexadecimal.")
    seed: str | None = Field(description="Told at the freeze. It decides, by sha256, whatever nothing else decides.")
    items: list[CampaignItemOut]
    places: list[DeliveryPlaceOut]
    members: list[FirmOut] | None = Field(
        description="Who takes part, at most 200; for the lead and who takes part himself, where the campaign tells names."
    )


class CampaignInvitationIn(Input):
    """Whom to invite."""

    organization_id: UUID = Field(description="A buyer or a supplier.")


class CampaignInvitationOut(Output):
    """That an organization may see a campaign and take part."""

    id: UUID
    campaign_id: UUID
    organization: FirmOut
    created_at: datetime


class ItemProgressOut(PooledOut):
    """How far an item has come."""

    item_id: UUID


class ProgressOut(Output):
    """How far a campaign has come."""

    campaign_id: UUID
    state: Labelled
    at: datetime
    seconds_left: int
    items: list[ItemProgressOut]
