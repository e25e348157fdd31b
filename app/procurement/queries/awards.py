"""All the SQL on awards."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.procurement.models import Award, AwardLine, Quote, QuotePrice
from app.procurement.states import QuoteState


async def award_lines(session: AsyncSession, inquiry_id: UUID) -> Sequence[AwardLine]:
    """Every line that was ever awarded of an inquiry, released ones too."""
    statement = select(AwardLine).where(AwardLine.inquiry_id == inquiry_id).order_by(AwardLine.id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def release(session: AsyncSession, order_id: UUID, *, at: datetime) -> None:
    """Free the lines of a rejected or cancelled order, to be awarded again."""
    await session.execute(
        update(AwardLine)
        .where(AwardLine.order_id == order_id, AwardLine.released_at.is_(None))
        .values(released_at=at)
        .execution_options(synchronize_session=False)
    )


def awards_of(inquiry_id: UUID) -> Select[Award]:
    """The decisions on an inquiry."""
    return select(Award).where(Award.inquiry_id == inquiry_id)


async def lines_of_awards(session: AsyncSession, award_ids: Sequence[UUID]) -> dict[UUID, list[AwardLine]]:
    """Awarded lines by award."""
    rows = await session.scalars(
        select(AwardLine).where(AwardLine.award_id.in_(award_ids)).order_by(AwardLine.award_id, AwardLine.id)
    )
    found: dict[UUID, list[AwardLine]] = {award_id: [] for award_id in award_ids}
    for row in rows:
        found[row.award_id].append(row)
    return found


async def submitted(session: AsyncSession, inquiry_id: UUID, quote_ids: Sequence[UUID]) -> dict[UUID, Quote]:
    """Those of the quotes that take part in the inquiry."""
    rows = await session.scalars(
        select(Quote).where(
            Quote.inquiry_id == inquiry_id, Quote.id.in_(quote_ids), Quote.state == QuoteState.SUBMITTED
        )
    )
    return {row.id: row for row in rows}


async def decided_quotes(session: AsyncSession, inquiry_id: UUID) -> list[tuple[Quote, bool]]:
    """Each submitted quote, and whether something of it is awarded now."""
    living = (
        select(AwardLine.id)
        .join(QuotePrice, QuotePrice.id == AwardLine.price_id)
        .where(QuotePrice.quote_id == Quote.id, AwardLine.released_at.is_(None))
    )
    rows = await session.execute(
        select(Quote, living.exists())
        .where(Quote.inquiry_id == inquiry_id, Quote.state == QuoteState.SUBMITTED)
        .order_by(Quote.id)
    )
    return [(row[0], row[1]) for row in rows]
