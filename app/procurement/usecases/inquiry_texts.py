"""The texts of an inquiry on their way to other languages.

All of them hang on one thing, the inquiry, under field names that say where they stand, so that sharing and translating
them takes a few statements however many lines there are.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.language import facade as language
from app.parties import facade as parties
from app.procurement.models import Inquiry, InquiryInvitation, InquiryLine, InquiryLot
from app.procurement.mould_dictionary import FieldKind, mould_dictionary
from app.procurement.queries import inquiries as queries

ENTITY = "inquiry"
INVITATION = "inquiry_invitation"
CANCEL_REASON, DECLINE_REASON = "cancel_reason", "decline_reason"


def lot_field(position: int) -> str:
    """The field of a lot's title."""
    return f"lot_{position}"


def line_field(position: int) -> str:
    """The field of a line's description."""
    return f"line_{position}"


def spec_field(position: int, code: str) -> str:
    """The field of a free text in a mould's description."""
    return f"line_{position}_{code}"[:60]


def texts_of(inquiry: Inquiry, lots: Sequence[InquiryLot], lines: Sequence[InquiryLine]) -> Iterator[tuple[str, str]]:
    """(field, text) of everything a person wrote."""
    yield "title", inquiry.title
    if inquiry.notes:
        yield "notes", inquiry.notes
    if inquiry.payment_notes:
        yield "payment_notes", inquiry.payment_notes
    for lot in lots:
        if lot.title:
            yield lot_field(lot.position), lot.title
    fields = mould_dictionary().fields
    for line in lines:
        yield line_field(line.position), line.description
        for code, value in (line.spec or {}).items():
            if isinstance(value, str) and fields[code].kind is FieldKind.TEXT:
                yield spec_field(line.position, code), value


async def send_texts(session: AsyncSession, inquiry: Inquiry, supplier_ids: Sequence[UUID]) -> None:
    """Keep the inquiry's texts where languages are looked after, for the buyer and these suppliers to read."""
    lots, lines = await queries.lots(session, inquiry.id), await queries.lines(session, inquiry.id)
    for field, text in texts_of(inquiry, lots, lines):
        await language.keep_text(
            session,
            owner_id=inquiry.buyer_id,
            entity=(ENTITY, inquiry.id),
            field=field,
            locale=inquiry.locale,
            text=text,
            reader_ids=supplier_ids,
        )
    await want_suppliers_languages(session, inquiry, supplier_ids)


async def send_cancel_reason(session: AsyncSession, inquiry: Inquiry, reason: str, locale: str) -> None:
    """Keep why the inquiry is given up, for the suppliers who were asked."""
    asked = [row.supplier_id for row in await queries.invitations(session, inquiry.id) if row.sent_at is not None]
    entity = (ENTITY, inquiry.id)
    await _send(session, inquiry.buyer_id, entity, CANCEL_REASON, reason, locale, asked)


async def send_decline_reason(session: AsyncSession, invitation: InquiryInvitation, reason: str, locale: str) -> None:
    """Keep why a supplier does not quote, for the buyer."""
    entity = (INVITATION, invitation.id)
    await _send(session, invitation.supplier_id, entity, DECLINE_REASON, reason, locale, [invitation.buyer_id])


async def _send(
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
    readers = await parties.organizations(session, reader_ids)
    await language.want_translations(session, entity, sorted({firm.locale for firm in readers.values()}))


async def want_suppliers_languages(session: AsyncSession, inquiry: Inquiry, supplier_ids: Sequence[UUID]) -> None:
    """Ask for translations into the languages of these suppliers."""
    firms = await parties.organizations(session, supplier_ids)
    locales = sorted({firm.locale for firm in firms.values()} - {inquiry.locale})
    await language.want_translations(session, (ENTITY, inquiry.id), locales)
