"""What the opening releases: a quote's words leave the sealed tables for the buyer's languages then, and not before. And what a
rejected order releases: the stock that its buyer held."""

from collections.abc import Iterator, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.language import facade as language
from app.parties import facade as parties
from app.procurement.events import InquiryOpened, OrderRejected
from app.procurement.models import QuotePrice, QuoteTerms
from app.procurement.queries import quotes as queries
from app.procurement.usecases.hold_stock import let_go_of_stock
from app.procurement.usecases.quote_texts import NOTES, QUOTE, extra_field


@reaction(InquiryOpened, name="procurement.release_notes")
async def release_notes(session: AsyncSession, told: Told) -> None:
    """Read the notes as the buyer may now, keep them as the suppliers' texts, and ask for the buyer's language."""
    event: InquiryOpened = told.event
    async with acting_for(session, event.buyer_id):
        quotes = await queries.submitted_quotes(session, event.inquiry_id)
        terms = await queries.terms(session, [quote.id for quote in quotes])
        prices = await queries.prices(session, list(terms))
        buyer = (await parties.organizations(session, [event.buyer_id])).get(event.buyer_id)
    for row in terms.values():
        texts = dict(_texts(row, prices[row.quote_id]))
        if not texts or row.notes_locale is None:
            continue
        async with acting_for(session, row.supplier_id):
            entity = (QUOTE, row.quote_id)
            for field, text in texts.items():
                await language.keep_text(
                    session,
                    owner_id=row.supplier_id,
                    entity=entity,
                    field=field,
                    locale=row.notes_locale,
                    text=text,
                    reader_ids=[event.buyer_id],
                )
            if buyer is not None and buyer.locale != row.notes_locale:
                await language.want_translations(session, entity, [buyer.locale])


@reaction(OrderRejected, name="procurement.release_stock")
async def release_stock(session: AsyncSession, told: Told) -> None:
    """The supplier who rejects an order cannot let go of what its buyer holds."""
    event: OrderRejected = told.event
    async with acting_for(session, event.buyer_id):
        await let_go_of_stock(session, event.order_id)


def _texts(terms: QuoteTerms, prices: Sequence[QuotePrice]) -> Iterator[tuple[str, str]]:
    if terms.notes is not None:
        yield NOTES, terms.notes
    for price in prices:
        if price.label is not None:
            yield extra_field(price.position), price.label
