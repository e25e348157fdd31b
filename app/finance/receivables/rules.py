"""Discounts for early payment, and how old a debt is. Pure; amounts are minor units, rates basis points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from app.finance.einvoicing.totals import round_half_up

WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class Step:
    """What may be deducted by whoever pays until a day."""

    until: date
    rate_bp: int


@dataclass(frozen=True, slots=True)
class Settling:
    """What a payment does to an item: how much of it is put there, what discount closes the rest, what is left over."""

    paid_minor: int
    discount_minor: int
    over_minor: int


def most_discount(base_minor: int, steps: Iterable[Step], day: date, step: int = 1) -> int:
    """The most that may be deducted from a debt when it is paid on a day; 0 when every step is over. `step` is the least amount
    of the currency."""
    rates = [one.rate_bp for one in steps if day <= one.until]
    return round_half_up(Fraction(base_minor * max(rates, default=0), WHOLE_BP), step)


def settling(
    open_minor: int, base_minor: int, steps: Sequence[Step], amount_minor: int, days: Sequence[date], step: int = 1
) -> Settling:
    """A payment of an amount towards an item of which `open_minor` is left.

    `base_minor` is the debt less what credit notes took back; `days` are those of this payment and of all before it: the latest
    decides, for a discount is for having paid all of it early. What is left is deducted when it is within the discount.
    """
    paid = min(amount_minor, open_minor)
    left = open_minor - paid
    allowed = most_discount(base_minor, steps, max(days), step)
    return Settling(paid, left if left <= allowed else 0, amount_minor - paid)


class Age(StrEnum):
    """How long something has been overdue."""

    CURRENT = "current"
    UP_TO_30 = "1-30"
    UP_TO_60 = "31-60"
    UP_TO_90 = "61-90"
    OVER_90 = "over-90"


def age_of(due_on: date, today: date) -> Age:
    """The age of a debt that is due on a day; on that day it is current."""
    days = (today - due_on).days
    for most, age in ((0, Age.CURRENT), (30, Age.UP_TO_30), (60, Age.UP_TO_60), (90, Age.UP_TO_90)):
        if days <= most:
            return age
    return Age.OVER_90
