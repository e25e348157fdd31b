"""What people write on an order, on its way to the other side's language."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.language import facade as language
from app.parties import facade as parties
from app.procurement.models import MilestoneEvent, PurchaseOrder

ORDER = "order"
ENTRY = "milestone_event"

TERMS, ANSWER, NOTE = "terms", "answer", "note"


def other_side(order: PurchaseOrder, organization_id: UUID) -> UUID:
    """The organization on the other side of an order."""
    return order.supplier_id if organization_id == order.buyer_id else order.buyer_id


async def _want(session: AsyncSession, entity: tuple[str, UUID], reader_id: UUID) -> None:
    reader = (await parties.organizations(session, [reader_id])).get(reader_id)
    if reader is not None:
        await language.want_translations(session, entity, [reader.locale])


async def keep_answer(session: AsyncSession, order: PurchaseOrder, author_id: UUID) -> None:
    """Why an order was rejected or cancelled, or a word with the acknowledgement, for the other side if it knows of it."""
    if order.answer_note is not None and order.answer_locale is not None:
        readers = [other_side(order, author_id)] if order.issued_at is not None else []
        await _write(session, author_id, (ORDER, order.id), ANSWER, order.answer_note, order.answer_locale, readers)


async def keep_answers(session: AsyncSession, order: PurchaseOrder, texts: Mapping[str, str]) -> None:
    """Why a pool took an order back, in all languages that it was said in, for both sides. Call it while acting for the buyer."""
    if order.answer_locale is None:
        return
    entity = (ORDER, order.id)
    told = language.TextImport(entity=entity, field=ANSWER, source_locale=order.answer_locale, texts=texts)
    await language.import_texts(session, order.buyer_id, [told])
    await language.share_texts(session, entity, [order.supplier_id])
    await _want(session, entity, order.supplier_id)


async def keep_terms(session: AsyncSession, order: PurchaseOrder) -> None:
    """The terms of a draft; the supplier reads them when the order is issued, and not before."""
    if order.terms is not None and order.terms_locale is not None:
        await _write(session, order.buyer_id, (ORDER, order.id), TERMS, order.terms, order.terms_locale, [])


async def share_terms(session: AsyncSession, order: PurchaseOrder) -> None:
    """Let the supplier of an issued order read the terms, in his language when there is a translation."""
    if order.terms is not None:
        await language.share_texts(session, (ORDER, order.id), [order.supplier_id])
        await _want(session, (ORDER, order.id), order.supplier_id)


async def keep_entry_note(session: AsyncSession, order: PurchaseOrder, entry: MilestoneEvent) -> None:
    """The note on evidence or on a decision, for both sides."""
    if entry.note is None or entry.note_locale is None:
        return
    readers = [other_side(order, entry.organization_id)]
    await _write(session, entry.organization_id, (ENTRY, entry.id), NOTE, entry.note, entry.note_locale, readers)


async def _write(
    session: AsyncSession,
    owner_id: UUID,
    entity: tuple[str, UUID],
    field: str,
    text: str,
    locale: str,
    reader_ids: Sequence[UUID],
) -> None:
    await language.keep_text(
        session, owner_id=owner_id, entity=entity, field=field, locale=locale, text=text, reader_ids=reader_ids
    )
    for reader_id in reader_ids:
        await _want(session, entity, reader_id)
