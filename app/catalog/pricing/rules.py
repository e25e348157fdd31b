"""How prices are formed. Pure: no session, clock or I/O. What the database computes in one statement stands here too, for
whoever wants to read it, and the tests hold both against each other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from uuid import UUID

WHOLE_BP = 10_000
MAX_LINES = 5_000
"""Lines of one price list."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line of a price list that concerns a variant. `closeness`: how near it is to the variant — the depth of its
    category in the tree, more than any depth for the variant itself, nothing for the range."""

    closeness: int
    valid_from: date
    activated_at: str
    list_id: UUID
    min_quantity: Decimal
    price_minor: int | None = None
    discount_bp: int | None = None


def discounted_minor(price_minor: int, discount_bp: int) -> int:
    """A price less a discount in basis points, halves of a minor unit rounded up; never below one minor unit."""
    return max(1, (price_minor * (WHOLE_BP - discount_bp) + WHOLE_BP // 2) // WHOLE_BP)


def total_minor(price_minor: int, quantity: Decimal) -> int:
    """What a quantity costs at a price for one unit, in whole minor units, halves rounded up."""
    return floor(price_minor * Fraction(quantity) + Fraction(1, 2))


def public_price(tiers: Iterable[tuple[Decimal, int]], quantity: Decimal) -> int | None:
    """The public price at a quantity: of the highest tier (minimum quantity, price) that it reaches."""
    reached = [tier for tier in tiers if tier[0] <= quantity]
    return max(reached)[1] if reached else None


def effective_price(
    candidates: Iterable[Candidate], tiers: Sequence[tuple[Decimal, int]], quantity: Decimal
) -> tuple[int, UUID | None] | None:
    """(price of one unit in minor units, the list that it comes from or None for the public price) at a quantity.

    The closest line wins; of equally close ones the later list, by its first day and then by its activation; in one list
    the highest step that the quantity reaches. A price list goes before the public price even where that is lower: it is
    what was agreed. A discount without a public price to take it off says nothing. None: no price at all.
    """
    base = public_price(tiers, quantity)
    reached = [
        line
        for line in candidates
        if line.min_quantity <= quantity and (line.price_minor is not None or base is not None)
    ]
    if not reached:
        return None if base is None else (base, None)
    best = max(
        reached, key=lambda line: (line.closeness, line.valid_from, line.activated_at, line.list_id, line.min_quantity)
    )
    if best.price_minor is not None:
        return best.price_minor, best.list_id
    assert base is not None and best.discount_bp is not None, "a line has a price or a discount"
    return discounted_minor(base, best.discount_bp), best.list_id


def is_over(valid_until: date | None, *, today: date) -> bool:
    """Whether the last day of a validity has passed (UTC)."""
    return valid_until is not None and valid_until < today


def last_day_before(successor_from: date, *, valid_from: date, today: date) -> date | None:
    """The last day of an edition whose successor begins on a day; None when it has to end at once."""
    last = successor_from - timedelta(days=1)
    return last if last >= max(today, valid_from) else None
