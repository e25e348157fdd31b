"""Quotes as their supplier sees them, and as the buyer does after the opening."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.locales import current_locale
from app.kit.schemas import labelled
from app.language import facade as language
from app.language.facade import ShownText
from app.parties import facade as parties
from app.parties.facade import OrganizationRef
from app.procurement.models import Quote, QuotePrice, QuoteTerms
from app.procurement.queries import inquiries as queries
from app.procurement.queries import quotes as quote_queries
from app.procurement.rules import line_total_minor
from app.procurement.schemas.common import TextOut
from app.procurement.schemas.inquiries import IncotermOut
from app.procurement.schemas.quotes import ExtraOut, LinePriceOut, MyQuoteOut, QuoteOut, QuoteReceiptOut
from app.procurement.states import QUOTE_STATE_LABELS
from app.procurement.usecases.inquiry_texts import ENTITY as INQUIRY
from app.procurement.usecases.quote_texts import NOTES, QUOTE, extra_field
from app.procurement.views import common


def receipt(quote: Quote, firms: Mapping[UUID, OrganizationRef]) -> QuoteReceiptOut:
    """That the quote exists, and its seal."""
    return QuoteReceiptOut(
        id=quote.id,
        inquiry_id=quote.inquiry_id,
        supplier=common.firm(firms, quote.supplier_id),
        revision=quote.revision,
        state=labelled(quote.state, QUOTE_STATE_LABELS),
        version=quote.version,
        digest=quote.digest.hex() if quote.digest else None,
        submitted_at=quote.submitted_at,
        withdrawn_at=quote.withdrawn_at,
    )


async def receipts(session: AsyncSession, quotes: Sequence[Quote]) -> list[QuoteReceiptOut]:
    """Receipts of many quotes."""
    firms = await parties.organizations(session, [quote.supplier_id for quote in quotes])
    return [receipt(quote, firms) for quote in quotes]


def total_minor(prices: Sequence[QuotePrice], wanted: Mapping[UUID, Decimal]) -> int:
    """All lines and extras of a quote, in its own currency."""
    return sum(
        line_total_minor(row.price_minor, row.per_quantity, wanted[row.line_id]) if row.line_id else row.price_minor
        for row in prices
    )


async def notes_of(session: AsyncSession, quote_ids: Sequence[UUID]) -> dict[UUID, ShownText]:
    """Translated notes by quote, as far as they were released at an opening."""
    found = await language.shown_texts(session, [(QUOTE, quote_id) for quote_id in quote_ids], current_locale())
    return {quote_id: shown for (_, quote_id, field), shown in found.items() if field == NOTES}


def notes_out(terms: QuoteTerms, shown: ShownText | None) -> TextOut | None:
    """The notes in the supplier's words, and translated."""
    if terms.notes is None or terms.notes_locale is None:
        return None
    return common.written(terms.notes, terms.notes_locale, shown)


async def quote_out(session: AsyncSession, quote: Quote) -> QuoteOut | None:
    """The quote with its contents, or None when they are sealed from the acting organization."""
    terms = (await quote_queries.terms(session, [quote.id])).get(quote.id)
    if terms is None:
        return None
    prices = (await quote_queries.prices(session, [quote.id]))[quote.id]
    wanted = await queries.quantities(session, [quote.inquiry_id])
    firms = await parties.organizations(session, [quote.supplier_id])
    words = await language.shown_texts(session, [(QUOTE, quote.id)], current_locale())
    # Before extras had a language of their own, only notes had one.
    locale = terms.notes_locale or firms[quote.supplier_id].locale
    return QuoteOut(
        **receipt(quote, firms).model_dump(),
        currency=terms.currency,
        prices=[
            LinePriceOut(
                line_id=row.line_id,
                price=common.money(row.price_minor, terms.currency),
                per_quantity=common.plain_decimal(row.per_quantity),
                total=common.money(
                    line_total_minor(row.price_minor, row.per_quantity, wanted[row.line_id]), terms.currency
                ),
            )
            for row in prices
            if row.line_id is not None
        ],
        extras=[
            ExtraOut(
                label=row.label,
                text=common.written(row.label, locale, words.get((QUOTE, quote.id, extra_field(row.position)))),
                price=common.money(row.price_minor, terms.currency),
            )
            for row in prices
            if row.label is not None
        ],
        total=common.money(total_minor(prices, wanted), terms.currency),
        lead_time_days=terms.lead_time_days,
        valid_until=terms.valid_until,
        incoterm=IncotermOut(code=terms.incoterm, place=terms.incoterm_place),
        reference=terms.reference,
        notes=notes_out(terms, words.get((QUOTE, quote.id, NOTES))),
        salt=terms.salt.hex(),
    )


async def my_quotes(session: AsyncSession, quotes: Sequence[Quote]) -> list[MyQuoteOut]:
    """A page of a supplier's own quotes, in as many statements as for one."""
    ids = [quote.id for quote in quotes]
    inquiry_ids = [quote.inquiry_id for quote in quotes]
    inquiries = await queries.inquiries(session, inquiry_ids)
    terms, prices = await quote_queries.terms(session, ids), await quote_queries.prices(session, ids)
    firms = await parties.organizations(session, [quote.buyer_id for quote in quotes])
    wanted = await queries.quantities(session, inquiry_ids)
    shown = await language.shown_texts(session, [(INQUIRY, each) for each in inquiry_ids], current_locale())
    return [
        MyQuoteOut(
            id=quote.id,
            inquiry_id=quote.inquiry_id,
            inquiry_number=inquiries[quote.inquiry_id].number,
            inquiry_title=common.written(
                inquiries[quote.inquiry_id].title,
                inquiries[quote.inquiry_id].locale,
                shown.get((INQUIRY, quote.inquiry_id, "title")),
            ),
            buyer=common.firm(firms, quote.buyer_id),
            revision=quote.revision,
            state=labelled(quote.state, QUOTE_STATE_LABELS),
            digest=quote.digest.hex() if quote.digest else None,
            submitted_at=quote.submitted_at,
            total=common.money(total_minor(prices[quote.id], wanted), terms[quote.id].currency),
        )
        for quote in quotes
    ]
