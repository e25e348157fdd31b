"""How an invoice was paid, for whoever reckons what its late payment costs."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.receivables import queries
from app.finance.receivables.states import EntryKind, ItemKind
from app.finance.receivables.usecases.claims import ClaimRef, refs

PAID = (EntryKind.PAYMENT, EntryKind.APPLIED)


@dataclass(frozen=True, slots=True)
class ItemCourse:
    """An invoice's item with the days on which its parts were paid or set off, the first first, in minor units. What was
    credited, deducted or written off is in none of them: it is not asked for, from the beginning."""

    id: UUID
    invoice_id: UUID
    issuer_id: UUID
    recipient_id: UUID
    number: str
    currency: str
    due_on: date
    open_minor: int
    hold: str | None
    parts: tuple[tuple[date, int], ...]
    claims: tuple[ClaimRef, ...]


async def course_of(session: AsyncSession, item_id: UUID, *, lock: bool = False) -> ItemCourse | None:
    """What happened to an invoice's item, and what was claimed for it; None for what is no invoice's. Locked, no payment comes
    between: call it so while acting for the issuer."""
    if lock:
        await queries.lock_items(session, [item_id])
    item = await queries.item(session, item_id)
    if item is None or item.kind != ItemKind.INVOICE:
        return None
    entries = await queries.entries_of(session, item_id)
    undone = {one.reverses_id for one in entries}
    parts = sorted((one.occurred_on, one.amount_minor) for one in entries if one.kind in PAID and one.id not in undone)
    claims = await refs(session, await queries.claims_of_invoice(session, item.invoice_id))
    return ItemCourse(
        id=item.id,
        invoice_id=item.invoice_id,
        issuer_id=item.issuer_id,
        recipient_id=item.recipient_id,
        number=item.number,
        currency=item.currency,
        due_on=item.due_on,
        open_minor=item.open_minor,
        hold=item.hold,
        parts=tuple(parts),
        claims=tuple(claims),
    )
