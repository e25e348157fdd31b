"""What a campaign for a suggestion asks for before its lead has gone over it. Pure: of what is told and published alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from uuid import UUID

from app.pooling.limits import MOST_PRICE_MINOR
from app.pooling.sensing.rules import COUNTED, LEAST_QUANTITY, Tariff, median, price_at


@dataclass(frozen=True, slots=True)
class Proposed:
    """The lot, how many of them make the least and the whole, and what one costs: alone, and from so many lots on."""

    lot_quantity: Decimal
    least_lots: int
    lots: int
    alone_minor: int | None
    tiers: tuple[tuple[int, int], ...]


def proposed(unit: str, quantity: Decimal, buyers: int, tariffs: Sequence[Tariff]) -> Proposed:
    """A campaign for so much of a kind in its unit, asked for by so many, at what is published in one currency.

    A lot is a power of ten, a tenth of what one needs on average at most, and of what is counted one piece at least. Half of the
    whole is the least. Prices are the median over suppliers of what they publish for a quantity; tiers begin at the least and at
    the whole, as far as the price falls.
    """
    average = quantity / buyers
    lot = Decimal(1).scaleb(average.adjusted() - 1)
    lot = max(lot, Decimal(1) if unit in COUNTED else LEAST_QUANTITY)
    lots = max(1, int(quantity / lot))
    least = (lots + 1) // 2
    tiers: list[tuple[int, int]] = []
    for start in dict.fromkeys((least, lots)):
        price = _of_a_lot(tariffs, start * lot, lot)
        if price is not None and (not tiers or price < tiers[-1][1]):
            tiers.append((start, price))
    alone = _of_a_lot(tariffs, average, lot)
    return Proposed(lot, least, lots, alone, tuple(tiers))


def _of_a_lot(tariffs: Sequence[Tariff], quantity: Decimal, lot: Decimal) -> int | None:
    """What a lot costs one who buys so much; None where nobody says, or it cannot be a price here."""
    by_supplier: dict[UUID, list[Fraction]] = {}
    for tariff in tariffs:
        by_supplier.setdefault(tariff.supplier_id, []).append(price_at(tariff, Fraction(quantity)))
    if not by_supplier:
        return None
    of_one = median([median(found) for found in by_supplier.values()])
    exact = Decimal(of_one.numerator) / Decimal(of_one.denominator) * lot
    minor = int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))
    return minor if 1 <= minor <= MOST_PRICE_MINOR else None
