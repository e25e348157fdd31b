"""When a supplier is sent what he is owed, and what of it makes up for what he owes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.finance.payouts.states import Rhythm, Way


@dataclass(frozen=True, slots=True)
class Terms:
    """How a supplier is paid out. `weekday` is 1 (Monday) to 7, `month_day` 1 to 28; each stands beside its rhythm alone.

    `least` is an amount (minor units, currency): less of that currency waits for more. Money is held for `hold_days` after it was
    released. `way` is for all that is not to be sent by bank anyway.
    """

    rhythm: Rhythm
    weekday: int | None
    month_day: int | None
    least: tuple[int, str]
    hold_days: int
    way: Way


def pays_on(terms: Terms, due_on: date) -> date:
    """The first day of the calendar on which something that is due from a day on is sent."""
    if terms.rhythm is Rhythm.WEEKLY and terms.weekday is not None:
        return due_on + timedelta(days=(terms.weekday - due_on.isoweekday()) % 7)
    if terms.rhythm is Rhythm.MONTHLY and terms.month_day is not None:
        if due_on.day <= terms.month_day:
            return due_on.replace(day=terms.month_day)
        return date(due_on.year + due_on.month // 12, due_on.month % 12 + 1, terms.month_day)
    return due_on


def debt(open_minor: int, asked_minor: int, balance_minor: int) -> int:
    """What a supplier owes, and is not to be sent: by how much the ledger's balance falls short of what is still to be sent.

    What a reversal of a transfer is asked for is no debt yet: it may come back that way, and must not be taken twice.
    """
    return max(0, open_minor - asked_minor - balance_minor)


def set_off(open_minor: Sequence[int], debt_minor: int) -> list[int]:
    """What of each amount makes up for a debt, the first amounts first."""
    parts = []
    for amount in open_minor:
        part = min(amount, debt_minor)
        debt_minor -= part
        parts.append(part)
    return parts


def is_enough(terms: Terms, amount_minor: int, currency: str) -> bool:
    """Whether so much is worth a payout; nothing always is, since a debt was made up for."""
    least_minor, of_currency = terms.least
    return not amount_minor or currency != of_currency or amount_minor >= least_minor
