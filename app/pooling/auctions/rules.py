"""What a bid comes to, whether it counts, and when it extends an auction. Pure; money in minor units, prices for one lot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil

from app.pooling.rules import OfferedItem

BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Landed:
    """What a lot costs landed on average when so many come from one supplier."""

    lots: int
    goods_minor: int
    setup: Fraction
    freight: Fraction

    @property
    def minor(self) -> int:
        """The reference price, rounded up to the minor unit."""
        return ceil(self.goods_minor + self.setup + self.freight)


def reference(offered: OfferedItem, pooled: Mapping[str, int]) -> Landed | None:
    """The reference price of an offer, where `pooled` are lots by place.

    All that is pooled where he delivers comes from this supplier, as far as his capacity goes: goods at the tier of those lots,
    his set-up shared among them, freight averaged over the places by what is pooled there. None where nothing is pooled at his
    places, or less than his first tier asks for.
    """
    reached = {place: lots for place, lots in pooled.items() if place in offered.freight_minor and lots > 0}
    there = sum(reached.values())
    lots = min(offered.capacity_lots, there)
    goods = min((tier.price_minor for tier in offered.tiers if tier.from_lots <= lots), default=None)
    if not lots or goods is None:
        return None
    freight = sum(count * offered.freight_minor[place] for place, count in reached.items())
    return Landed(lots, goods, Fraction(offered.setup_minor, lots), Fraction(freight, there))


def highest_that_counts(own_minor: int, step_bp: int) -> int:
    """The highest price by a step below one's own. It is always lower."""
    return own_minor * (BASIS_POINTS - step_bp) // BASIS_POINTS


def worsened(former: OfferedItem, offered: OfferedItem) -> list[str]:
    """Which parts of an offer became worse than they were, for any quantity or place; by the names of their fields."""
    found = []
    for tier in former.tiers:
        if not any(one.from_lots <= tier.from_lots and one.price_minor <= tier.price_minor for one in offered.tiers):
            found.append("tiers")
            break
    if offered.capacity_lots < former.capacity_lots:
        found.append("capacity")
    if offered.setup_minor > former.setup_minor:
        found.append("setup_minor")
    for place, minor in former.freight_minor.items():
        if place not in offered.freight_minor or offered.freight_minor[place] > minor:
            found.append("freight_minor")
            break
    if offered.lead_time_days > former.lead_time_days:
        found.append("lead_time_days")
    return found


def extended(
    at: datetime, ends_at: datetime, *, round_minutes: int, extensions: int, most_extensions: int
) -> datetime | None:
    """Until when a bid extends an auction; None when it came early enough, or there were as many extensions as may be."""
    within = timedelta(minutes=round_minutes)
    return ends_at + within if ends_at - at <= within and extensions < most_extensions else None
