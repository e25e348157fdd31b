"""What late payment costs: simple interest, part by part and half-year by half-year. Pure; amounts are minor units, rates basis
points a year."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from app.finance.dunning.late_payment import half_year
from app.finance.einvoicing.totals import round_half_up

WHOLE_BP = 10_000
DAYS_OF_YEAR = 365
RateAt = Callable[[date], int | None]
_DAY = timedelta(days=1)


class UnknownHalfYear(Exception):
    """What holds in a half-year is not known; `first` is its first day."""

    def __init__(self, first: date) -> None:
        super().__init__(first.isoformat())
        self.first = first


@dataclass(frozen=True, slots=True)
class Part:
    """So much of an invoice was owed until a day, which counts: that of its payment, or today."""

    amount_minor: int
    last_on: date


@dataclass(frozen=True, slots=True)
class Period:
    """Days on which the same amount was owed at the same rate, and what they cost. Both days count."""

    first_on: date
    last_on: date
    principal_minor: int
    rate_bp: int
    interest_minor: int

    @property
    def days(self) -> int:
        """How many."""
        return (self.last_on - self.first_on).days + 1


def late_parts(due_on: date, open_minor: int, paid: Iterable[tuple[date, int]], today: date) -> list[Part]:
    """What of an invoice was owed beyond the due day: parts that were paid later, and what is open still."""
    parts = [Part(amount, day) for day, amount in paid if day > due_on]
    return [*parts, Part(open_minor, today)] if open_minor > 0 and today > due_on else parts


def periods(parts: Sequence[Part], first_on: date, rate_at: RateAt) -> list[Period]:
    """The periods from a day on, in order. A year has 365 days; what they come to is rounded once, so each carries what the ones
    before it left over. Raises `UnknownHalfYear`."""
    found: list[Period] = []
    total, told, day = Fraction(0), 0, first_on
    while owed := [one for one in parts if one.last_on >= day]:
        last = min([half_year_end(day), *(one.last_on for one in owed)])
        rate = rate_at(day)
        if rate is None:
            raise UnknownHalfYear(half_year(day))
        principal = sum(one.amount_minor for one in owed)
        total += Fraction(principal * rate * ((last - day).days + 1), WHOLE_BP * DAYS_OF_YEAR)
        found.append(Period(day, last, principal, rate, round_half_up(total) - told))
        told, day = round_half_up(total), last + _DAY
    return found


def half_year_end(day: date) -> date:
    """The last day of its half-year."""
    begins = half_year(day)
    return date(begins.year + (begins.month == 7), 1 if begins.month == 7 else 7, 1) - _DAY
