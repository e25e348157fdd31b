"""What financing costs, and how the buyer's money is divided. Pure; amounts are minor units, rates basis points of a year.

Days are counted as Actual/360 (2006 ISDA Definitions, section 4.16(e); the convention of the euro money market): the days that
really passed, over a year of 360. A charge is rounded to the nearest minor unit, halves up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

WHOLE_BP = 10_000
YEAR_DAYS = 360


@dataclass(frozen=True, slots=True)
class Standing:
    """What a financier is owed: of the advance, and of the charge as reckoned until a day."""

    principal_minor: int
    charge_minor: int
    reckoned_on: date

    @property
    def whole_minor(self) -> int:
        """All of it."""
        return self.principal_minor + self.charge_minor


@dataclass(frozen=True, slots=True)
class Division:
    """A part of the buyer's money that is the financier's."""

    principal_minor: int
    charge_minor: int

    @property
    def whole_minor(self) -> int:
        """All of it."""
        return self.principal_minor + self.charge_minor


@dataclass(frozen=True, slots=True)
class Parts:
    """What a financier has back of a payment: of the advance that the supplier has, and of what is the financier's own."""

    supplier_minor: int
    financier_minor: int

    @property
    def whole_minor(self) -> int:
        """All of it."""
        return self.supplier_minor + self.financier_minor


def advance_minor(amount_minor: int, advance_bp: int) -> int:
    """What is advanced on a receivable, rounded down."""
    return amount_minor * advance_bp // WHOLE_BP


def charge_minor(principal_minor: int, rate_bp: int, days: int) -> int:
    """The charge on an advance for some days."""
    over = WHOLE_BP * YEAR_DAYS
    return (2 * principal_minor * rate_bp * days + over) // (2 * over)


def reckoned(standing: Standing, rate_bp: int, day: date) -> Standing:
    """What is owed on a day; an earlier one than was reckoned to changes nothing."""
    days = (day - standing.reckoned_on).days
    if days <= 0:
        return standing
    more = charge_minor(standing.principal_minor, rate_bp, days)
    return replace(standing, charge_minor=standing.charge_minor + more, reckoned_on=day)


def divided(standing: Standing, came_minor: int) -> Division:
    """What the financier gets of money that came: first the charge, then the advance, and never more than came."""
    charge = min(standing.charge_minor, came_minor)
    return Division(min(standing.principal_minor, came_minor - charge), charge)


def returned(repaid_principal_minor: int, returned_minor: int) -> Division:
    """What is due again when something is taken back: first of the advance, then of the charge."""
    principal = min(repaid_principal_minor, returned_minor)
    return Division(principal, returned_minor - principal)


def parts_back(minor: int, own_minor: int, principal_minor: int) -> Parts:
    """Whose it is that a financier has back: first his own, of which nothing became the advance, then what is owed to him of the
    advance, which the supplier brings. What he was repaid, or has lost, before is his own to bring once more."""
    rest = minor - min(own_minor, minor)
    supplier = min(rest, principal_minor)
    return Parts(supplier, minor - supplier)


def advances_back(funded_minor: int, since: Iterable[tuple[int, int]], minor: int) -> list[tuple[int, int]]:
    """(number, part) of so much of an advance that is taken back: of what the supplier was given last first. He was given it by
    the first move, and again by those of `since`; with a negative amount it was taken. Raises `ValueError` where he was not."""
    given = [(1, funded_minor)]
    for number, amount in since:
        if amount > 0:
            given.append((number, amount))
        else:
            given, _ = _taken(given, -amount)
    return _taken(given, minor)[1]


def _taken(given: list[tuple[int, int]], minor: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    left, parts = list(given), []
    while minor > 0:
        if not left:
            raise ValueError("more is taken back than was given")
        number, amount = left.pop()
        part = min(amount, minor)
        parts.append((number, part))
        minor -= part
        if amount > part:
            left.append((number, amount - part))
    return left, parts
