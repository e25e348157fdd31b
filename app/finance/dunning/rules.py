"""Who is reminded of what, how, and what is claimed. Pure; amounts are minor units, rates basis points a year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

from app.finance.dunning.late_payment import LatePayment
from app.finance.dunning.reckoning import Part, RateAt, UnknownHalfYear, periods
from app.finance.dunning.states import Charges, Tone


@dataclass(frozen=True, slots=True)
class Step:
    """From how many days overdue on a letter is written, how it sounds, and what it claims."""

    days_overdue: int
    tone: Tone
    charges: Charges = Charges.NONE


@dataclass(frozen=True, slots=True)
class Owing:
    """An overdue item, as far as reminding goes. `claimed_until`: until when its late payment was claimed already, and
    `fixed_claimed` whether the fixed sum was."""

    id: UUID
    currency: str
    due_on: date
    open_minor: int
    claimed_until: date | None = None
    fixed_claimed: bool = False


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
    """(interest, fixed sum) for an item, beyond what was claimed of its own. What is not sure is not claimed: neither interest of
    a half-year without a known rate, nor the fixed sum in another currency."""
    since = item.claimed_until or item.due_on
    if charges is Charges.STATUTORY:
        fixed = 0 if item.fixed_claimed else law.fixed_sum_in(item.currency)
        return interest_minor(item.open_minor, since, today, law.rate_bp) or 0, fixed
    if charges is Charges.AGREED and agreed_bp is not None:
        return interest_minor(item.open_minor, since, today, lambda _: agreed_bp) or 0, 0
    return 0, 0


def interest_minor(open_minor: int, due_on: date, today: date, rate_at: RateAt) -> int | None:
    """Simple interest from the day after the due day on, each half-year at its own rate, a year of 365 days; rounded once. None
    where a rate is not known."""
    try:
        found = periods([Part(open_minor, today)], due_on + timedelta(days=1), rate_at)
    except UnknownHalfYear:
        return None
    return sum(one.interest_minor for one in found)


def tone_of(steps: Sequence[Step], lines: Sequence[Line]) -> Tone:
    """The letter sounds as the highest step that it takes an item to."""
    return steps[max(line.step for line in lines if line.reached) - 1].tone
