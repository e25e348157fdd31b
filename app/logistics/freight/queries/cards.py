"""SQL on rate cards."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Integer, Select, String, bindparam, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.logistics.freight.models import RateCardVersion
from app.logistics.freight.states import CardState


async def card(session: AsyncSession, card_id: UUID) -> RateCardVersion | None:
    """A card of the acting partner."""
    return await session.scalar(select(RateCardVersion).where(RateCardVersion.id == card_id))


def cards_of(partner_id: UUID, **where: str | None) -> Select[RateCardVersion]:
    """A partner's cards, by whatever columns are given."""
    statement = select(RateCardVersion).where(RateCardVersion.partner_id == partner_id)
    for name, value in where.items():
        if value is not None:
            statement = statement.where(getattr(RateCardVersion, name) == value)
    return statement


async def lock_cards(session: AsyncSession, partner_id: UUID) -> None:
    """Uploads and withdrawals of one partner come one after the other."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"rate_cards {partner_id}", 7))))


async def versions(
    session: AsyncSession, partner_id: UUID, wanted: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], RateCardVersion]:
    """Known versions of a partner's cards, by (reference, version)."""
    statement = select(RateCardVersion).where(
        RateCardVersion.partner_id == partner_id,
        tuple_(RateCardVersion.reference, RateCardVersion.version).in_(set(wanted)),
    )
    return {(row.reference, row.version): row for row in await session.scalars(statement)}


async def newest(session: AsyncSession, partner_id: UUID, references: Iterable[str]) -> dict[str, int]:
    """The highest known version of each card."""
    statement = (
        select(RateCardVersion.reference, func.max(RateCardVersion.version))
        .where(RateCardVersion.partner_id == partner_id, RateCardVersion.reference.in_(set(references)))
        .group_by(RateCardVersion.reference)
    )
    return {row[0]: row[1] for row in await session.execute(statement)}


async def end_current(session: AsyncSession, partner_id: UUID, references: Iterable[str], state: CardState) -> None:
    """What is current of these cards ends."""
    await session.execute(
        update(RateCardVersion)
        .where(
            RateCardVersion.partner_id == partner_id,
            RateCardVersion.reference.in_(set(references)),
            RateCardVersion.state == CardState.CURRENT,
        )
        .values(state=state, ended_at=func.app_now())
        .execution_options(synchronize_session=False)
    )


async def insert_cards(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """New versions."""
    await session.execute(insert(RateCardVersion), list(rows))


CANDIDATES = text("SELECT * FROM freight_cards(:from_places, :to_places, :modes, :day, :most)").bindparams(
    bindparam("from_places", type_=ARRAY(String)),
    bindparam("to_places", type_=ARRAY(String)),
    bindparam("modes", type_=ARRAY(String)),
    bindparam("day", type_=Date),
    bindparam("most", type_=Integer),
)


async def candidates(session: AsyncSession, **lane: Any) -> list[RateCardVersion]:
    """The current cards of all partners for a lane that have not ended by a day; for a partner his own alone.

    The function acts behind the walls that the table has: who asks reads prices made of them, and never the cards.
    """
    statement = select(RateCardVersion).from_statement(CANDIDATES)
    return list((await session.scalars(statement, lane)).all())
