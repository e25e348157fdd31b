"""All the SQL on locked rates and revaluations, locks included."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.fx.models import FxLockedRate, FxRevaluation

_LOCKED = text("SELECT * FROM fx_locked(:kind, :id)").columns(*FxLockedRate.__table__.columns)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7241180, 2)")


async def insert_locked(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """Lock a rate for a deal, unless one of the pair is."""
    await session.execute(insert(FxLockedRate).values(**values).on_conflict_do_nothing())


async def locked(session: AsyncSession, deal: tuple[str, UUID], pair: tuple[str, str]) -> FxLockedRate | None:
    """The rate locked for a deal between two currencies, whichever way round."""
    found = select(FxLockedRate).from_statement(_LOCKED.bindparams(kind=deal[0], id=deal[1]))
    rows = await session.scalars(found.execution_options(populate_existing=True))
    return next((row for row in rows if {row.base, row.quote} == set(pair)), None)


async def lock_revaluing(session: AsyncSession) -> None:
    """Wait for who revalues; whoever comes next reads what was made."""
    await session.execute(_ONE_AT_A_TIME)


async def revaluation(session: AsyncSession, period: date) -> FxRevaluation | None:
    """A month's, if it was made."""
    return await session.scalar(select(FxRevaluation).where(FxRevaluation.period == period))


async def insert_revaluation(session: AsyncSession, values: Mapping[str, Any]) -> FxRevaluation:
    """Write a month's down."""
    row = FxRevaluation(**values)
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return row


def revaluations() -> Select[FxRevaluation]:
    """All of them."""
    return select(FxRevaluation)
