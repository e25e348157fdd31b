"""When stock is low, and what the public sees of it. Pure."""

from bisect import bisect_right
from decimal import Decimal

from app.warehousing.watching.states import StockLevel

BANDS: tuple[int, ...] = (1, 10, 50, 100, 500, 1000, 5000)
"""Lower ends of the bands that are public; exact quantities are their owner's business."""

ENOUGH = 10
"""From so many on it is in stock; below, few are left."""


def band(available: Decimal) -> int:
    """The lower end of the band that a quantity stands in; 0 below the first."""
    place = bisect_right(BANDS, available)
    return BANDS[place - 1] if place else 0


def level(at_least: int) -> StockLevel:
    """What a band is called."""
    if at_least == 0:
        return StockLevel.NONE
    return StockLevel.IN_STOCK if at_least >= ENOUGH else StockLevel.FEW_LEFT


def to_order(available: Decimal, target_quantity: Decimal) -> Decimal:
    """How much brings stock up to the target."""
    return max(target_quantity - available, Decimal(0))
