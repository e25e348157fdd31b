"""Which rate of exchange counts: one rule for whatever is booked, compared, quoted or decided by it.

From one currency to another there are ways: as told, turned round, or across a third currency. The one with the newest rates is
taken, of equally new ones the shortest. A rate across a third currency is as old as the older of its two; older than
`MOST_DAYS_OLD` it is none.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.reference.errors import RateMissing, RateTooOld
from app.reference.models import FxRate
from app.reference.money import currency

CROSS = "EUR"
"""Of equally new ways across a third currency, the one across this."""
DIGITS = 50
"""More than the product of two published rates has."""
MOST_DAYS_OLD = 7
"""Over Easter, New Year and most weeks of holidays nobody publishes rates. Whatever is older is no rate, for whatever purpose."""
_DECIMALS = 12
"""What is kept of a rate with an indication: more than any source publishes."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of one currency another one buys, by which rates of which day. `source` names both where two were crossed."""

    value: Decimal
    day: date
    source: str


Pair = tuple[str, str]
Way = tuple[Fraction, date, tuple[str, ...]]


def best_rate(told: Mapping[Pair, Rate], base: str, quote: str) -> Rate | None:
    """How many of `quote` one `base` buys, by what is told of pairs; None where no way leads there."""
    ways = [way for way in (_told(told, base, quote), *_across(told, base, quote)) if way is not None]
    if not ways:
        return None
    # The first of equals: told so, then across the euro, then across others by their codes.
    exact, day, sources = max(ways, key=lambda way: way[1])
    with localcontext(prec=DIGITS):
        value = Decimal(exact.numerator) / Decimal(exact.denominator)
    return Rate(value, day, ", ".join(dict.fromkeys(sources)))


def _told(told: Mapping[Pair, Rate], base: str, quote: str) -> Way | None:
    straight, turned = told.get((base, quote)), told.get((quote, base))
    if straight is not None and (turned is None or turned.day <= straight.day):
        return Fraction(straight.value), straight.day, (straight.source,)
    return None if turned is None else (1 / Fraction(turned.value), turned.day, (turned.source,))


def _across(told: Mapping[Pair, Rate], base: str, quote: str) -> Iterable[Way]:
    others = {code for pair in told for code in pair} - {base, quote}
    for third in sorted(others, key=lambda code: (code != CROSS, code)):
        there, back = _told(told, base, third), _told(told, third, quote)
        if there is not None and back is not None:
            yield there[0] * back[0], min(there[1], back[1]), there[2] + back[2]


async def rate_on(
    session: AsyncSession,
    base: str,
    quote: str,
    day: date,
    source: str | None = None,
    most_days_old: int = MOST_DAYS_OLD,
) -> Rate:
    """The last rate on or before a day, at most so many days old; of one source if it is named, else of any.

    Exact: a rate that was turned round or crossed has 50 significant digits. Raises `RateMissing`, `RateTooOld`, `UnknownCode`.
    """
    currency(base), currency(quote)
    if base == quote:
        return Rate(Decimal(1), day, source or "")
    first = day - timedelta(days=most_days_old)
    found = best_rate(await _latest(session, (base, quote), day, source, first), base, quote)
    if found is not None:
        return found
    older = best_rate(await _latest(session, (base, quote), day, source, None), base, quote)
    if older is None:
        raise RateMissing(base=base, quote=quote, day=day, first=first)
    raise RateTooOld(base=base, quote=quote, day=day, found=older.day, most_days_old=most_days_old, first=first)


async def rates_on(session: AsyncSession, bases: Iterable[str], quote: str, day: date) -> dict[str, Rate]:
    """The rates of a day into one currency, by the other, by the same rule as `rate_on`, in one statement.

    Those of which there is none are left out. They have twelve decimals, as rates are kept with what was reckoned by them.
    """
    wanted = sorted(set(bases) - {quote})
    found = {quote: Rate(Decimal(1), day, "")}
    if wanted:
        told = await _latest(session, (*wanted, quote), day, None, day - timedelta(days=MOST_DAYS_OLD))
        rates = {base: best_rate(told, base, quote) for base in wanted}
        found |= {base: replace(rate, value=_kept(rate.value)) for base, rate in rates.items() if rate is not None}
    return found


def _kept(value: Decimal) -> Decimal:
    return round(value, _DECIMALS) if int(value.as_tuple().exponent) < -_DECIMALS else value


async def fx_rate(session: AsyncSession, from_currency: str, to_currency: str, on: date) -> Decimal | None:
    """How many of one currency another one buys on a day, as `rates_on`; None where no rate of late is known."""
    found = (await rates_on(session, [from_currency], to_currency, on)).get(from_currency)
    return None if found is None else found.value


async def _latest(
    session: AsyncSession, concerned: Collection[str], day: date, source: str | None, first: date | None
) -> dict[Pair, Rate]:
    """The latest rate of every pair that has to do with one of some currencies, until a day."""
    statement = (
        select(FxRate.base, FxRate.quote, FxRate.rate, FxRate.on_date, FxRate.source)
        .ext(distinct_on(FxRate.base, FxRate.quote))
        .where(or_(FxRate.base.in_(concerned), FxRate.quote.in_(concerned)), FxRate.on_date <= day)
        .order_by(FxRate.base, FxRate.quote, FxRate.on_date.desc(), FxRate.loaded_at.desc(), FxRate.source)
    )
    if source is not None:
        statement = statement.where(FxRate.source == source)
    if first is not None:
        statement = statement.where(FxRate.on_date >= first)
    return {(row[0], row[1]): Rate(row[2], row[3], row[4]) for row in await session.execute(statement)}
