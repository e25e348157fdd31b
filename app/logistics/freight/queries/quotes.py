"""SQL on instant quotes and options."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.logistics.freight.models import FreightOption, FreightQuoteAsked


async def quote(session: AsyncSession, quote_id: UUID) -> FreightQuoteAsked | None:
    """A quote of the acting shipper."""
    return await session.scalar(select(FreightQuoteAsked).where(FreightQuoteAsked.id == quote_id))


def quotes_of(shipper_id: UUID) -> Select[FreightQuoteAsked]:
    """A shipper's quotes."""
    return select(FreightQuoteAsked).where(FreightQuoteAsked.shipper_id == shipper_id)


async def option(session: AsyncSession, option_id: UUID) -> FreightOption | None:
    """An option of the acting shipper, or one that he booked with the acting partner."""
    return await session.scalar(select(FreightOption).where(FreightOption.id == option_id))


async def options(session: AsyncSession, quote_id: UUID) -> list[FreightOption]:
    """All options of a quote."""
    statement = select(FreightOption).where(FreightOption.quote_id == quote_id)
    return list((await session.scalars(statement)).all())


async def option_of_offer(session: AsyncSession, offer_id: UUID) -> FreightOption | None:
    """What came of taking an offer."""
    return await session.scalar(select(FreightOption).where(FreightOption.offer_id == offer_id))


async def insert_options(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """New options."""
    if rows:
        await session.execute(insert(FreightOption), list(rows))
