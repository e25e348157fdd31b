"""The JSON format of clearings: what is asked and offered, and what came of it. Quantities are lots, money is minor units."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.clearing.limits import MAX_ITEMS, MAX_LOTS, MAX_MEMBERS, MAX_OFFERS, MAX_PRICE_MINOR, MAX_TIERS
from app.kit.schemas import Input, Output, PlainDecimal

Key = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Lots = Annotated[int, Field(strict=True, ge=1, le=MAX_LOTS)]
Minor = Annotated[int, Field(strict=True, ge=0, le=MAX_PRICE_MINOR)]
Percent = Annotated[PlainDecimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]


class ItemIn(Input):
    """What is bought together. A lot is its step, such as 100 kg."""

    id: Key
    min_lots: Annotated[int, Field(strict=True, ge=0, le=MAX_LOTS)] = Field(
        0, description="Less in all is not bought at all."
    )
    min_share_pct: Percent = Field(Decimal(0), description="Each supplier who wins has so much of it at least.")
    max_suppliers: Annotated[int, Field(strict=True, ge=1, le=100)] | None = Field(None, description="So many win.")


class TierIn(Input):
    """From so many lots on, every lot costs so much."""

    from_lots: Lots
    price_minor: Minor


class OfferIn(Input):
    """A supplier's offer for an item."""

    supplier: Key
    item: Key
    tiers: list[TierIn] = Field(min_length=1, max_length=MAX_TIERS, description="Rising in quantity.")
    capacity_lots: Lots
    setup_minor: Minor = Field(0, description="Paid once, if anything is bought.")
    freight_minor: dict[Key, Minor] = Field(
        min_length=1, max_length=500, description="For a lot to each place he delivers to."
    )


class BidIn(Input):
    """So many lots to a place, all or none, at no more than the limit a lot, freight and set-up included."""

    item: Key
    place: Key
    lots: Lots
    limit_minor: Minor


class MemberIn(Input):
    """One who asks, and perhaps what he would take instead."""

    id: Key
    bids: list[BidIn] = Field(min_length=1, max_length=2, description="The wish, and a substitute of another item.")


class ClearingIn(Input):
    """A problem."""

    seed: Annotated[str, StringConstraints(min_length=1, max_length=128)] = Field(
        description="Decides, by sha256, whatever nothing else decides."
    )
    items: list[ItemIn] = Field(min_length=1, max_length=MAX_ITEMS)
    offers: list[OfferIn] = Field(max_length=MAX_OFFERS)
    members: list[MemberIn] = Field(max_length=MAX_MEMBERS)


class PlacePriceOut(Output):
    """What a lot costs at a place: the same for all there. To a millionth of a minor unit."""

    item: str
    place: str
    lots: int
    price_minor: PlainDecimal
    setup_minor: PlainDecimal = Field(description="So much of it is set-up.")


class WinnerOut(Output):
    """What is bought of a supplier."""

    supplier: str
    item: str
    lots: int
    price_minor: int
    to: dict[str, int] = Field(description="Lots by place.")
    paid_minor: int = Field(description="Goods, freight and set-up.")


class MemberOut(Output):
    """What came of a member's wish."""

    id: str
    outcome: Literal["served", "substitute", "not_served"]
    reason: str
    explanation: str = Field(description="In the reader's language.")
    item: str | None
    lots: int
    payment_minor: int


class AimOut(Output):
    """How good the clearing is by one aim, and how good it could be at best, with what was reached by the aims before."""

    aim: str
    value: int
    bound: PlainDecimal | None = Field(
        description="Nothing could surpass it. Of lots drawn, null when a gap was allowed and members were chosen place by place."
    )
    gap_pct: PlainDecimal | None = Field(description="The value may fall short by no more; null without a bound.")


class PartOut(Output):
    """Items that were cleared together, with what was proven."""

    items: list[str]
    aims: list[AimOut]


class ClearingOut(Output):
    """What came of it. Members pay what suppliers are paid, and the remainder."""

    inputs_sha256: str = Field(description="Of the problem in canonical order.")
    lots: int
    cost_minor: int
    payments_minor: int
    remainder_minor: int = Field(description="Less than one minor unit a member served.")
    prices: list[PlacePriceOut]
    winners: list[WinnerOut]
    members: list[MemberOut]
    certificate: list[PartOut]
