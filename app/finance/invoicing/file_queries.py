"""All the SQL on electronic forms of invoices."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from app.finance.invoicing.models import Invoice, InvoiceFile, InvoiceFiling
from app.finance.invoicing.states import FilesState, InvoiceForm


async def claim(session: AsyncSession, invoice_ids: Iterable[UUID], *, until: datetime) -> Sequence[InvoiceFiling]:
    """Those of some invoices that still wait for their forms, counted as tried, whoever's they are; `until` then another job
    takes them."""
    statement = (
        update(InvoiceFiling)
        .where(InvoiceFiling.invoice_id.in_(set(invoice_ids)), InvoiceFiling.state == FilesState.WAITING)
        .values(attempts=InvoiceFiling.attempts + 1, next_attempt_at=until)
        .returning(InvoiceFiling)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return sorted(await session.scalars(statement), key=lambda row: row.invoice_id)


async def overdue(session: AsyncSession, *, now: datetime, until: datetime, most: int) -> Sequence[UUID]:
    """Invoices that have waited for too long, oldest first, put off until then."""
    due = (
        select(InvoiceFiling.invoice_id)
        .where(InvoiceFiling.state == FilesState.WAITING, InvoiceFiling.next_attempt_at <= now)
        .order_by(InvoiceFiling.invoice_id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    statement = update(InvoiceFiling).where(InvoiceFiling.invoice_id.in_(due)).values(next_attempt_at=until)
    return sorted(await session.scalars(statement.returning(InvoiceFiling.invoice_id)))


async def put_off(session: AsyncSession, invoice_id: UUID, complaint: str, *, until: datetime) -> None:
    """Say what stood in the way, and when it is tried again."""
    await session.execute(
        update(InvoiceFiling)
        .where(InvoiceFiling.invoice_id == invoice_id, InvoiceFiling.state == FilesState.WAITING)
        .values(complaint=complaint, next_attempt_at=until)
    )


async def keep(
    session: AsyncSession,
    filing: InvoiceFiling,
    files: Mapping[InvoiceForm, tuple[bytes, bytes]],
    peppol: bool,
    now: datetime,
) -> bool:
    """Keep an invoice's forms, (content, digest) by form; False if another worker was quicker."""
    locked = select(InvoiceFiling.state).where(InvoiceFiling.invoice_id == filing.invoice_id).with_for_update()
    if await session.scalar(locked) != FilesState.WAITING:
        return False
    rows: list[dict[str, Any]] = [
        {
            "invoice_id": filing.invoice_id,
            "form": form.value,
            "issuer_id": filing.issuer_id,
            "recipient_id": filing.recipient_id,
            "sha256": digest,
            "size_bytes": len(content),
            "content": content,
        }
        for form, (content, digest) in files.items()
    ]
    await session.execute(insert(InvoiceFile), rows)
    await session.execute(
        update(InvoiceFiling)
        .where(InvoiceFiling.invoice_id == filing.invoice_id)
        .values(state=FilesState.READY, peppol=peppol, made_at=now, complaint=None)
    )
    return True


async def filing(session: AsyncSession, invoice_id: UUID) -> InvoiceFiling | None:
    """Whether an invoice has its forms; None for one that has none."""
    return await session.get(InvoiceFiling, invoice_id, populate_existing=True)


async def files(session: AsyncSession, invoice_id: UUID) -> Sequence[InvoiceFile]:
    """An invoice's forms, without their contents."""
    statement = select(InvoiceFile).where(InvoiceFile.invoice_id == invoice_id).order_by(InvoiceFile.form)
    return (await session.scalars(statement)).all()


async def file(session: AsyncSession, invoice_id: UUID, form: InvoiceForm) -> InvoiceFile | None:
    """One of them, with its content."""
    statement = select(InvoiceFile).where(InvoiceFile.invoice_id == invoice_id, InvoiceFile.form == form)
    return await session.scalar(statement.options(undefer(InvoiceFile.content)))


async def by_number(session: AsyncSession, number: str, *, most: int) -> Sequence[Invoice]:
    """Invoices of a number, whoever's, as far as they may be read: issuers number by themselves."""
    return (
        await session.scalars(select(Invoice).where(Invoice.number == number).order_by(Invoice.id).limit(most))
    ).all()


async def contents(session: AsyncSession, invoice_id: UUID) -> Sequence[InvoiceFile]:
    """An invoice's forms with their contents."""
    statement = select(InvoiceFile).where(InvoiceFile.invoice_id == invoice_id).order_by(InvoiceFile.form)
    return (await session.scalars(statement.options(undefer(InvoiceFile.content)))).all()
