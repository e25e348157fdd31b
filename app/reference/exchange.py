"""Dated rates of exchange: loaded by the operator, looked up directly, inverted, or across the euro."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.reference.models import FxRate

CROSS = "EUR"
# Twelve significant decimals are more than any source publishes.
_PLACES = Decimal(1).scaleb(-12)


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
        .order_by(FxRate.base, FxRate.quote, FxRate.on_date.desc())
    )
    return cross_rate({(base, quote): rate for base, quote, rate in rows}, from_currency, to_currency)


async def load_rates(session: AsyncSession, rates: Sequence[Mapping[str, object]]) -> None:
    """Store rates; one that is already known for the pair and day is replaced."""
    statement = insert(FxRate)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["base", "quote", "on_date"],
            set_={"rate": statement.excluded.rate, "source": statement.excluded.source},
        ),
        list(rates),
    )


def rates_of(base: str | None, quote: str | None) -> Select[FxRate]:
    """The stored rates, all or of some pair."""
    statement = select(FxRate)
    if base:
        statement = statement.where(FxRate.base == base)
    return statement.where(FxRate.quote == quote) if quote else statement
