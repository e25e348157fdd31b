"""Open an item for what is issued, and let credit notes make it smaller: in the issue's own transaction."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.invoicing.facade import InvoiceKind, JustIssued, invoice_reference
from app.finance.ledger.facade import CauseKind, FactKind, Posting, post
from app.finance.receivables import queries
from app.finance.receivables.models import OpenItem
from app.finance.receivables.posting import less_owed, more_owed
from app.finance.receivables.states import EntryKind, ItemKind
from app.finance.receivables.usecases.announcing import announce_settled
from app.kit.ids import new_id

INVOICE = "invoice"


async def follow_invoices(session: AsyncSession, issued: Sequence[JustIssued]) -> None:
    """What asks for payment is open from now on; what takes back is set off against it."""
    facts = []
    asking = [one for one in issued if one.kind in (InvoiceKind.INVOICE, InvoiceKind.PREPAYMENT)]
    # In the order of the recipients, so that two who issue for them at once do not wait for each other.
    asking = sorted((one for one in asking if one.payable_minor > 0), key=lambda one: one.recipient_id)
    rows = [_item(one, ItemKind.INVOICE, one.id, one.payable_minor) for one in asking]
    discounts = [
        {
            "item_id": row["id"],
            "issuer_id": one.issuer_id,
            "recipient_id": one.recipient_id,
            "until_on": step.until,
            "rate_bp": step.rate_bp,
        }
        for row, one in zip(rows, asking, strict=True)
        for step in one.discounts
    ]
    await queries.insert_items(session, rows, discounts)
    for one in asking:
        cause = (CauseKind.INVOICE, one.id)
        facts.append(more_owed(FactKind.INVOICED, cause, _sides(one), one.payable_minor, one.issued_on))
    for one in issued:
        if one.kind is InvoiceKind.CREDIT_NOTE:
            facts += await _take_back(session, one)
    await post(session, *facts)


async def _take_back(session: AsyncSession, note: JustIssued) -> list[Posting]:
    """Set a credit note off against its invoice. What is not open there any more is a credit of the recipient; what was given
    back already is neither."""
    assert note.preceding_id is not None
    if not note.payable_minor:
        return []
    found = await queries.item_of_invoice(session, note.preceding_id)
    item = (await queries.lock_items(session, [found.id]))[found.id] if found else None
    taken = min(item.open_minor, note.payable_minor) if item else 0
    if item is not None and taken:
        entry = entry_row(
            item, EntryKind.CREDIT_NOTE, taken, note.issued_on, source=(INVOICE, note.id), person_id=note.created_by
        )
        await queries.insert_entries(session, [entry | {"reference": note.number}])
        await announce_settled(session, item.id)
    if note.payable_minor > taken:
        rest = _item(note, ItemKind.CREDIT, note.id, note.payable_minor - taken)
        await queries.insert_items(session, [rest])
    cause = (CauseKind.INVOICE, note.id)
    return [less_owed(FactKind.CREDITED, cause, _sides(note), note.payable_minor, note.issued_on)]


def _sides(one: JustIssued) -> tuple[UUID, UUID, str]:
    return one.issuer_id, one.recipient_id, one.currency


def _item(one: JustIssued, kind: ItemKind, invoice_id: UUID, amount_minor: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "issuer_id": one.issuer_id,
        "recipient_id": one.recipient_id,
        "kind": kind,
        "invoice_id": invoice_id,
        "reference": invoice_reference(one.id) if kind is ItemKind.INVOICE else None,
        "number": one.number,
        "currency": one.currency,
        "issued_on": one.issued_on,
        "due_on": one.due_on or one.issued_on,
        "amount_minor": amount_minor,
        "subject_kind": one.subject_kind,
        "subject_id": one.subject_id,
    }


def entry_row(
    item: OpenItem,
    kind: EntryKind,
    amount_minor: int,
    day: date,
    *,
    source: tuple[str, UUID] | None = None,
    person_id: UUID | None = None,
    **more: Any,
) -> dict[str, Any]:
    """An entry of an item; its position is the database's to give."""
    return {
        "id": new_id(),
        "item_id": item.id,
        "issuer_id": item.issuer_id,
        "recipient_id": item.recipient_id,
        "position": 0,
        "kind": kind,
        "amount_minor": amount_minor,
        "occurred_on": day,
        "source_kind": source[0] if source else None,
        "source_id": source[1] if source else None,
        "person_id": person_id,
        **more,
    }
