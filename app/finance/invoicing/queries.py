"""All the SQL on invoices, their series and the rates of tax, locks included."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.invoicing.drafts import Charged
from app.finance.invoicing.models import (
    Invoice,
    InvoiceDeduction,
    InvoiceFiling,
    InvoiceIssuer,
    InvoiceSeries,
    InvoiceSubject,
    TaxRate,
)
from app.finance.invoicing.states import InvoiceKind, InvoiceRole, InvoiceState


async def issuer(session: AsyncSession, organization_id: UUID) -> InvoiceIssuer | None:
    """What the organization acted for tells of itself for invoices."""
    statement = select(InvoiceIssuer).where(InvoiceIssuer.organization_id == organization_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def lock_issuer(session: AsyncSession, organization_id: UUID) -> InvoiceIssuer | None:
    """The same, locked."""
    statement = select(InvoiceIssuer).where(InvoiceIssuer.organization_id == organization_id).with_for_update()
    return await session.scalar(statement.execution_options(populate_existing=True))


async def insert_issuer(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """The first details of an organization; False if a colleague was quicker."""
    statement = insert(InvoiceIssuer).values(**values).on_conflict_do_nothing(index_elements=["organization_id"])
    return await session.scalar(statement.returning(InvoiceIssuer.organization_id)) is not None


async def draw_numbers(session: AsyncSession, issuer_id: UUID, code: str, count: int) -> int:
    """The first of `count` numbers of a series. Its row stays locked until the transaction ends: call it late."""
    statement = insert(InvoiceSeries).values(issuer_id=issuer_id, code=code, next_number=1 + count)
    statement = statement.on_conflict_do_update(
        index_elements=["issuer_id", "code"], set_={"next_number": InvoiceSeries.next_number + count}
    )
    following = (await session.execute(statement.returning(InvoiceSeries.next_number))).scalar_one()
    return int(following) - count


async def insert_invoices(
    session: AsyncSession, rows: Sequence[Mapping[str, Any]], subjects: Sequence[Mapping[str, Any]]
) -> set[tuple[str, UUID, str]]:
    """Insert invoices, and what they charge for: (kind, id, part) of that; what another invoice charges for is left out."""
    await session.execute(insert(Invoice), list(rows))
    if not subjects:
        return set()
    statement = insert(InvoiceSubject).on_conflict_do_nothing(
        index_elements=["issuer_id", "kind", "subject_id", "part"], index_where=text("stands")
    )
    columns = (InvoiceSubject.kind, InvoiceSubject.subject_id, InvoiceSubject.part)
    done = await session.execute(statement.returning(*columns), list(subjects))
    return {(kind, subject_id, part) for kind, subject_id, part in done}


async def standing(
    session: AsyncSession, issuer_id: UUID, charged: Iterable[Charged]
) -> dict[tuple[str, UUID, str], Invoice]:
    """The invoices by which an issuer charges for something now, by that."""
    wanted = {(one.kind, one.id, one.part) for one in charged}
    statement = (
        select(InvoiceSubject, Invoice)
        .join(Invoice, Invoice.id == InvoiceSubject.invoice_id)
        .where(
            InvoiceSubject.issuer_id == issuer_id,
            InvoiceSubject.subject_id.in_({subject_id for _, subject_id, _ in wanted}),
            InvoiceSubject.stands,
        )
    )
    found = {(row.kind, row.subject_id, row.part): invoice for row, invoice in await session.execute(statement)}
    return {key: invoice for key, invoice in found.items() if key in wanted}


async def invoice(session: AsyncSession, invoice_id: UUID) -> Invoice | None:
    """One that the acting organization issued or received."""
    statement = select(Invoice).where(Invoice.id == invoice_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def invoices(session: AsyncSession, invoice_ids: Iterable[UUID]) -> dict[UUID, Invoice]:
    """Those of them that the acting organization issued or received, by id."""
    statement = select(Invoice).where(Invoice.id.in_(set(invoice_ids)))
    return {row.id: row for row in await session.scalars(statement)}


async def credit_notes_of(session: AsyncSession, invoice_id: UUID) -> Sequence[Invoice]:
    """The credit notes of an invoice, oldest first."""
    statement = select(Invoice).where(Invoice.preceding_id == invoice_id).order_by(Invoice.id)
    return (await session.scalars(statement)).all()


async def credit_notes_by_invoice(session: AsyncSession, invoice_ids: Iterable[UUID]) -> dict[UUID, list[Invoice]]:
    """The credit notes of some invoices, oldest first, by invoice."""
    statement = select(Invoice).where(Invoice.preceding_id.in_(set(invoice_ids))).order_by(Invoice.id)
    found: dict[UUID, list[Invoice]] = {}
    for row in await session.scalars(statement):
        if row.preceding_id is not None:
            found.setdefault(row.preceding_id, []).append(row)
    return found


async def insert_deductions(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """What final invoices deduct. The database refuses what was deducted or taken back meanwhile."""
    if rows:
        await session.execute(insert(InvoiceDeduction), list(rows))


async def insert_filings(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """That invoices are to get their electronic forms."""
    await session.execute(insert(InvoiceFiling), list(rows))


async def deductions_of(session: AsyncSession, invoice_id: UUID) -> Sequence[tuple[InvoiceDeduction, Invoice]]:
    """What a final invoice deducts, oldest first."""
    statement = (
        select(InvoiceDeduction, Invoice)
        .join(Invoice, Invoice.id == InvoiceDeduction.deducted_id)
        .where(InvoiceDeduction.invoice_id == invoice_id)
        .order_by(Invoice.id)
    )
    return [(row, deducted) for row, deducted in await session.execute(statement)]


async def deducted_by(session: AsyncSession, invoice_id: UUID) -> Invoice | None:
    """The final invoice that stands and deducts this one."""
    statement = (
        select(Invoice)
        .join(InvoiceDeduction, InvoiceDeduction.invoice_id == Invoice.id)
        .where(InvoiceDeduction.deducted_id == invoice_id, Invoice.state == InvoiceState.ISSUED)
    )
    return await session.scalar(statement)


def invoices_of(
    organization_id: UUID,
    *,
    role: InvoiceRole | None = None,
    state: InvoiceState | None = None,
    kind: InvoiceKind | None = None,
    currency: str | None = None,
    issued_from: date | None = None,
    issued_until: date | None = None,
    of_subject: UUID | None = None,
) -> Select[Invoice]:
    """The invoices that an organization issued or received."""
    issued, received = Invoice.issuer_id == organization_id, Invoice.recipient_id == organization_id
    whose = {InvoiceRole.ISSUED: issued, InvoiceRole.RECEIVED: received, None: or_(issued, received)}
    statement = select(Invoice).where(whose[role])
    for column, value in ((Invoice.state, state), (Invoice.kind, kind), (Invoice.currency, currency)):
        if value is not None:
            statement = statement.where(column == value)
    if of_subject is not None:
        charged = select(InvoiceSubject.invoice_id).where(InvoiceSubject.subject_id == of_subject)
        taken_back = select(Invoice.id).where(Invoice.preceding_id.in_(charged))
        statement = statement.where(
            or_(Invoice.subject_id == of_subject, Invoice.id.in_(charged), Invoice.id.in_(taken_back))
        )
    if issued_from is not None:
        statement = statement.where(Invoice.issued_on >= issued_from)
    if issued_until is not None:
        statement = statement.where(Invoice.issued_on <= issued_until)
    return statement


async def rates_on(session: AsyncSession, countries: Iterable[str], on: date) -> dict[str, TaxRate]:
    """What countries charge on a day, by country."""
    statement = select(TaxRate).where(
        TaxRate.country.in_(set(countries)),
        TaxRate.valid_from <= on,
        or_(TaxRate.valid_until.is_(None), TaxRate.valid_until >= on),
    )
    return {row.country: row for row in await session.scalars(statement)}


def tax_rates(country: str | None) -> Select[TaxRate]:
    """All rates that are known, or those of a country."""
    statement = select(TaxRate)
    return statement.where(TaxRate.country == country) if country else statement


async def put_rates(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rates, or replace those of the same country, category and first day. Raises IntegrityError where two rates of a
    country would hold on one day."""
    statement = insert(TaxRate)
    replaced = {name: statement.excluded[name] for name in ("rate_percent", "valid_until", "source")}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["country", "category", "valid_from"], set_={**replaced, "loaded_at": func.app_now()}
        ),
        list(rows),
    )
    await session.execute(text("SET CONSTRAINTS ex_tax_rates_one_at_a_time IMMEDIATE"))
