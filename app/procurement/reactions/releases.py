"""What the opening releases: a quote's notes leave the sealed tables for the buyer's languages then, and not before."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.language import facade as language
from app.parties import facade as parties
from app.procurement.events import InquiryOpened
from app.procurement.queries import quotes as queries

QUOTE = "quote"


@reaction(InquiryOpened, name="procurement.release_notes")
async def release_notes(session: AsyncSession, told: Told) -> None:
    """Read the notes as the buyer may now, keep them as the suppliers' texts, and ask for the buyer's language."""
    event: InquiryOpened = told.event
    async with acting_for(session, event.buyer_id):
        quotes = await queries.submitted_quotes(session, event.inquiry_id)
        terms = await queries.terms(session, [quote.id for quote in quotes])
        buyer = (await parties.organizations(session, [event.buyer_id])).get(event.buyer_id)
    for row in terms.values():
        if row.notes is None or row.notes_locale is None:
            continue
        async with acting_for(session, row.supplier_id):
            entity = (QUOTE, row.quote_id)
            await language.keep_text(
                session,
                owner_id=row.supplier_id,
                entity=entity,
                field="notes",
                locale=row.notes_locale,
                text=row.notes,
                reader_ids=[event.buyer_id],
            )
            if buyer is not None and buyer.locale != row.notes_locale:
                await language.want_translations(session, entity, [buyer.locale])
