"""Who is reminded of what, how, and what is claimed. Pure; amounts are minor units, rates basis points a year."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

from app.finance.dunning.late_payment import LatePayment, half_year
from app.finance.dunning.states import Charges, Tone
from app.finance.einvoicing.totals import round_half_up

WHOLE_BP = 10_000
DAYS_OF_YEAR = 365
RateAt = Callable[[date], int | None]


@dataclass(frozen=True, slots=True)
class Step:
    """From how many days overdue on a letter is written, how it sounds, and what it claims."""

    days_overdue: int
    tone: Tone
    charges: Charges = Charges.NONE


@dataclass(frozen=True, slots=True)
class Owing:
    """An overdue item, as far as reminding goes."""

    id: UUID
    currency: str
    due_on: date
    open_minor: int


@dataclass(frozen=True, slots=True)
class Reminded:
    """The last step that an item was reminded of, and when."""

    step: int
    on: date


@dataclass(frozen=True, slots=True)
class Line:
    """An item in a letter: at which step it is, whether this letter takes it there, and what is claimed for it."""

    item: Owing
    step: int
    reached: bool
    days: int
    interest_minor: int = 0
    fixed_minor: int = 0


def rising(steps: Sequence[Step]) -> bool:
    """Whether each step comes later than the one before it."""
    return all(first.days_overdue < second.days_overdue for first, second in pairwise(steps))


def next_step(steps: Sequence[Step], item: Owing, before: Reminded | None, today: date) -> int | None:
    """The step (from 1) that an item reaches today, if any.

    Nobody begins with the last reminder: one step follows the other, however old the debt, and no sooner after the letter before
    than the two steps lie apart.
    """
    at = before.step if before else 0
    if at >= len(steps) or (today - item.due_on).days < steps[at].days_overdue:
        return None
    if before is not None:
        apart = steps[at].days_overdue - steps[at - 1].days_overdue
        if (today - before.on).days < apart:
            return None
    return at + 1


def letter(
    steps: Sequence[Step], items: Sequence[Owing], before: Mapping[UUID, Reminded], today: date, law: LatePayment,
    agreed_bp: int | None,
) -> list[Line]:  # fmt: skip
    """The lines of today's letter: all that is overdue, if some of it reaches a step; else none."""
    lines = []
    for item in items:
        reached = next_step(steps, item, before.get(item.id), today)
        at = reached or (before[item.id].step if item.id in before else 0)
        # A shorter list of steps than there was leaves an item at its last.
        claims = steps[min(at, len(steps)) - 1].charges if at else Charges.NONE
        interest, fixed = claimed(claims, item, today, law, agreed_bp)
        lines.append(Line(item, at, reached is not None, (today - item.due_on).days, interest, fixed))
    return lines if any(line.reached for line in lines) else []


def claimed(charges: Charges, item: Owing, today: date, law: LatePayment, agreed_bp: int | None) -> tuple[int, int]:
    """(interest, fixed sum) for an item. What is not sure is not claimed: neither interest of a half-year without a known rate,
    nor the fixed sum in another currency."""
    if charges is Charges.STATUTORY:
        fixed = law.fixed_sum_minor if item.currency == law.fixed_sum_currency else 0
        return interest_minor(item.open_minor, item.due_on, today, law.rate_bp) or 0, fixed
    if charges is Charges.AGREED and agreed_bp is not None:
        return interest_minor(item.open_minor, item.due_on, today, lambda _: agreed_bp) or 0, 0
    return 0, 0


def interest_minor(open_minor: int, due_on: date, today: date, rate_at: RateAt) -> int | None:
    """Simple interest from the day after the due day on, each half-year at its own rate, a year of 365 days; rounded once. None
    where a rate is not known."""
    total, day = Fraction(0), due_on + timedelta(days=1)
    while day <= today:
        begins = half_year(day)
        ends = date(begins.year + (begins.month == 7), 1 if begins.month == 7 else 7, 1)
        until = min(today + timedelta(days=1), ends)
        rate = rate_at(day)
        if rate is None:
            return None
        total += Fraction(open_minor * rate * (until - day).days, WHOLE_BP * DAYS_OF_YEAR)
        day = until
    return round_half_up(total)


def tone_of(steps: Sequence[Step], lines: Sequence[Line]) -> Tone:
    """The letter sounds as the highest step that it takes an item to."""
    return steps[max(line.step for line in lines if line.reached) - 1].tone
