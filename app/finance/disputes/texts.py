"""What people write in disputes, on its way to the other readers' languages."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.disputes.models import Dispute, DisputeEntry
from app.language import facade as language
from app.parties import facade as parties

ENTRY = "dispute_entry"
TEXT = "text"
MOST_OPERATORS = 5


async def readers(session: AsyncSession, row: Dispute, author_id: UUID) -> list[UUID]:
    """Who reads what somebody writes: both sides and the operator, but himself."""
    operators = await parties.operators(session, MOST_OPERATORS)
    return sorted({row.buyer_id, row.supplier_id, *(one.id for one in operators)} - {author_id})


async def keep(session: AsyncSession, entry: DisputeEntry, reader_ids: list[UUID]) -> None:
    """Keep a text of an entry, and have it translated for its readers."""
    if entry.text is None or entry.locale is None or entry.organization_id is None:
        return
    await language.keep_text(
        session,
        owner_id=entry.organization_id,
        entity=(ENTRY, entry.id),
        field=TEXT,
        locale=entry.locale,
        text=entry.text,
        reader_ids=reader_ids,
    )
    firms = await parties.organizations(session, reader_ids)
    wanted = sorted({firm.locale for firm in firms.values()} - {entry.locale})
    await language.want_translations(session, (ENTRY, entry.id), wanted)
