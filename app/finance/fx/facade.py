"""All that other rooms may call, each in the caller's own transaction."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.fx import queries
from app.finance.fx.rules import LockedRate, facts_of_difference
from app.finance.fx.usecases.lock_rate import lock as _lock
from app.finance.fx.usecases.lock_rate import locked_in
from app.finance.ledger.facade import CauseKind, FactKind, Leg, Posting
from app.reference import facade as reference
from app.reference.facade import Rate

__all__ = ["LockedRate", "facts_of_difference", "lock", "locked", "settled"]


async def lock(
    session: AsyncSession,
    *,
    deal: tuple[str, UUID],
    base: str,
    quote: str,
    day: date,
    rate: Rate | Decimal | None = None,
) -> LockedRate:
    """Lock for a deal how many of `quote` one `base` buys: as was agreed, or by the day's rate. Asked again, what was locked.

    Raises `ValueError` where another rate was locked than is given; `RateMissing`, `RateTooOld`.
    """
    return await _lock(session, deal=deal, base=base, quote=quote, day=day, rate=rate)


async def locked(session: AsyncSession, deal: tuple[str, UUID], base: str, quote: str) -> LockedRate | None:
    """The rate locked for a deal between two currencies, whichever way round; None before `lock`."""
    row = await queries.locked(session, deal, (base, quote))
    return None if row is None else locked_in(row)


async def settled(
    session: AsyncSession,
    kind: FactKind,
    cause: tuple[CauseKind, UUID],
    day: date,
    legs: Sequence[Leg],
    *,
    into: str,
    occasion: int = 1,
    source: str | None = None,
) -> Posting:
    """`facts_of_difference` by the rates of a day. Raises `RateMissing`, `RateTooOld`."""
    currencies = sorted({account.currency for account, _ in legs} - {into})
    rates = {code: (await reference.rate_on(session, code, into, day, source)).value for code in currencies}
    return facts_of_difference(kind, cause, day, legs, rates=rates, into=into, occasion=occasion)
