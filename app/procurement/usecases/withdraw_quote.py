"""Take a quote back while there is time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import NotFound
from app.kit.outbox import announce
from app.procurement.errors import QuoteNotDraft
from app.procurement.events import QuoteWithdrawn
from app.procurement.models import Quote
from app.procurement.queries import quotes as quote_queries
from app.procurement.rules import quote_may_become
from app.procurement.states import QuoteState
from app.procurement.usecases.write_quote import late, share_open_inquiry


async def withdraw_quote(session: AsyncSession, actor: Actor, quote_id: UUID, *, now: datetime) -> Quote:
    """Withdraw a draft or a submitted quote before the closing time; after it a submitted quote binds its supplier.

    The buyer never reads a withdrawn quote. The supplier may send a new one, which gets the next revision number.
    """
    found = await quote_queries.quote(session, quote_id)
    if found is None:
        raise NotFound()
    inquiry = await share_open_inquiry(session, found.inquiry_id, now=now)
    quote = await quote_queries.lock_quote(session, quote_id)
    if quote is None:
        raise NotFound()
    if not quote_may_become(quote.state, QuoteState.WITHDRAWN):
        raise QuoteNotDraft()
    before, closes_at = quote.state, inquiry.closes_at
    quote.state = QuoteState.WITHDRAWN
    quote.withdrawn_at = now
    quote.version += 1
    try:
        await session.flush()
    except DBAPIError as error:
        raise late(error, closes_at) from error
    await audit.record(
        session, actor, "quote.withdraw", "quote", quote.id, before={"state": before}, after={"state": quote.state}
    )
    if before == QuoteState.SUBMITTED:
        event = QuoteWithdrawn(
            quote_id=quote.id, inquiry_id=quote.inquiry_id, buyer_id=quote.buyer_id, supplier_id=quote.supplier_id
        )
        await announce(session, event, organizations=[quote.buyer_id, quote.supplier_id])
    return quote
