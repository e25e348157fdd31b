"""Lock a rate of exchange for a deal, when it is made."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.fx import queries
from app.finance.fx.models import FxLockedRate
from app.finance.fx.rules import LockedRate
from app.kit.ids import new_id
from app.reference import facade as reference
from app.reference.facade import Rate

AGREED = "agreed"


async def lock(
    session: AsyncSession, *, deal: tuple[str, UUID], base: str, quote: str, day: date, rate: Rate | Decimal | None
) -> LockedRate:
    """What was locked first. Raises `ValueError` where another rate was locked than is given; `RateMissing`, `RateTooOld`."""
    row = await queries.locked(session, deal, (base, quote))
    if row is None:
        wanted = await _wanted(session, base, quote, day, rate)
        values = {
            "id": new_id(),
            "deal_kind": deal[0],
            "deal_id": deal[1],
            "base": base,
            "quote": quote,
            "rate": wanted.value,
            "rate_on": wanted.day,
            "source": wanted.source,
            "locked_on": day,
        }
        await queries.insert_locked(session, values)
        row = await queries.locked(session, deal, (base, quote))
        assert row is not None
    given = rate.value if isinstance(rate, Rate) else rate
    if given is not None and (row.base, row.rate) != (base, given):
        raise ValueError(f"another rate between {base} and {quote} is locked for {deal[0]} {deal[1]}")
    return locked_in(row)


async def _wanted(session: AsyncSession, base: str, quote: str, day: date, rate: Rate | Decimal | None) -> Rate:
    if rate is None:
        return await reference.rate_on(session, base, quote, day)
    return rate if isinstance(rate, Rate) else Rate(rate, day, AGREED)


def locked_in(row: FxLockedRate) -> LockedRate:
    """What a stored rate says."""
    return LockedRate(row.base, row.quote, row.rate, row.rate_on, row.source)
