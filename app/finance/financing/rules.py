"""What financing costs, and how the buyer's money is divided. Pure; amounts are minor units, rates basis points of a year.

Days are counted as Actual/360 (2006 ISDA Definitions, section 4.16(e); the convention of the euro money market): the days that
really passed, over a year of 360. A charge is rounded to the nearest minor unit, halves up.
"""

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
