"""What campaigns allow, how lots are counted, how offers are sealed, and what is put to the clearing. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from app.clearing.facade import Bid, Item, Member, Offer, Problem, Tier
from app.pooling.states import CampaignState, Competition, Shortfall

SEAL = "partingline.campaign-offer.v1"


def campaign_number(year: int, count: int) -> str:
    """`POOL-2026-0042`."""
    return f"POOL-{year}-{count:04d}"


def has_waiting_list(deposit_bp: int, shortfall: str) -> bool:
    """Whether those who are not served wait for their turn: somebody who does not pay is replaced by them."""
    return deposit_bp > 0 and shortfall == Shortfall.BACKFILL


def takes_part(state: str, closes_at: datetime, *, now: datetime) -> bool:
    """Whether commitments and offers are taken: open, and before the freeze to the instant."""
    return state == CampaignState.OPEN and now < closes_at


def shown_state(
    state: str, closes_at: datetime, *, now: datetime, competition: str = Competition.SEALED
) -> CampaignState:
    """The state as a reader should see it: past its closing time a campaign is frozen, or suppliers bid, whether or not a job has
    said so."""
    if state == CampaignState.OPEN and now >= closes_at:
        return CampaignState.BIDDING if competition == Competition.AUCTION else CampaignState.FROZEN
    return CampaignState(state)


def seconds_left(state: str, closes_at: datetime, *, now: datetime) -> int:
    """Until the freeze, rounded up; nothing when it has come, or the campaign is not open."""
    if not takes_part(state, closes_at, now=now):
        return 0
    return -int(-(closes_at - now).total_seconds() // 1)


def frozen_at_latest(closes_at: datetime, bidding_minutes: int, round_minutes: int, most_extensions: int) -> datetime:
    """When nothing changes any more, in an auction with every extension that there may be."""
    return closes_at + timedelta(minutes=bidding_minutes + round_minutes * most_extensions)


def lots_of(quantity: Decimal, lot_quantity: Decimal) -> int | None:
    """How many lots a quantity is; None when it is off the step."""
    lots, rest = divmod(quantity, lot_quantity)
    return int(lots) if rest == 0 else None


def nearest(quantity: Decimal, lot_quantity: Decimal) -> tuple[Decimal, Decimal]:
    """The whole lots around a quantity that is off the step, as quantities: (below, above)."""
    lots = quantity // lot_quantity
    return lots * lot_quantity, (lots + 1) * lot_quantity


@dataclass(frozen=True, slots=True)
class TierStep:
    """From so many lots pooled on, a lot costs so much."""

    from_lots: int
    price_minor: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an item has come: the tier that is reached, the next one, and so many lots until that."""

    reached: TierStep | None
    following: TierStep | None
    missing_lots: int


def standing(tiers: Sequence[TierStep], lots: int) -> Standing:
    """Where so many lots stand among tiers that rise in lots."""
    reached = next((tier for tier in reversed(tiers) if tier.from_lots <= lots), None)
    following = next((tier for tier in tiers if tier.from_lots > lots), None)
    return Standing(reached, following, following.from_lots - lots if following else 0)


def saving_minor(alone_minor: int | None, reached: TierStep | None, lots: int) -> int | None:
    """What so many lots save at the tier that is reached against buying alone; None where that is not told."""
    if alone_minor is None or reached is None:
        return None
    return max(0, alone_minor - reached.price_minor) * lots


def deposit_minor(deposit_bp: int, at_most_minor: int, step_minor: int = 1) -> int:
    """The deposit of a commitment that costs so much at most, rounded up to a step in which money can be paid, but never to more
    than the commitment costs."""
    amount = -(-at_most_minor * deposit_bp // 10_000)
    up = -(-amount // step_minor) * step_minor
    return up if up <= at_most_minor else amount // step_minor * step_minor or amount


def at_most_minor(lots: int, limit_minor: int, substitute_lots: int | None, substitute_limit_minor: int | None) -> int:
    """The most that a commitment can cost: its wish, or what is taken instead."""
    return max(lots * limit_minor, (substitute_lots or 0) * (substitute_limit_minor or 0))


@dataclass(frozen=True, slots=True)
class OfferedItem:
    """What a supplier offers of an item. Prices, freight and set-up in minor units; prices and freight for one lot."""

    item_id: UUID
    tiers: tuple[TierStep, ...]
    capacity_lots: int
    setup_minor: int
    freight_minor: Mapping[str, int]
    lead_time_days: int


def seal(campaign_id: UUID, supplier_id: UUID, revision: int, items: Sequence[OfferedItem], salt: bytes) -> bytes:
    """SHA-256 over the salt and the one JSON text of an offer: keys sorted, no spaces, items by id."""
    document = {
        "seal": SEAL,
        "campaign_id": str(campaign_id),
        "supplier_id": str(supplier_id),
        "revision": revision,
        "items": [
            {
                "item_id": str(item.item_id),
                "tiers": [[tier.from_lots, tier.price_minor] for tier in item.tiers],
                "capacity_lots": item.capacity_lots,
                "setup_minor": item.setup_minor,
                "freight_minor": dict(item.freight_minor),
                "lead_time_days": item.lead_time_days,
            }
            for item in sorted(items, key=lambda one: str(one.item_id))
        ],
    }
    return sha256(salt + orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).digest()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A commitment with its limits. `substitute` is (item, lots, limit_minor)."""

    commitment_id: UUID
    item_id: UUID
    place: str
    lots: int
    limit_minor: int
    substitute: tuple[UUID, int, int] | None


@dataclass(frozen=True, slots=True)
class Pooled:
    """An item with its rules."""

    item_id: UUID
    min_lots: int
    min_share_bp: int
    max_suppliers: int | None


def problem_of(
    seed: str,
    shortfall: Shortfall,
    items: Sequence[Pooled],
    offers: Sequence[tuple[UUID, OfferedItem]],
    wanted: Sequence[Wanted],
) -> Problem:
    """What is put to the clearing, commitments as members. Under `lower_tier` an item has no least quantity."""
    waived = shortfall == Shortfall.LOWER_TIER
    return Problem(
        seed,
        tuple(
            Item(str(one.item_id), 0 if waived else one.min_lots, one.min_share_bp, one.max_suppliers) for one in items
        ),
        tuple(
            Offer(
                str(supplier_id),
                str(one.item_id),
                tuple(Tier(tier.from_lots, tier.price_minor) for tier in one.tiers),
                one.capacity_lots,
                one.freight_minor,
                one.setup_minor,
            )
            for supplier_id, one in offers
        ),
        tuple(_member(one) for one in wanted),
    )


def _member(wanted: Wanted) -> Member:
    bids = [Bid(str(wanted.item_id), wanted.place, wanted.lots, wanted.limit_minor)]
    if wanted.substitute is not None:
        item_id, lots, limit_minor = wanted.substitute
        bids.append(Bid(str(item_id), wanted.place, lots, limit_minor))
    return Member(str(wanted.commitment_id), tuple(bids))


def without_limit(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a reason as they are kept: limits stay where they are sealed, decimals are text."""
    return {
        name: str(value) if isinstance(value, Decimal) else value for name, value in figures.items() if name != "limit"
    }
