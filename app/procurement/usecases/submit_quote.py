"""Seal a quote and put it before the closing time."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.locales import N_
from app.kit.outbox import announce
from app.procurement.errors import InquiryClosed, QuoteNotDraft
from app.procurement.events import QuoteSubmitted
from app.procurement.models import Inquiry, Quote, QuotePrice, QuoteTerms
from app.procurement.queries import inquiries as queries
from app.procurement.queries import quotes as quote_queries
from app.procurement.rules import SealedPrice, SealedQuote, accepts_quotes, seal
from app.procurement.states import QuoteState


async def submit_quote(session: AsyncSession, actor: Actor, quote_id: UUID, *, now: datetime) -> Quote:
    """Submit a draft. Raises `InquiryClosed`, `QuoteNotDraft`, or `Invalid` for one that expires before its opening."""
    found = await quote_queries.quote(session, quote_id)
    inquiry = await queries.share_inquiry(session, found.inquiry_id) if found else None
    if inquiry is None:
        raise NotFound()
    if not accepts_quotes(inquiry.state, inquiry.closes_at, now=now):
        raise InquiryClosed(closes_at=inquiry.closes_at)
    quote = await quote_queries.lock_quote(session, quote_id)
    if quote is None:
        raise NotFound()
    if quote.state != QuoteState.DRAFT:
        raise QuoteNotDraft()
    terms = (await quote_queries.terms(session, [quote.id]))[quote.id]
    errors = validity_errors(terms.valid_until, inquiry, now=now)
    if errors:
        raise Invalid(errors=errors)
    prices = (await quote_queries.prices(session, [quote.id]))[quote.id]
    closes_at = inquiry.closes_at
    try:
        await seal_and_submit(session, actor, quote, terms, prices, now=now)
    except DBAPIError as error:
        if refused_by(error, "quote_in_time"):
            raise InquiryClosed(closes_at=closes_at) from error
        raise
    return quote


def validity_errors(valid_until: date, inquiry: Inquiry, *, now: datetime) -> list[FieldError]:
    """A quote must outlive its sealing. The opening may have moved since a draft was written, so it is asked again."""
    opens_on = inquiry.opens_at.date()
    if valid_until >= opens_on and valid_until >= now.date():
        return []
    message = N_("The quote must be valid on the day of its opening, {opens_on}, at least.")
    return [FieldError("/valid_until", "expires-before-opening", message, {"opens_on": opens_on})]


async def seal_and_submit(
    session: AsyncSession, actor: Actor, quote: Quote, terms: QuoteTerms, prices: list[QuotePrice], *, now: datetime
) -> None:
    """Compute the seal over what is stored and submit. The inquiry must be locked against closing."""
    quote.digest = seal(sealed_contents(quote, terms, prices), terms.salt)
    quote.state = QuoteState.SUBMITTED
    quote.submitted_at = now
    quote.version += 1
    await session.flush()
    await queries.take_back_refusal(session, quote.inquiry_id, quote.supplier_id)
    after = {"state": quote.state, "revision": quote.revision, "digest": quote.digest.hex()}
    await audit.record(session, actor, "quote.submit", "quote", quote.id, after=after)
    event = QuoteSubmitted(
        quote_id=quote.id,
        inquiry_id=quote.inquiry_id,
        buyer_id=quote.buyer_id,
        supplier_id=quote.supplier_id,
        revision=quote.revision,
        digest=quote.digest.hex(),
    )
    await announce(session, event, organizations=[quote.buyer_id, quote.supplier_id])


def sealed_contents(quote: Quote, terms: QuoteTerms, prices: list[QuotePrice]) -> SealedQuote:
    """What the seal covers."""
    return SealedQuote(
        quote_id=quote.id,
        inquiry_id=quote.inquiry_id,
        supplier_id=quote.supplier_id,
        revision=quote.revision,
        currency=terms.currency,
        lead_time_days=terms.lead_time_days,
        valid_until=terms.valid_until,
        incoterm=terms.incoterm,
        incoterm_place=terms.incoterm_place,
        reference=terms.reference,
        notes=terms.notes,
        prices=tuple(SealedPrice(row.line_id, row.label, row.price_minor, row.per_quantity) for row in prices),
    )
