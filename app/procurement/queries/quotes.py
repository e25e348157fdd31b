"""All the SQL on the tables of quotes. Row-level security decides what of them the acting organization reads."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.procurement.models import Quote, QuotePrice, QuoteTerms
from app.procurement.states import QuoteState


async def quote(session: AsyncSession, quote_id: UUID) -> Quote | None:
    """A quote that the acting organization may know of."""
    return await session.scalar(select(Quote).where(Quote.id == quote_id))


async def lock_quote(session: AsyncSession, quote_id: UUID) -> Quote | None:
    """A supplier's own quote, locked."""
    return await session.scalar(
        select(Quote).where(Quote.id == quote_id).with_for_update().execution_options(populate_existing=True)
    )


async def insert_draft(
    session: AsyncSession,
    *,
    quote_id: UUID,
    inquiry_id: UUID,
    buyer_id: UUID,
    supplier_id: UUID,
    person_id: UUID | None,
) -> Quote | None:
    """A new draft with the next revision number, or None when the supplier has a live quote on the inquiry."""
    revision = (
        select(func.coalesce(func.max(Quote.revision), 0) + 1)
        .where(Quote.inquiry_id == inquiry_id, Quote.supplier_id == supplier_id)
        .scalar_subquery()
    )
    statement = (
        insert(Quote)
        .values(
            id=quote_id,
            inquiry_id=inquiry_id,
            buyer_id=buyer_id,
            supplier_id=supplier_id,
            revision=revision,
            state=QuoteState.DRAFT,
            created_by=person_id,
        )
        .on_conflict_do_nothing()
        .returning(Quote)
    )
    return await session.scalar(statement)


async def live_quote(session: AsyncSession, inquiry_id: UUID, supplier_id: UUID) -> Quote | None:
    """The supplier's draft or submitted quote on an inquiry."""
    return await session.scalar(
        select(Quote).where(
            Quote.inquiry_id == inquiry_id, Quote.supplier_id == supplier_id, Quote.state != QuoteState.WITHDRAWN
        )
    )


async def clear_contents(session: AsyncSession, quote_id: UUID) -> None:
    """Remove the contents of a draft, to be written anew."""
    await session.execute(delete(QuotePrice).where(QuotePrice.quote_id == quote_id))
    await session.execute(delete(QuoteTerms).where(QuoteTerms.quote_id == quote_id))


async def terms(session: AsyncSession, quote_ids: Sequence[UUID]) -> dict[UUID, QuoteTerms]:
    """Terms by quote, as far as they are not sealed from the acting organization."""
    rows = await session.scalars(select(QuoteTerms).where(QuoteTerms.quote_id.in_(quote_ids)))
    return {row.quote_id: row for row in rows}


async def prices(session: AsyncSession, quote_ids: Sequence[UUID]) -> dict[UUID, list[QuotePrice]]:
    """Prices by quote in their order, as far as they are not sealed from the acting organization."""
    rows = await session.scalars(
        select(QuotePrice).where(QuotePrice.quote_id.in_(quote_ids)).order_by(QuotePrice.quote_id, QuotePrice.position)
    )
    found: dict[UUID, list[QuotePrice]] = {quote_id: [] for quote_id in quote_ids}
    for row in rows:
        found[row.quote_id].append(row)
    return found


def quotes_on(inquiry_id: UUID) -> Select[Quote]:
    """The quotes on an inquiry: all submitted ones for the buyer, his own for a supplier."""
    return select(Quote).where(Quote.inquiry_id == inquiry_id)


async def submitted_quotes(session: AsyncSession, inquiry_id: UUID) -> Sequence[Quote]:
    """The quotes that take part."""
    statement = quotes_on(inquiry_id).where(Quote.state == QuoteState.SUBMITTED).order_by(Quote.submitted_at, Quote.id)
    return (await session.scalars(statement)).all()


async def submitted_count(session: AsyncSession, inquiry_id: UUID) -> int:
    """How many quotes take part."""
    statement = select(func.count()).where(Quote.inquiry_id == inquiry_id, Quote.state == QuoteState.SUBMITTED)
    return int(await session.scalar(statement) or 0)


def quoted_by(supplier_id: UUID, state: QuoteState | None) -> Select[Quote]:
    """A supplier's own quotes."""
    statement = select(Quote).where(Quote.supplier_id == supplier_id)
    return statement.where(Quote.state == state) if state else statement
