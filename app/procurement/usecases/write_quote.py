"""Write a quote: the contents go into the sealed tables and nowhere else."""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.procurement.errors import AlreadyQuoted, InquiryClosed, QuoteNotDraft
from app.procurement.models import Inquiry, Quote, QuotePrice, QuoteTerms
from app.procurement.queries import inquiries as queries
from app.procurement.queries import quotes as quote_queries
from app.procurement.rules import accepts_quotes, line_total_minor
from app.procurement.schemas.quotes import NewQuoteIn, QuoteIn
from app.procurement.states import PriceKind, QuoteState
from app.procurement.usecases.check_inquiry import incoterm_errors
from app.procurement.usecases.submit_quote import seal_and_submit, validity_errors

# What every amount of money may be at most; see `app.kit.schemas.PriceMinor`.
MOST_MINOR = 10**15


async def write_quote(
    session: AsyncSession, actor: Actor, inquiry_id: UUID, form: NewQuoteIn, *, now: datetime
) -> Quote:
    """Record a supplier's quote, as a draft or submitted at once.

    The inquiry is locked against closing first, so that a quote and the buyer's closing cannot interleave: whichever
    commits first wins. Suppliers do not wait for one another. Raises `InquiryClosed` or `AlreadyQuoted`.
    """
    inquiry = await share_open_inquiry(session, inquiry_id, now=now)
    await _check(session, inquiry, form, now=now)
    closes_at = inquiry.closes_at
    try:
        quote = await quote_queries.insert_draft(
            session,
            quote_id=new_id(),
            inquiry_id=inquiry.id,
            buyer_id=inquiry.buyer_id,
            supplier_id=actor.organization_id,
            person_id=actor.person_id,
        )
        if quote is None:
            raise AlreadyQuoted()
        terms, prices = await _write_contents(session, actor, quote, form)
        if form.submit:
            await seal_and_submit(session, actor, quote, terms, prices, now=now)
        else:
            await audit.record(session, actor, "quote.draft", "quote", quote.id, after={"revision": quote.revision})
    except DBAPIError as error:
        raise late(error, closes_at) from error
    return quote


async def replace_quote(
    session: AsyncSession, actor: Actor, quote_id: UUID, form: QuoteIn, *, version: int | None, now: datetime
) -> Quote:
    """Replace a draft as read at `version`."""
    found = await quote_queries.quote(session, quote_id)
    if found is None:
        raise NotFound()
    inquiry = await share_open_inquiry(session, found.inquiry_id, now=now)
    quote = await quote_queries.lock_quote(session, quote_id)
    if quote is None:
        raise NotFound()
    require_version(quote.version, version)
    if quote.state != QuoteState.DRAFT:
        raise QuoteNotDraft()
    await _check(session, inquiry, form, now=now)
    closes_at = inquiry.closes_at
    try:
        await quote_queries.clear_contents(session, quote.id)
        quote.version += 1
        await _write_contents(session, actor, quote, form)
    except DBAPIError as error:
        raise late(error, closes_at) from error
    await audit.record(session, actor, "quote.edit", "quote", quote.id, after={"version": quote.version})
    return quote


async def share_open_inquiry(session: AsyncSession, inquiry_id: UUID, *, now: datetime) -> Inquiry:
    """The inquiry, held open until this transaction ends. Raises `InquiryClosed`."""
    inquiry = await queries.share_inquiry(session, inquiry_id)
    if inquiry is None:
        raise NotFound()
    if not accepts_quotes(inquiry.state, inquiry.closes_at, now=now):
        raise InquiryClosed(closes_at=inquiry.closes_at)
    return inquiry


def late(error: DBAPIError, closes_at: datetime) -> Exception:
    """What a refusal by the database means: the closing time came between our look at the clock and its own."""
    return InquiryClosed(closes_at=closes_at) if refused_by(error, "quote_in_time") else error


async def _check(session: AsyncSession, inquiry: Inquiry, form: QuoteIn, *, now: datetime) -> None:
    errors = incoterm_errors(form.incoterm, form.incoterm_place)
    lines = await queries.quantities(session, [inquiry.id])
    seen: set[UUID] = set()
    for index, price in enumerate(form.prices):
        at = f"/prices/{index}/line_id"
        if price.line_id not in lines:
            errors.append(FieldError(at, "unknown-line", N_("The inquiry has no such line.")))
        elif price.line_id in seen:
            errors.append(FieldError(at, "line-repeated", N_("Give one price for each line.")))
        elif line_total_minor(price.price_minor, price.per_quantity, lines[price.line_id]) > MOST_MINOR:
            errors.append(
                FieldError(
                    f"/prices/{index}/price_minor",
                    "amount-too-large",
                    N_("For the whole line this amount is too large."),
                )
            )
        seen.add(price.line_id)
    errors += validity_errors(form.valid_until, inquiry, now=now)
    if errors:
        raise Invalid(errors=errors)


async def _write_contents(
    session: AsyncSession, actor: Actor, quote: Quote, form: QuoteIn
) -> tuple[QuoteTerms, list[QuotePrice]]:
    owned = {
        "quote_id": quote.id,
        "inquiry_id": quote.inquiry_id,
        "buyer_id": quote.buyer_id,
        "supplier_id": quote.supplier_id,
    }
    terms = QuoteTerms(
        currency=form.currency,
        lead_time_days=form.lead_time_days,
        valid_until=form.valid_until,
        incoterm=form.incoterm,
        incoterm_place=form.incoterm_place,
        reference=form.reference,
        notes=form.notes,
        notes_locale=(form.notes_locale or actor.locale) if form.notes or form.extras else None,
        salt=secrets.token_bytes(32),
        **owned,
    )
    rows = [
        QuotePrice(
            position=position,
            kind=PriceKind.LINE,
            line_id=price.line_id,
            price_minor=price.price_minor,
            per_quantity=price.per_quantity,
            **owned,
        )
        for position, price in enumerate(form.prices, start=1)
    ]
    rows += [
        QuotePrice(position=position, kind=PriceKind.EXTRA, label=extra.label, price_minor=extra.price_minor, **owned)
        for position, extra in enumerate(form.extras, start=len(rows) + 1)
    ]
    session.add_all([terms, *rows])
    await session.flush()
    return terms, rows
