"""A payment is put towards an open item: in full, in part, or less a discount that it was early enough for."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.einvoicing.totals import smallest_step
from app.finance.ledger.facade import CauseKind, FactKind, post
from app.finance.receivables import queries
from app.finance.receivables.errors import ExceedsOpenItem, ItemSettled
from app.finance.receivables.models import OpenItem, OpenItemEntry
from app.finance.receivables.posting import less_owed, more_owed
from app.finance.receivables.rules import Settling, settling
from app.finance.receivables.states import EntryKind, ItemKind
from app.finance.receivables.usecases.announcing import announce_settled
from app.finance.receivables.usecases.open_items import entry_row
from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.tenancy import acting_for
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.kit.locales import current_locale
from app.reference.facade import display_money

ENTITY = "open_item"
Source = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class Settled:
    """What a payment did: minor units put towards the invoice, deducted for early payment, left over as the recipient's credit,
    and still open."""

    open_item_id: UUID
    paid_minor: int
    discount_minor: int
    credit_minor: int
    open_minor: int


async def settle(
    session: AsyncSession,
    *,
    invoice_id: UUID,
    amount_minor: int,
    day: date,
    source: Source,
    reference: str | None = None,
) -> Settled:
    """Money has come for an invoice. It is never refused: what is more than open becomes a credit of the recipient.

    `source` names the payment: told again, it changes nothing, and told otherwise is a `ValueError`. Call it while acting for
    either side. Raises `NotFound` for an invoice of which nothing was ever open, and what the ledger refuses.
    """
    found = await queries.item_of_invoice(session, invoice_id)
    if found is None:
        raise NotFound()
    async with acting_for(session, found.issuer_id):
        item = (await queries.lock_items(session, [found.id]))[found.id]
        before = await queries.entry_of_source(session, item.id, EntryKind.PAYMENT, source)
        over = await queries.credit_of_source(session, invoice_id, source)
        if before is not None or over is not None:
            return await _told_again(session, item, before, over, amount_minor)
        if item.open_minor == 0:
            return await _leave_all(session, item, amount_minor, day, source)
        return await _pay(session, item, amount_minor, day, source=source, reference=reference)


async def record_payment(
    session: AsyncSession, actor: Actor, item_id: UUID, amount_minor: int, day: date, reference: str | None
) -> OpenItem:
    """The issuer has been paid outside the house; of a credit, he has paid it back. Raises `ExceedsOpenItem`, `ItemSettled`:
    what is typed is looked at twice, so nothing is left over."""
    item = (await queries.lock_items(session, [item_id]))[item_id]
    require_open(item)
    if amount_minor > item.open_minor:
        raise exceeds(item)
    if item.kind == ItemKind.CREDIT:
        await _pay_back(session, actor, item, amount_minor, day, reference)
    else:
        await _pay(session, item, amount_minor, day, reference=reference, person_id=actor.person_id)
    after = {"amount_minor": amount_minor, "occurred_on": day, "reference": reference}
    await audit.record(session, actor, "open_item.payment", ENTITY, item.id, after=after)
    found = await queries.item(session, item_id)
    assert found is not None
    return found


def require_open(item: OpenItem) -> None:
    """Raises `ItemSettled` unless something is open."""
    if item.open_minor == 0:
        raise ItemSettled(number=item.number)


def exceeds(item: OpenItem) -> ExceedsOpenItem:
    """The refusal that says what is open."""
    text = display_money(item.open_minor, item.currency, current_locale())
    return ExceedsOpenItem(open=text, number=item.number, open_minor=item.open_minor, currency=item.currency)


async def reckoned(session: AsyncSession, item: OpenItem, amount_minor: int, day: date) -> Settling:
    """What a payment does to an item that is locked."""
    entries = await queries.entries_of(session, item.id)
    undone = {entry.reverses_id for entry in entries}
    standing = [entry for entry in entries if entry.kind != EntryKind.UNDONE and entry.id not in undone]
    steps = (await queries.discounts_of(session, [item.id])).get(item.id, [])
    taken_back = sum(entry.amount_minor for entry in standing if entry.kind == EntryKind.CREDIT_NOTE)
    days = [day, *(entry.occurred_on for entry in standing if entry.kind == EntryKind.PAYMENT)]
    base = item.amount_minor - taken_back
    return settling(item.open_minor, base, steps, amount_minor, days, smallest_step(item.currency))


async def _pay(
    session: AsyncSession,
    item: OpenItem,
    amount_minor: int,
    day: date,
    *,
    source: Source | None = None,
    reference: str | None = None,
    person_id: UUID | None = None,
) -> Settled:
    done = await reckoned(session, item, amount_minor, day)
    paid = entry_row(
        item, EntryKind.PAYMENT, done.paid_minor, day, source=source, person_id=person_id, reference=reference
    )
    rows, cause = [paid], (CauseKind.PAYMENT, paid["id"])
    kind = FactKind.LATE_PAYMENT_PAID if item.kind == ItemKind.CLAIM else FactKind.SETTLED
    facts = [less_owed(kind, cause, sides_of(item), amount_minor, day)]
    if done.discount_minor:
        rows.append(entry_row(item, EntryKind.DISCOUNT, done.discount_minor, day, with_id=paid["id"]))
        facts.append(less_owed(FactKind.DISCOUNTED, cause, sides_of(item), done.discount_minor, day))
    await queries.insert_entries(session, rows)
    if done.over_minor:
        await queries.insert_items(session, [_credit(item, done.over_minor, day, source)])
    await post(session, *facts)
    now = await announce_settled(session, item.id)
    return Settled(item.id, done.paid_minor, done.discount_minor, done.over_minor, now.open_minor)


async def _leave_all(session: AsyncSession, item: OpenItem, amount_minor: int, day: date, source: Source) -> Settled:
    """An invoice of which nothing is open was paid once more: all of it is a credit."""
    credit = _credit(item, amount_minor, day, source)
    await queries.insert_items(session, [credit])
    await post(
        session, less_owed(FactKind.SETTLED, (CauseKind.OPEN_ITEM, credit["id"]), sides_of(item), amount_minor, day)
    )
    return Settled(item.id, 0, 0, amount_minor, 0)


async def _told_again(
    session: AsyncSession, item: OpenItem, before: OpenItemEntry | None, over: OpenItem | None, amount_minor: int
) -> Settled:
    paid = before.amount_minor if before else 0
    left_over = over.amount_minor if over else 0
    if paid + left_over != amount_minor:
        raise ValueError(f"a payment of invoice {item.number} was told before, and otherwise")
    entries = await queries.entries_of(session, item.id)
    discount = sum(entry.amount_minor for entry in entries if before is not None and entry.with_id == before.id)
    return Settled(item.id, paid, discount, left_over, item.open_minor)


def _credit(item: OpenItem, amount_minor: int, day: date, source: Source | None) -> dict[str, Any]:
    """What the recipient has paid too much."""
    assert source is not None, "what is recorded by hand is never more than is open"
    return {
        "id": new_id(),
        "issuer_id": item.issuer_id,
        "recipient_id": item.recipient_id,
        "kind": ItemKind.CREDIT,
        "invoice_id": item.invoice_id,
        "source_kind": source[0],
        "source_id": source[1],
        "number": item.number,
        "currency": item.currency,
        "issued_on": day,
        "due_on": day,
        "amount_minor": amount_minor,
        "subject_kind": item.subject_kind,
        "subject_id": item.subject_id,
    }


async def _pay_back(
    session: AsyncSession, actor: Actor, item: OpenItem, amount_minor: int, day: date, reference: str | None
) -> None:
    row = entry_row(item, EntryKind.PAID_BACK, amount_minor, day, person_id=actor.person_id, reference=reference)
    await queries.insert_entries(session, [row])
    cause = (CauseKind.PAYMENT, row["id"])
    await post(session, more_owed(FactKind.PAID_BACK, cause, sides_of(item), amount_minor, day))


def sides_of(item: OpenItem) -> tuple[UUID, UUID, str]:
    """For whose accounts something is posted."""
    return item.issuer_id, item.recipient_id, item.currency
