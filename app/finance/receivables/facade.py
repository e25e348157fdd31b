"""All that other rooms may call, each in the caller's own transaction. Call them while acting for either side of the invoice.

Whoever settles several invoices in one transaction does so in the order of their recipients: then nobody waits for somebody who
waits for him.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.einvoicing.totals import smallest_step
from app.finance.receivables import queries
from app.finance.receivables.errors import ClaimPaid, CreditUsed, ItemSettled
from app.finance.receivables.models import OpenItem
from app.finance.receivables.portal import ItemShown, aged, own_item_of, own_items, record
from app.finance.receivables.rules import Age, most_discount
from app.finance.receivables.states import ITEM_KIND_LABELS, ItemKind, ItemRole, Which
from app.finance.receivables.usecases.claims import ClaimRef, claims_of, open_claim, open_claims_of, withdraw_claim
from app.finance.receivables.usecases.course import ItemCourse, course_of
from app.finance.receivables.usecases.hold import hold_for_dispute, release_from_dispute
from app.finance.receivables.usecases.settle import Settled, settle
from app.finance.receivables.usecases.undo import unsettle

__all__ = [
    "ITEM_KIND_LABELS",
    "Age",
    "ClaimPaid",
    "ClaimRef",
    "CreditUsed",
    "ItemCourse",
    "ItemKind",
    "ItemRole",
    "ItemSettled",
    "ItemShown",
    "ItemToPay",
    "OpenItemRef",
    "PaidBy",
    "Settled",
    "Which",
    "aged",
    "claims_of",
    "course_of",
    "debtors",
    "hold_for_dispute",
    "item_at",
    "items_known_by",
    "items_of",
    "items_owing",
    "oldest_due",
    "open_claim",
    "open_claims_of",
    "open_item",
    "overdue_of",
    "own_item_of",
    "own_items",
    "payments_of",
    "record",
    "release_from_dispute",
    "settle",
    "unsettle",
    "withdraw_claim",
]


@dataclass(frozen=True, slots=True)
class OpenItemRef:
    """What is open of an invoice, in minor units; by its kind what is open of a claim, or a credit balance."""

    id: UUID
    kind: ItemKind
    invoice_id: UUID
    issuer_id: UUID
    recipient_id: UUID
    number: str
    currency: str
    issued_on: date
    due_on: date
    amount_minor: int
    open_minor: int
    hold: str | None


async def open_item(session: AsyncSession, invoice_id: UUID) -> OpenItemRef | None:
    """The item of an invoice; None where nothing was ever open of it."""
    row = await queries.item_of_invoice(session, invoice_id)
    return _ref(row) if row else None


async def item_at(session: AsyncSession, item_id: UUID) -> OpenItemRef | None:
    """An item of any kind by its id."""
    row = await queries.item(session, item_id)
    return _ref(row) if row else None


@dataclass(frozen=True, slots=True)
class ItemToPay:
    """An item as a payer's bank names it: `subject` is what the invoice is about; `early` are days with what is enough until
    each, less the discount."""

    reference: str
    invoice_id: UUID
    issuer_id: UUID
    subject: tuple[str, UUID]
    currency: str
    open_minor: int
    early: tuple[tuple[date, int], ...]


async def items_known_by(session: AsyncSession, references: Iterable[str]) -> list[ItemToPay]:
    """The items of invoices by their references. Only as the operator."""
    return await _to_pay(session, await queries.known_by(session, references))


async def items_owing(session: AsyncSession, amount_minor: int, currency: str, most: int) -> list[ItemToPay]:
    """The items of invoices of which just so much is open. Only as the operator."""
    return await _to_pay(session, await queries.owing(session, amount_minor, currency, most))


async def _to_pay(session: AsyncSession, rows: Sequence[OpenItem]) -> list[ItemToPay]:
    steps = await queries.discounts_of(session, [row.id for row in rows])
    found = []
    for row in rows:
        assert row.reference is not None
        by_day = [
            (one.until, most_discount(row.amount_minor, [one], one.until, smallest_step(row.currency)))
            for one in steps.get(row.id, [])
        ]
        early = tuple((until, row.open_minor - off) for until, off in by_day if off < row.open_minor)
        subject = (row.subject_kind, row.subject_id)
        found.append(
            ItemToPay(row.reference, row.invoice_id, row.issuer_id, subject, row.currency, row.open_minor, early)
        )
    return found


async def debtors(session: AsyncSession, issuer_id: UUID, today: date) -> list[UUID]:
    """Who has let invoices of an issuer become overdue, without those that are held. Call it while acting for the issuer."""
    return await queries.debtors(session, issuer_id, today)


async def overdue_of(
    session: AsyncSession, issuer_id: UUID, recipient_id: UUID, today: date, most: int
) -> list[OpenItemRef]:
    """What a debtor has let become overdue and is not held, the oldest first. Call it while acting for the issuer."""
    return [_ref(row) for row in await queries.overdue_of(session, issuer_id, recipient_id, today, most)]


async def oldest_due(session: AsyncSession, issuer_id: UUID, recipient_id: UUID, currency: str) -> date | None:
    """Since when the oldest of what is open and not held has been due."""
    return await queries.oldest_due(session, issuer_id, recipient_id, currency)


@dataclass(frozen=True, slots=True)
class PaidBy:
    """A payment that was settled under a name and stands."""

    invoice_id: UUID
    source_id: UUID
    amount_minor: int


async def items_of(session: AsyncSession, subject: tuple[str, UUID]) -> list[OpenItemRef]:
    """The items of all invoices about something, the oldest first."""
    return [_ref(row) for row in await queries.items_of_subject(session, subject)]


async def payments_of(session: AsyncSession, invoice_ids: Iterable[UUID], source_kind: str) -> list[PaidBy]:
    """What was settled of some invoices under names of a kind and was not undone, the oldest first."""
    return [PaidBy(*row) for row in await queries.payments_of_kind(session, invoice_ids, source_kind)]


def _ref(row: OpenItem) -> OpenItemRef:
    return OpenItemRef(
        id=row.id,
        kind=ItemKind(row.kind),
        invoice_id=row.invoice_id,
        issuer_id=row.issuer_id,
        recipient_id=row.recipient_id,
        number=row.number,
        currency=row.currency,
        issued_on=row.issued_on,
        due_on=row.due_on,
        amount_minor=row.amount_minor,
        open_minor=row.open_minor,
        hold=row.hold,
    )
