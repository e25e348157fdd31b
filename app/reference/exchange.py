"""Dated rates of exchange for indications and comparisons: looked up directly, inverted, or across the euro.

Money that is booked goes by `dated.py`: exact, not too old, and of a source that can be named.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.reference.models import FxRate

CROSS = "EUR"
# Twelve significant decimals are more than any source publishes.
_PLACES = Decimal(1).scaleb(-12)
LOADED_AT_ONCE = 10_000
_LATEST_FIRST = (FxRate.base, FxRate.quote, FxRate.on_date.desc(), FxRate.loaded_at.desc(), FxRate.source)


def cross_rate(rates: Mapping[tuple[str, str], Decimal], source: str, target: str) -> Decimal | None:
    """How many of `target` one `source` buys, from known pairs: direct, inverse, or by way of the euro."""
    if source == target:
        return Decimal(1)
    direct = _either_way(rates, source, target)
    if direct is not None:
        return direct
    there, back = _either_way(rates, source, CROSS), _either_way(rates, CROSS, target)
    return None if there is None or back is None else (there * back).quantize(_PLACES)


def _either_way(rates: Mapping[tuple[str, str], Decimal], source: str, target: str) -> Decimal | None:
    if (source, target) in rates:
        return rates[source, target]
    if (target, source) in rates:
        return (1 / rates[target, source]).quantize(_PLACES)
    return None


async def fx_rate(session: AsyncSession, from_currency: str, to_currency: str, on: date) -> Decimal | None:
    """The latest rate on or before a day, or None when none is known."""
    if from_currency == to_currency:
        return Decimal(1)
    concerned = {from_currency, to_currency, CROSS}
    rows = await session.execute(
        select(FxRate.base, FxRate.quote, FxRate.rate)
        .ext(distinct_on(FxRate.base, FxRate.quote))
        .where(FxRate.base.in_(concerned), FxRate.quote.in_(concerned), FxRate.on_date <= on)
        .order_by(*_LATEST_FIRST)
    )
    return cross_rate({(base, quote): rate for base, quote, rate in rows}, from_currency, to_currency)


@dataclass(frozen=True, slots=True)
class DatedRate:
    """A rate, and the day that it is of; of a cross rate the older of both days."""

    rate: Decimal
    on_date: date


async def dated_rates(
    session: AsyncSession, from_currencies: Iterable[str], to_currency: str, on: date
) -> dict[str, DatedRate]:
    """The latest rates on or before a day into one currency, by the other; those that are not known are left out."""
    wanted = set(from_currencies)
    concerned = wanted | {to_currency, CROSS}
    rows = await session.execute(
        select(FxRate.base, FxRate.quote, FxRate.rate, FxRate.on_date)
        .ext(distinct_on(FxRate.base, FxRate.quote))
        .where(FxRate.base.in_(concerned), FxRate.quote.in_(concerned), FxRate.on_date <= on)
        .order_by(*_LATEST_FIRST)
    )
    rates: dict[tuple[str, str], Decimal] = {}
    days: dict[tuple[str, str], date] = {}
    for base, quote, rate, day in rows:
        rates[base, quote], days[base, quote] = rate, day
    found = {}
    for source in wanted:
        crossed = cross_rate(rates, source, to_currency)
        if crossed is not None:
            used = [days[pair] for pair in _pairs(rates, source, to_currency)]
            found[source] = DatedRate(crossed, min(used, default=on))
    return found


def _pairs(rates: Mapping[tuple[str, str], Decimal], source: str, target: str) -> list[tuple[str, str]]:
    """The known pairs that `cross_rate` goes by."""
    if source == target:
        return []
    for way in (((source, target),), ((source, CROSS), (CROSS, target))):
        found = [next((pair for pair in (step, step[::-1]) if pair in rates), None) for step in way]
        if all(found):
            return [pair for pair in found if pair is not None]
    return []


_LOAD = text("""
INSERT INTO fx_rates (base, quote, on_date, rate, source, loaded_at)
SELECT base, quote, on_date, rate, source, coalesce(loaded_at, app_now())
FROM unnest(CAST(:base AS text[]), CAST(:quote AS text[]), CAST(:on_date AS date[]), CAST(:rate AS numeric[]),
            CAST(:source AS text[]), CAST(:loaded_at AS timestamptz[])) AS told (base, quote, on_date, rate, source, loaded_at)
ON CONFLICT (base, quote, on_date, source) DO UPDATE SET rate = excluded.rate, loaded_at = excluded.loaded_at
WHERE fx_rates.rate <> excluded.rate
""")
_COLUMNS = ("base", "quote", "on_date", "rate", "source", "loaded_at")


async def load_rates(session: AsyncSession, rates: Sequence[Mapping[str, object]]) -> int:
    """Store rates, and say how many are new or other than before; one that its source has told already for the pair and day is
    replaced. As the operator, or by the worker."""
    last = {(row["base"], row["quote"], row["on_date"], row["source"]): row for row in rates}
    wanted, changed = list(last.values()), 0
    for at in range(0, len(wanted), LOADED_AT_ONCE):
        rows = wanted[at : at + LOADED_AT_ONCE]
        done = await session.execute(_LOAD, {name: [row.get(name) for row in rows] for name in _COLUMNS})
        changed += max(0, done.rowcount)  # type: ignore[attr-defined]
    return changed


def rates_of(base: str | None, quote: str | None) -> Select[FxRate]:
    """The stored rates, all or of some pair."""
    statement = select(FxRate)
    if base:
        statement = statement.where(FxRate.base == base)
    return statement.where(FxRate.quote == quote) if quote else statement
