"""All the SQL on the invoices over commission."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.commission.models import CommissionAgreement, CommissionInvoice, CommissionInvoiceLine
from app.finance.commission.monthly import Line
from app.finance.ledger.facade import CauseKind


async def in_turn(session: AsyncSession, supplier_id: UUID, currency: str) -> None:
    """Whoever invoices a supplier in a currency comes one after the other."""
    name = f"commission invoices {supplier_id} {currency}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 7))))


async def lines(session: AsyncSession, supplier_id: UUID, currency: str) -> list[Line]:
    """All that a supplier was charged and credited in a currency."""
    header, line = CommissionInvoice, CommissionInvoiceLine
    statement = (
        select(header, line)
        .join(line, line.commission_invoice_id == header.id)
        .where(header.supplier_id == supplier_id, header.currency == currency)
        .order_by(header.id, line.line)
    )
    return [
        Line(
            of=one.id,
            issuer_id=one.issuer_id,
            invoice_id=one.invoice_id,
            credits=one.credits_id,
            month=one.month,
            number=told.line,
            cause=(CauseKind(told.cause_kind), told.cause_id),
            amount_minor=told.amount_minor,
        )
        for one, told in await session.execute(statement)
    ]


async def next_number(session: AsyncSession, supplier_id: UUID, currency: str, month: date) -> int:
    """The number of a month's next invoice or credit note."""
    statement = select(func.coalesce(func.max(CommissionInvoice.number), 0) + 1).where(
        CommissionInvoice.supplier_id == supplier_id,
        CommissionInvoice.currency == currency,
        CommissionInvoice.month == month,
    )
    return int(await session.scalar(statement) or 1)


async def insert_invoice(session: AsyncSession, values: Mapping[str, Any], told: Sequence[Mapping[str, Any]]) -> None:
    """An invoice or credit note with what its lines are about."""
    await session.execute(insert(CommissionInvoice).values(**values))
    await session.execute(insert(CommissionInvoiceLine), list(told))


def invoices(supplier_id: UUID | None = None) -> Select[CommissionInvoice]:
    """All, or those of a supplier."""
    statement: Select[CommissionInvoice] = select(CommissionInvoice)
    return statement if supplier_id is None else statement.where(CommissionInvoice.supplier_id == supplier_id)


async def rates(session: AsyncSession, deals: Collection[tuple[str, UUID]]) -> dict[tuple[str, UUID], int]:
    """The rates that were frozen for some deals, in basis points."""
    statement = select(CommissionAgreement).where(CommissionAgreement.deal_id.in_({deal_id for _, deal_id in deals}))
    return {(row.deal_kind, row.deal_id): row.rate_bp for row in await session.scalars(statement)}
