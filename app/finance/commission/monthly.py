"""What a month's invoice over commission charges, and what its credit notes take back. Pure; amounts are minor units.

What was given back in the month in which it was taken makes that month's invoice smaller: the price was reduced before anything
was invoiced. What was given back later is taken back of the invoice that charged it, by a credit note that names it (articles 90
and 219 of Directive 2006/112/EC).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.finance.ledger.facade import CauseKind, FactKind, Moved

Cause = tuple[CauseKind, UUID]

TAKES = (FactKind.COMMISSION, FactKind.COMMISSION_RETURNED)
TOLD_OF = (*TAKES, FactKind.MILESTONE_RELEASED)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an invoice that was issued, or of a credit note, which names the invoice that it credits."""

    of: UUID
    issuer_id: UUID
    invoice_id: UUID
    credits: UUID | None
    month: date
    number: int
    cause: Cause
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Commission to be charged, and what was released meanwhile."""

    cause: Cause
    amount_minor: int
    released_minor: int


@dataclass(frozen=True, slots=True)
class GivenBack:
    """So much of an invoice's line is to be credited."""

    line: Line
    amount_minor: int


@dataclass(frozen=True, slots=True)
class MonthDue:
    """What of a month is not invoiced yet."""

    taken: tuple[Taken, ...]
    given_back: tuple[GivenBack, ...]


def commission_by_cause(moved: Sequence[Moved], month: date) -> dict[Cause, int]:
    """What was taken in a month less what was given back in it. The supplier's account tells it: it grows by what he is owed."""
    found: defaultdict[Cause, int] = defaultdict(int)
    for one in moved:
        if one.month == month and one.kind in TAKES:
            found[one.cause] -= one.amount_minor
    return dict(found)


def months_in(moved: Sequence[Moved]) -> list[date]:
    """The months with commission, the first one first."""
    return sorted({one.month for one in moved if one.kind in TAKES})


def due_in(month: date, moved: Sequence[Moved], lines: Sequence[Line]) -> MonthDue:
    """What of a month is to be charged and to be credited, after what was. Raises `ValueError` where more was given back than was
    ever charged."""
    told: defaultdict[Cause, int] = defaultdict(int)
    for line in lines:
        if line.month == month:
            told[line.cause] += line.amount_minor
    released = {one.cause: one.amount_minor for one in moved if one.month == month and one.kind not in TAKES}
    taken, given_back = [], []
    for cause, total in sorted(commission_by_cause(moved, month).items()):
        rest = total - told[cause]
        if rest > 0:
            taken.append(Taken(cause, rest, released.get(cause, 0)))
        elif rest < 0:
            given_back += _credited(-rest, cause, lines)
    return MonthDue(tuple(taken), tuple(given_back))


def _credited(amount_minor: int, cause: Cause, lines: Sequence[Line]) -> list[GivenBack]:
    """The last invoice first: what was released last is given back first."""
    left = {(line.of, line.number): line.amount_minor for line in lines if line.credits is None}
    for line in lines:
        if line.credits is not None:
            left[line.credits, line.number] += line.amount_minor
    found = []
    charged = [line for line in lines if line.credits is None and line.cause == cause]
    for line in sorted(charged, key=lambda one: (one.month, one.of), reverse=True):
        part = min(amount_minor, left[line.of, line.number])
        if part:
            found.append(GivenBack(line, part))
            amount_minor -= part
    if amount_minor:
        raise ValueError(f"{amount_minor} more are given back of {cause[0]} {cause[1]} than was charged")
    return found
