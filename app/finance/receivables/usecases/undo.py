"""A payment did not happen: its opposite is written down beside it, and the discount that came with it goes too."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger.facade import CauseKind, FactKind, Posting, post
from app.finance.receivables import queries
from app.finance.receivables.errors import CreditUsed, LaterClaimOpen, NotUndoable
from app.finance.receivables.models import OpenItem, OpenItemEntry
from app.finance.receivables.posting import less_owed, more_owed
from app.finance.receivables.states import UNDOABLE, EntryKind, ItemKind
from app.finance.receivables.usecases.announcing import announce_reopened, announce_settled
from app.finance.receivables.usecases.open_items import entry_row
from app.finance.receivables.usecases.reduce import set_off_notes
from app.finance.receivables.usecases.settle import ENTITY, Source, sides_of
from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.tenancy import acting_for
from app.kit.errors import NotFound


async def undo_payment(
    session: AsyncSession, actor: Actor, item_id: UUID, entry_id: UUID, reason: str, *, now: datetime
) -> OpenItem:
    """The issuer takes back what he recorded himself, in the month (UTC) in which he did. Raises `NotFound`, `NotUndoable`,
    `LaterClaimOpen`."""
    item = (await queries.lock_items(session, [item_id]))[item_id]
    entries = await queries.entries_of(session, item_id)
    entry = next((one for one in entries if one.id == entry_id), None)
    if entry is None:
        raise NotFound()
    month = (now.year, now.month)
    undone = any(one.reverses_id == entry.id for one in entries)
    by_hand = entry.kind in UNDOABLE and entry.source_id is None
    if undone or not by_hand or (entry.created_at.year, entry.created_at.month) != month:
        raise NotUndoable()
    found = await _undo(session, item, entry, entries, reason, now.date(), actor.person_id)
    before = {"entry": entry.id, "amount_minor": entry.amount_minor}
    await audit.record(session, actor, "open_item.undo", ENTITY, item.id, before=before, after={"reason": reason})
    return found


async def unsettle(session: AsyncSession, *, invoice_id: UUID, source: Source, reason: str, day: date) -> None:
    """A payment that was settled under this name did not come, or went back. What was left over of it goes too. Told again it
    changes nothing. Call it while acting for either side. Raises `NotFound`, `CreditUsed` when its rest was used already."""
    found = await queries.item_of_invoice(session, invoice_id)
    if found is None:
        raise NotFound()
    async with acting_for(session, found.issuer_id):
        item = (await queries.lock_items(session, [found.id]))[found.id]
        entry = await queries.entry_of_source(session, item.id, EntryKind.PAYMENT, source)
        over = await queries.credit_of_source(session, invoice_id, source)
        if entry is None and over is None:
            raise NotFound()
        if over is not None:
            await _withdraw(session, over.id, reason, day)
        entries = await queries.entries_of(session, item.id)
        if entry is not None and not any(one.reverses_id == entry.id for one in entries):
            await _undo(session, item, entry, entries, reason, day, None)


async def _undo(
    session: AsyncSession,
    item: OpenItem,
    entry: OpenItemEntry,
    entries: Sequence[OpenItemEntry],
    reason: str,
    day: date,
    person_id: UUID | None,
) -> OpenItem:
    was_closed = item.closed_on is not None
    if was_closed and item.kind == ItemKind.CLAIM and await queries.open_claims(session, [item.invoice_id]):
        raise LaterClaimOpen(number=item.number)
    gone = [entry, *(one for one in entries if one.with_id == entry.id and one.kind == EntryKind.DISCOUNT)]
    rows = [
        entry_row(
            item, EntryKind.UNDONE, -one.amount_minor, day, reason=reason, reverses_id=one.id, person_id=person_id
        )
        for one in gone
    ]
    await queries.insert_entries(session, rows)
    amount = sum(one.amount_minor for one in gone)
    await post(session, _opposite(item, entry.id, amount, day))
    found = await queries.item(session, item.id)
    assert found is not None
    if found.kind != ItemKind.INVOICE:
        return found
    found = await set_off_notes(session, found, day, person_id)
    if found.closed_on is None:
        return await announce_reopened(session, item.id) if was_closed else found
    return found if was_closed else await announce_settled(session, item.id)


def _opposite(item: OpenItem, entry_id: UUID, amount_minor: int, day: date) -> Posting:
    cause = (CauseKind.PAYMENT, entry_id)
    post_it = less_owed if item.kind == ItemKind.CREDIT else more_owed
    return post_it(FactKind.SETTLEMENT_UNDONE, cause, sides_of(item), amount_minor, day)


async def _withdraw(session: AsyncSession, credit_id: UUID, reason: str, day: date) -> None:
    """What was paid too much was not paid at all."""
    credit = (await queries.lock_items(session, [credit_id]))[credit_id]
    entries = await queries.entries_of(session, credit_id)
    if any(one.kind == EntryKind.WITHDRAWN for one in entries):
        return
    if credit.settled_minor:
        raise CreditUsed()
    row = entry_row(credit, EntryKind.WITHDRAWN, credit.amount_minor, day, reason=reason)
    await queries.insert_entries(session, [row])
    cause = (CauseKind.OPEN_ITEM, credit.id)
    await post(session, more_owed(FactKind.SETTLEMENT_UNDONE, cause, sides_of(credit), credit.amount_minor, day))
