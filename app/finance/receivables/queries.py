"""All the SQL on open items, locks included."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.finance.receivables.models import OpenItem, OpenItemDiscount, OpenItemEntry
from app.finance.receivables.rules import Step
from app.finance.receivables.states import EntryKind, ItemKind, ItemRole, Which

# What is left by partner, currency and age; credits stand apart, for nobody knows yet what they are put towards.
_AGEING = text("""
SELECT partner_id, currency,
    coalesce(sum(left_minor) FILTER (WHERE kind <> 'credit' AND days <= 0), 0) AS current_minor,
    coalesce(sum(left_minor) FILTER (WHERE kind <> 'credit' AND days BETWEEN 1 AND 30), 0) AS to_30_minor,
    coalesce(sum(left_minor) FILTER (WHERE kind <> 'credit' AND days BETWEEN 31 AND 60), 0) AS to_60_minor,
    coalesce(sum(left_minor) FILTER (WHERE kind <> 'credit' AND days BETWEEN 61 AND 90), 0) AS to_90_minor,
    coalesce(sum(left_minor) FILTER (WHERE kind <> 'credit' AND days > 90), 0) AS over_90_minor,
    coalesce(sum(left_minor) FILTER (WHERE kind = 'credit'), 0) AS credit_minor,
    count(*) FILTER (WHERE kind = 'invoice') AS invoices
FROM (
    SELECT CASE WHEN :issued THEN recipient_id ELSE issuer_id END AS partner_id, currency, kind,
        amount_minor - settled_minor AS left_minor, CAST(:today AS date) - due_on AS days
    FROM open_items
    WHERE closed_on IS NULL AND CASE WHEN :issued THEN issuer_id ELSE recipient_id END = :organization
) AS open
WHERE (CAST(:partner AS uuid) IS NULL OR partner_id = :partner)
  AND (CAST(:after AS uuid) IS NULL OR (partner_id, currency) > (CAST(:after AS uuid), :after_currency))
GROUP BY partner_id, currency ORDER BY partner_id, currency LIMIT :most
""").bindparams(bindparam("organization", type_=Uuid), bindparam("partner", type_=Uuid), bindparam("after", type_=Uuid))


@dataclass(frozen=True, slots=True)
class Aged:
    """What is open with a partner in a currency, by age. Minor units."""

    partner_id: UUID
    currency: str
    current_minor: int
    to_30_minor: int
    to_60_minor: int
    to_90_minor: int
    over_90_minor: int
    credit_minor: int
    invoices: int


async def item(session: AsyncSession, item_id: UUID) -> OpenItem | None:
    """One that the organization acted for issued or received."""
    statement = select(OpenItem).where(OpenItem.id == item_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def item_of_invoice(session: AsyncSession, invoice_id: UUID) -> OpenItem | None:
    """What is open of an invoice, for its two sides."""
    statement = select(OpenItem).where(OpenItem.invoice_id == invoice_id, OpenItem.kind == ItemKind.INVOICE)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def known_by(session: AsyncSession, references: Iterable[str]) -> Sequence[OpenItem]:
    """Items of invoices by what payers were asked to name; only as the operator."""
    statement = select(OpenItem).where(OpenItem.reference.in_(set(references)), OpenItem.kind == ItemKind.INVOICE)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def owing(session: AsyncSession, amount_minor: int, currency: str, most: int) -> Sequence[OpenItem]:
    """Items of invoices of which just so much is open, the newest first; only as the operator."""
    statement = select(OpenItem).where(
        OpenItem.closed_on.is_(None),
        OpenItem.kind == ItemKind.INVOICE,
        OpenItem.currency == currency,
        OpenItem.amount_minor - OpenItem.settled_minor == amount_minor,
        OpenItem.reference.is_not(None),
    )
    return (await session.scalars(statement.order_by(OpenItem.id.desc()).limit(most))).all()


async def items_of_subject(session: AsyncSession, subject: tuple[str, UUID]) -> Sequence[OpenItem]:
    """What is open of all invoices about something, the oldest first."""
    statement = select(OpenItem).where(
        OpenItem.kind == ItemKind.INVOICE, OpenItem.subject_kind == subject[0], OpenItem.subject_id == subject[1]
    )
    statement = statement.order_by(OpenItem.issued_on, OpenItem.id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def payments_of_kind(
    session: AsyncSession, invoice_ids: Iterable[UUID], source_kind: str
) -> list[tuple[UUID, UUID, int]]:
    """(invoice, source, amount) of payments that stand, the oldest first."""
    undone = aliased(OpenItemEntry)
    statement = (
        select(OpenItem.invoice_id, OpenItemEntry.source_id, OpenItemEntry.amount_minor)
        .join(OpenItem, OpenItem.id == OpenItemEntry.item_id)
        .where(
            OpenItem.invoice_id.in_(set(invoice_ids)),
            OpenItemEntry.kind == EntryKind.PAYMENT,
            OpenItemEntry.source_kind == source_kind,
            ~exists().where(undone.reverses_id == OpenItemEntry.id),
        )
    )
    rows = await session.execute(statement.order_by(OpenItemEntry.created_at, OpenItemEntry.id))
    return [(row[0], row[1], row[2]) for row in rows if row[1] is not None]


async def lock_items(session: AsyncSession, item_ids: Iterable[UUID]) -> dict[UUID, OpenItem]:
    """The issuer's own of them, locked in the order of their ids."""
    statement = select(OpenItem).where(OpenItem.id.in_(set(item_ids))).order_by(OpenItem.id).with_for_update()
    rows = await session.scalars(statement.execution_options(populate_existing=True))
    return {row.id: row for row in rows}


async def insert_items(
    session: AsyncSession, rows: Sequence[Mapping[str, Any]], discounts: Sequence[Mapping[str, Any]] = ()
) -> None:
    """New items, with what may be deducted from them."""
    if rows:
        await session.execute(insert(OpenItem), list(rows))
    if discounts:
        await session.execute(insert(OpenItemDiscount), list(discounts))


async def insert_entries(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """What happened to items; triggers number the entries and write down what is settled."""
    for row in rows:
        await session.execute(insert(OpenItemEntry).values(**row))


async def entries_of(session: AsyncSession, item_id: UUID) -> Sequence[OpenItemEntry]:
    """All that happened to an item, in order."""
    statement = select(OpenItemEntry).where(OpenItemEntry.item_id == item_id).order_by(OpenItemEntry.position)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def entry_of_source(
    session: AsyncSession, item_id: UUID, kind: EntryKind, source: tuple[str, UUID]
) -> OpenItemEntry | None:
    """The entry by which something was recorded."""
    statement = select(OpenItemEntry).where(
        OpenItemEntry.item_id == item_id,
        OpenItemEntry.kind == kind,
        OpenItemEntry.source_kind == source[0],
        OpenItemEntry.source_id == source[1],
    )
    return await session.scalar(statement)


async def credit_of_source(session: AsyncSession, invoice_id: UUID, source: tuple[str, UUID]) -> OpenItem | None:
    """What of a payment of an invoice was too much."""
    statement = select(OpenItem).where(
        OpenItem.invoice_id == invoice_id,
        OpenItem.kind == ItemKind.CREDIT,
        OpenItem.source_kind == source[0],
        OpenItem.source_id == source[1],
    )
    return await session.scalar(statement.execution_options(populate_existing=True))


async def claims_of_invoice(session: AsyncSession, invoice_id: UUID) -> Sequence[OpenItem]:
    """What was claimed for late payment of an invoice, the oldest first."""
    statement = select(OpenItem).where(OpenItem.invoice_id == invoice_id, OpenItem.kind == ItemKind.CLAIM)
    statement = statement.order_by(OpenItem.id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def open_claims(session: AsyncSession, invoice_ids: Iterable[UUID]) -> Sequence[OpenItem]:
    """Of some invoices what is open of claims for late payment."""
    statement = select(OpenItem).where(
        OpenItem.invoice_id.in_(set(invoice_ids)), OpenItem.kind == ItemKind.CLAIM, OpenItem.closed_on.is_(None)
    )
    return (await session.scalars(statement.order_by(OpenItem.id))).all()


async def items(session: AsyncSession, item_ids: Iterable[UUID]) -> dict[UUID, OpenItem]:
    """Some that the organization acted for issued or received."""
    statement = select(OpenItem).where(OpenItem.id.in_(set(item_ids)))
    rows = await session.scalars(statement.execution_options(populate_existing=True))
    return {row.id: row for row in rows}


async def taken_back(session: AsyncSession, item_ids: Iterable[UUID]) -> set[UUID]:
    """Which of some claims their issuer has withdrawn."""
    statement = select(OpenItemEntry.item_id).where(
        OpenItemEntry.item_id.in_(set(item_ids)), OpenItemEntry.kind == EntryKind.WITHDRAWN
    )
    return set(await session.scalars(statement))


async def credits_of_notes(session: AsyncSession, note_ids: Iterable[UUID]) -> Sequence[OpenItem]:
    """What credit notes left to their recipient and is not used, the oldest first."""
    statement = select(OpenItem).where(
        OpenItem.invoice_id.in_(set(note_ids)),
        OpenItem.kind == ItemKind.CREDIT,
        OpenItem.source_id.is_(None),
        OpenItem.settled_minor < OpenItem.amount_minor,
    )
    return (await session.scalars(statement.order_by(OpenItem.id))).all()


async def discounts_of(session: AsyncSession, item_ids: Iterable[UUID]) -> dict[UUID, list[Step]]:
    """What may be deducted from items, the first day first."""
    statement = select(OpenItemDiscount).where(OpenItemDiscount.item_id.in_(set(item_ids)))
    found: dict[UUID, list[Step]] = {}
    for row in await session.scalars(statement.order_by(OpenItemDiscount.item_id, OpenItemDiscount.until_on)):
        found.setdefault(row.item_id, []).append(Step(row.until_on, row.rate_bp))
    return found


def items_of(
    organization_id: UUID,
    *,
    today: date,
    which: Which = Which.OPEN,
    role: ItemRole | None = None,
    kind: ItemKind | None = None,
    partner_id: UUID | None = None,
    currency: str | None = None,
    due_until: date | None = None,
) -> Select[OpenItem]:
    """The items that an organization issued or received."""
    issued, received = OpenItem.issuer_id == organization_id, OpenItem.recipient_id == organization_id
    whose = {ItemRole.ISSUED: issued, ItemRole.RECEIVED: received, None: or_(issued, received)}
    statement = select(OpenItem).where(whose[role])
    if which is Which.SETTLED:
        statement = statement.where(OpenItem.closed_on.is_not(None))
    elif which is not Which.ALL:
        statement = statement.where(OpenItem.closed_on.is_(None))
    if which is Which.DUE:
        statement = statement.where(OpenItem.kind != ItemKind.CREDIT, OpenItem.due_on <= (due_until or today))
    if which is Which.OVERDUE:
        statement = statement.where(OpenItem.kind != ItemKind.CREDIT, OpenItem.due_on < today)
    if partner_id is not None:
        statement = statement.where(or_(OpenItem.issuer_id == partner_id, OpenItem.recipient_id == partner_id))
    for column, value in ((OpenItem.kind, kind), (OpenItem.currency, currency)):
        if value is not None:
            statement = statement.where(column == value)
    return statement if due_until is None else statement.where(OpenItem.due_on <= due_until)


async def ageing(
    session: AsyncSession,
    organization_id: UUID,
    role: ItemRole,
    *,
    today: date,
    partner_id: UUID | None,
    after: tuple[UUID, str] | None,
    most: int,
) -> list[Aged]:
    """What is open with each partner in each currency, by age: one statement over what is open."""
    values = {
        "issued": role is ItemRole.ISSUED,
        "organization": organization_id,
        "today": today,
        "partner": partner_id,
        "after": after[0] if after else None,
        "after_currency": after[1] if after else "",
        "most": most,
    }
    return [Aged(*row) for row in await session.execute(_AGEING, values)]


def _overdue(issuer_id: UUID, today: date) -> Select[OpenItem]:
    return select(OpenItem).where(
        OpenItem.issuer_id == issuer_id,
        OpenItem.kind == ItemKind.INVOICE,
        OpenItem.closed_on.is_(None),
        OpenItem.hold.is_(None),
        OpenItem.due_on < today,
    )


async def debtors(session: AsyncSession, issuer_id: UUID, today: date) -> list[UUID]:
    """Who has let invoices of an issuer become overdue, of those that nobody holds back."""
    statement = _overdue(issuer_id, today).with_only_columns(OpenItem.recipient_id).distinct()
    return list(await session.scalars(statement.order_by(OpenItem.recipient_id)))


async def overdue_of(
    session: AsyncSession, issuer_id: UUID, recipient_id: UUID, today: date, most: int
) -> Sequence[OpenItem]:
    """What one debtor has let become overdue, the oldest first."""
    statement = _overdue(issuer_id, today).where(OpenItem.recipient_id == recipient_id)
    return (await session.scalars(statement.order_by(OpenItem.due_on, OpenItem.id).limit(most))).all()


async def oldest_due(session: AsyncSession, issuer_id: UUID, recipient_id: UUID, currency: str) -> date | None:
    """The first day on which something was due that is open still and nobody disputes."""
    return await session.scalar(
        select(func.min(OpenItem.due_on)).where(
            OpenItem.issuer_id == issuer_id,
            OpenItem.recipient_id == recipient_id,
            OpenItem.currency == currency,
            OpenItem.kind == ItemKind.INVOICE,
            OpenItem.closed_on.is_(None),
            OpenItem.hold.is_(None),
        )
    )
