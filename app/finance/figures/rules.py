"""Periods of a forecast, days of ages, and sums over currencies. Pure; amounts are minor units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.finance.figures.states import Every, Period
from app.finance.receivables.facade import Age
from app.reference import facade as reference
from app.reference.facade import Rate

MOST_PERIODS = 26


@dataclass(frozen=True, slots=True)
class Days:
    """The days from `first` to `last`, both within; open where one is None."""

    first: date | None
    last: date | None


EVER = Days(None, None)


def first_of(day: date, every: Every) -> date:
    """The first day of the period that a day is in."""
    return day.replace(day=1) if every is Every.MONTH else day - timedelta(days=day.weekday())


def after(first: date, every: Every) -> date:
    """The first day of the next period."""
    if every is Every.WEEK:
        return first + timedelta(weeks=1)
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def first_days(today: date, every: Every, periods: int) -> list[date]:
    """The first days of so many periods, of which today is in the first, and of the one after them."""
    found = [first_of(today, every)]
    for _ in range(periods):
        found.append(after(found[-1], every))
    return found


def days_of(period: str, every: Every, today: date, horizon: date) -> Days | None:
    """The days that a period is about: what was expected in the past is no part of the period under way. None for no day."""
    if period == Period.UNDATED:
        return None
    if period == Period.EARLIER:
        return Days(None, today - timedelta(days=1))
    if period == Period.LATER:
        return Days(horizon, None)
    first = date.fromisoformat(period)
    return Days(max(first, today), after(first, every) - timedelta(days=1))


def due_days(age: Age, today: date) -> Days:
    """When something was or is due that has an age."""
    if age is Age.CURRENT:
        return Days(today, None)
    if age is Age.OVER_90:
        return Days(None, today - timedelta(days=91))
    least = {Age.UP_TO_30: 1, Age.UP_TO_60: 31, Age.UP_TO_90: 61}[age]
    return Days(today - timedelta(days=least + 29), today - timedelta(days=least))


def together(amounts: Mapping[str, int], into: str, rates: Mapping[str, Rate]) -> int:
    """Amounts of several currencies in one: each is exchanged and rounded once, so that a sum of such sums is that of its parts.

    Raises `KeyError` for a currency whose rate is not given, unless there is nothing of it.
    """
    return sum(
        minor if currency == into else reference.exchange_minor(minor, currency, into, rates[currency].value)
        for currency, minor in amounts.items()
        if minor
    )
