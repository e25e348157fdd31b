"""A claim for late payment is an item of its own beside its invoice's: opened, paid, set off and written off as invoices are, or
withdrawn. What it is over is reckoned by whoever opens it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger.facade import CauseKind, FactKind, post
from app.finance.receivables import queries
from app.finance.receivables.errors import ClaimPaid
from app.finance.receivables.models import OpenItem
from app.finance.receivables.posting import less_owed, more_owed
from app.finance.receivables.states import EntryKind, ItemKind
from app.finance.receivables.usecases.open_items import entry_row
from app.finance.receivables.usecases.settle import require_open, sides_of
from app.kit.errors import NotFound
from app.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class ClaimRef:
    """A claim for late payment of an invoice, as its item stands. Minor units."""

    id: UUID
    invoice_id: UUID
    number: str
    currency: str
    claimed_on: date
    amount_minor: int
    open_minor: int
    withdrawn: bool


async def open_claim(session: AsyncSession, item_id: UUID, amount_minor: int, day: date) -> UUID:
    """The recipient of an invoice owes damages for having paid it late: due at once, and told to the books. Call it while acting
    for the issuer, with the invoice's item locked; the database refuses a second one that is open."""
    of_invoice = await queries.item(session, item_id)
    assert of_invoice is not None and of_invoice.kind == ItemKind.INVOICE
    claim_id = new_id()
    row = {
        "id": claim_id,
        "issuer_id": of_invoice.issuer_id,
        "recipient_id": of_invoice.recipient_id,
        "kind": ItemKind.CLAIM,
        "invoice_id": of_invoice.invoice_id,
        "number": of_invoice.number,
        "currency": of_invoice.currency,
        "issued_on": day,
        "due_on": day,
        "amount_minor": amount_minor,
        "subject_kind": of_invoice.subject_kind,
        "subject_id": of_invoice.subject_id,
    }
    await queries.insert_items(session, [row])
    cause = (CauseKind.OPEN_ITEM, claim_id)
    fact = more_owed(FactKind.LATE_PAYMENT_CLAIMED, cause, sides_of(of_invoice), amount_minor, day)
    await post(session, fact)
    return claim_id


async def withdraw_claim(session: AsyncSession, claim_id: UUID, reason: str, day: date, person_id: UUID | None) -> None:
    """The issuer does not hold on to a claim; the recipient reads why. Call it while acting for the issuer. Raises `NotFound`,
    `ItemSettled`, and `ClaimPaid` when something of it was paid or set off."""
    claim = (await queries.lock_items(session, [claim_id])).get(claim_id)
    if claim is None or claim.kind != ItemKind.CLAIM:
        raise NotFound()
    require_open(claim)
    entries = await queries.entries_of(session, claim_id)
    undone = {one.reverses_id for one in entries}
    if any(one.kind in (EntryKind.PAYMENT, EntryKind.APPLIED) and one.id not in undone for one in entries):
        raise ClaimPaid()
    left = claim.open_minor
    row = entry_row(claim, EntryKind.WITHDRAWN, left, day, reason=reason, person_id=person_id)
    await queries.insert_entries(session, [row])
    cause = (CauseKind.OPEN_ITEM, claim_id)
    await post(session, less_owed(FactKind.LATE_PAYMENT_WITHDRAWN, cause, sides_of(claim), left, day))


async def claims_of(session: AsyncSession, claim_ids: Iterable[UUID]) -> dict[UUID, ClaimRef]:
    """Claims as their items stand now, for both sides."""
    rows = await queries.items(session, claim_ids)
    return {one.id: one for one in await refs(session, list(rows.values()))}


async def open_claims_of(session: AsyncSession, invoice_ids: Iterable[UUID]) -> dict[UUID, ClaimRef]:
    """What is open of claims for late payment, by the invoices that were paid late."""
    return {row.invoice_id: _ref(row, withdrawn=False) for row in await queries.open_claims(session, invoice_ids)}


async def refs(session: AsyncSession, rows: Sequence[OpenItem]) -> list[ClaimRef]:
    """Claims with what became of them."""
    withdrawn = await queries.taken_back(session, [row.id for row in rows])
    return [_ref(row, withdrawn=row.id in withdrawn) for row in rows]


def _ref(row: OpenItem, *, withdrawn: bool) -> ClaimRef:
    return ClaimRef(
        id=row.id,
        invoice_id=row.invoice_id,
        number=row.number,
        currency=row.currency,
        claimed_on=row.issued_on,
        amount_minor=row.amount_minor,
        open_minor=row.open_minor,
        withdrawn=withdrawn,
    )
