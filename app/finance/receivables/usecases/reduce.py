"""What makes an item smaller without money: its issuer gives it up, or sets a credit off against it."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.invoicing import facade as invoicing
from app.finance.ledger.facade import CauseKind, FactKind, post
from app.finance.receivables import queries
from app.finance.receivables.errors import NotACredit
from app.finance.receivables.models import OpenItem
from app.finance.receivables.posting import less_owed
from app.finance.receivables.states import EntryKind, ItemKind
from app.finance.receivables.usecases.announcing import announce_settled
from app.finance.receivables.usecases.open_items import entry_row
from app.finance.receivables.usecases.settle import ENTITY, exceeds, require_open, sides_of
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import NotFound


async def write_off(
    session: AsyncSession, actor: Actor, item_id: UUID, amount_minor: int | None, reason: str, *, today: date
) -> OpenItem:
    """The issuer gives up an amount, or all that is open. Raises `ItemSettled`, `ExceedsOpenItem`, `NotACredit` for a credit,
    which is not his to give up."""
    item = (await queries.lock_items(session, [item_id]))[item_id]
    require_open(item)
    if item.kind == ItemKind.CREDIT:
        raise NotACredit()
    amount = item.open_minor if amount_minor is None else amount_minor
    if amount > item.open_minor:
        raise exceeds(item)
    row = entry_row(item, EntryKind.WRITE_OFF, amount, today, reason=reason, person_id=actor.person_id)
    await queries.insert_entries(session, [row])
    cause = (CauseKind.PAYMENT, row["id"])
    await post(session, less_owed(FactKind.WRITTEN_OFF, cause, sides_of(item), amount, today))
    after = {"amount_minor": amount, "reason": reason}
    await audit.record(session, actor, "open_item.write_off", ENTITY, item.id, after=after)
    return await announce_settled(session, item.id)


async def apply_credit(
    session: AsyncSession, actor: Actor, credit_id: UUID, to_id: UUID, amount_minor: int | None, *, today: date
) -> OpenItem:
    """Set a credit off against an invoice to the same firm or a claim on it; as much as both allow where no amount is named. The
    books do not change: they say what is owed in all. Raises `NotFound`, `NotACredit`, `ItemSettled`, `ExceedsOpenItem`."""
    items = await queries.lock_items(session, [credit_id, to_id])
    if to_id not in items or items[to_id].issuer_id != actor.organization_id:
        raise NotFound()
    credit, invoice = items[credit_id], items[to_id]
    owed_by_both = (credit.kind == ItemKind.CREDIT) and (invoice.kind != ItemKind.CREDIT)
    if not owed_by_both or sides_of(credit) != sides_of(invoice):
        raise NotACredit()
    for item in (credit, invoice):
        require_open(item)
        if amount_minor is not None and amount_minor > item.open_minor:
            raise exceeds(item)
    amount = min(credit.open_minor, invoice.open_minor) if amount_minor is None else amount_minor
    await _set_off(session, credit, invoice, amount, today, actor.person_id)
    after = {"to": invoice.id, "amount_minor": amount}
    await audit.record(session, actor, "open_item.apply", ENTITY, credit.id, after=after)
    await announce_settled(session, invoice.id)
    found = await queries.item(session, credit.id)
    assert found is not None
    return found


async def set_off_notes(session: AsyncSession, invoice: OpenItem, day: date, person_id: UUID | None) -> OpenItem:
    """An invoice that was taken back is open again, since its payment was undone: what its credit notes left to the recipient
    for that payment is set off against it, before anybody is reminded. The invoice is locked; as it stands then."""
    notes = await invoicing.credit_notes_of(session, invoice.invoice_id)
    known = await queries.credits_of_notes(session, notes) if notes else []
    left = invoice.open_minor
    for credit in (await queries.lock_items(session, [one.id for one in known])).values():
        amount = min(left, credit.open_minor)
        if amount:
            await _set_off(session, credit, invoice, amount, day, person_id)
            left -= amount
    found = await queries.item(session, invoice.id)
    assert found is not None
    return found


async def _set_off(
    session: AsyncSession, credit: OpenItem, invoice: OpenItem, amount: int, day: date, person_id: UUID | None
) -> None:
    given = entry_row(credit, EntryKind.APPLIED, amount, day, reference=invoice.number, person_id=person_id)
    taken = entry_row(
        invoice, EntryKind.APPLIED, amount, day, reference=credit.number, with_id=given["id"], person_id=person_id
    )
    await queries.insert_entries(session, [given, taken])
