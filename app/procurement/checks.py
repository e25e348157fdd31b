"""What `partingline verify` proves of this room."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.outbox import OutboxEvent
from app.kit.verify import check
from app.procurement import order_checks as order_checks
from app.procurement.events import QuoteSubmitted
from app.procurement.models import InquiryOpening, Quote
from app.procurement.queries import quotes as queries
from app.procurement.rules import seal
from app.procurement.states import QuoteState
from app.procurement.usecases.submit_quote import sealed_contents

BATCH = 500


@check("quote seals")
async def quote_seals(session: AsyncSession) -> tuple[int, list[str]]:
    """Recompute the seal of every submitted quote of an opened inquiry; compare it with the quote and with its event.

    The event was sent to both sides and cannot be changed, so whoever altered prices would have to alter their records too.
    """
    looked = 0
    broken: list[str] = []
    quotes = await _opened_quotes(session, after=None)
    while quotes:
        looked += len(quotes)
        broken += await _broken(session, quotes)
        last = quotes[-1].id
        session.expunge_all()
        quotes = await _opened_quotes(session, after=last)
    return looked, broken


async def _opened_quotes(session: AsyncSession, *, after: UUID | None) -> Sequence[Quote]:
    statement = (
        select(Quote)
        .join(InquiryOpening, InquiryOpening.inquiry_id == Quote.inquiry_id)
        .where(Quote.state == QuoteState.SUBMITTED)
        .order_by(Quote.id)
        .limit(BATCH)
    )
    return (await session.scalars(statement.where(Quote.id > after) if after else statement)).all()


async def _broken(session: AsyncSession, quotes: Sequence[Quote]) -> list[str]:
    ids = [quote.id for quote in quotes]
    terms = await queries.terms(session, ids)
    prices = await queries.prices(session, ids)
    events = await session.execute(
        select(OutboxEvent.subject, OutboxEvent.data).where(
            OutboxEvent.subject.in_([f"quote/{quote_id}" for quote_id in ids]),
            OutboxEvent.type == QuoteSubmitted.event_name,
        )
    )
    announced = {row.subject: row.data["digest"] for row in events}
    found = []
    for quote in quotes:
        contents = terms.get(quote.id)
        digest = seal(sealed_contents(quote, contents, prices[quote.id]), contents.salt) if contents else None
        if digest is None or digest != quote.digest or digest.hex() != announced.get(f"quote/{quote.id}"):
            found.append(f"seal of quote {quote.id}")
    return found
