"""What makes a posting whole. Pure; amounts are minor units, a debit is positive and a credit negative."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.finance.ledger.states import GROW_BY_DEBIT, HOUSE, CauseKind, FactKind, Purpose, Side

MOST_MINOR = 10**15
"""Of one entry."""


@dataclass(frozen=True, slots=True)
class AccountOf:
    """The account of an organization, or of the house (None), for a purpose in a currency. Raises `ValueError` for an account
    that nobody can have."""

    organization_id: UUID | None
    purpose: Purpose
    currency: str

    def __post_init__(self) -> None:
        if (self.organization_id is None) != (self.purpose in HOUSE):
            raise ValueError(f"{self.purpose} is kept {'by the house' if self.purpose in HOUSE else 'for somebody'}")


Leg = tuple[AccountOf, int]


@dataclass(frozen=True, slots=True)
class Posting:
    """One business fact: what happened when, by what cause, and what it changes. Raises `ValueError` unless its legs come to
    nothing in every currency.

    `occasion` counts facts of one kind with one cause, where it can happen more than once.
    """

    kind: FactKind
    cause: tuple[CauseKind, UUID]
    occurred_on: date
    legs: tuple[Leg, ...]
    occasion: int = 1

    def __post_init__(self) -> None:
        if len(self.legs) < 2 or any(not 0 < abs(amount) <= MOST_MINOR for _, amount in self.legs):
            raise ValueError("a posting has two legs or more, and none of nothing")
        left = unbalanced(self.legs)
        if left:
            raise ValueError(f"a posting comes to nothing in every currency, and not to {left}")


def debit(account: AccountOf, amount_minor: int) -> Leg:
    """A leg on the left side."""
    return account, amount_minor


def credit(account: AccountOf, amount_minor: int) -> Leg:
    """A leg on the right side."""
    return account, -amount_minor


def unbalanced(legs: Iterable[Leg]) -> dict[str, int]:
    """What legs come to in the currencies in which they do not come to nothing."""
    sums: dict[str, int] = defaultdict(int)
    for account, amount in legs:
        sums[account.currency] += amount
    return {currency: left for currency, left in sums.items() if left}


def exchanged(legs: Iterable[Leg]) -> tuple[Leg, ...]:
    """Legs in several currencies, made whole in each by the house's position in it: what it gives and what it takes."""
    given = tuple(legs)
    positions = [
        (AccountOf(None, Purpose.FX_POSITION, currency), -left) for currency, left in sorted(unbalanced(given).items())
    ]
    return (*given, *positions)


def reversed_legs(legs: Iterable[Leg]) -> tuple[Leg, ...]:
    """The legs that undo these."""
    return tuple((account, -amount) for account, amount in legs)


def shared(total_minor: int, weights: list[int], step_minor: int = 1) -> list[int]:
    """An amount divided in proportion to weights, to the last minor unit: what is left over goes to the largest remainders, of
    equal ones to the first. Weights are not negative and not all nothing. Where money can be paid only in steps of a few minor
    units each part is so many of them, and what is left of the amount less than one goes to the last that has a weight."""
    steps, odd = divmod(total_minor, step_minor)
    whole = sum(weights)
    parts = [steps * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(steps * weights[at] % whole), at))
    for at in by_remainder[: steps - sum(parts)]:
        parts[at] += 1
    amounts = [part * step_minor for part in parts]
    if odd:
        amounts[max(at for at, weight in enumerate(weights) if weight)] += odd
    return amounts


def side_of(purpose: Purpose) -> Side:
    """On which side such an account grows."""
    return Side.DEBIT if purpose in GROW_BY_DEBIT else Side.CREDIT


def natural(purpose: Purpose, balance_minor: int) -> int:
    """A balance as its reader means it: positive when the account holds what it is for."""
    return balance_minor if side_of(purpose) is Side.DEBIT else -balance_minor


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def month_after(period: date) -> date:
    """The first day of the next month."""
    return date(period.year + period.month // 12, period.month % 12 + 1, 1)
