"""What `partingline verify` proves of invoices."""

from collections import Counter
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.einvoicing.totals import totals
from app.finance.invoicing import stored
from app.finance.invoicing.models import Invoice
from app.finance.invoicing.states import UNTDID_1001, InvoiceKind
from app.kit.verify import check

BATCH = 500
MADE_WITHIN = "1 day"

_SERIES = text(
    "SELECT s.issuer_id, s.code, s.next_number - 1 AS ends, count(i.id) AS issued, coalesce(min(i.series_number), 1) AS first, "
    "coalesce(max(i.series_number), 0) AS last FROM invoice_series s "
    "LEFT JOIN invoices i ON i.issuer_id = s.issuer_id AND i.series_code = s.code GROUP BY s.issuer_id, s.code"
)
_CREDITED = text(
    "SELECT i.id, i.number, i.credited_net_minor, i.net_minor, i.gross_minor, i.state, sum(c.net_minor) AS net, "
    "sum(c.gross_minor) AS gross, count(*) AS notes, "
    "(SELECT count(*) FROM invoice_subjects s WHERE s.invoice_id = i.id AND s.stands) AS standing "
    "FROM invoices i JOIN invoices c ON c.preceding_id = i.id GROUP BY i.id"
)


_DEDUCTED = text(
    "SELECT i.id, i.number, p.number AS deducted, p.id AS deducted_id, p.state, d.net_minor, d.tax_minor, "
    "p.net_minor - coalesce(sum(c.net_minor), 0) AS net, p.tax_minor - coalesce(sum(c.tax_minor), 0) AS tax "
    "FROM invoice_deductions d JOIN invoices i ON i.id = d.invoice_id JOIN invoices p ON p.id = d.deducted_id "
    "LEFT JOIN invoices c ON c.preceding_id = p.id WHERE i.state = 'issued' GROUP BY i.id, p.id, d.net_minor, d.tax_minor"
)
_FILES = text(
    "SELECT i.id, i.number, w.state, w.complaint, i.created_at < app_now() - CAST(:within AS interval) AS late, "
    "count(f.form) AS files, "
    "count(f.form) FILTER (WHERE sha256(f.content) <> f.sha256) AS changed "
    "FROM invoices i LEFT JOIN invoice_filings w ON w.invoice_id = i.id LEFT JOIN invoice_files f ON f.invoice_id = i.id "
    "WHERE i.kind IN ('invoice', 'prepayment', 'credit_note') GROUP BY i.id, w.invoice_id"
)


@check("invoice numbers")
async def invoice_numbers(session: AsyncSession) -> tuple[int, list[str]]:
    """In each series of each issuer the numbers are 1 to n, each once."""
    rows = (await session.execute(_SERIES)).all()
    broken = [
        f"series {row.code} of {row.issuer_id}: {row.issued} numbers from {row.first} to {row.last}, {row.ends} drawn"
        for row in rows
        if (row.issued, row.first, row.last) != (row.ends, 1, row.ends)
    ]
    return len(rows), broken


@check("invoice documents")
async def invoice_documents(session: AsyncSession) -> tuple[int, list[str]]:
    """What each invoice says has its digest, and comes to the amounts that stand beside it."""
    looked, broken = 0, []
    rows = await _after(session, None)
    while rows:
        looked += len(rows)
        broken += [f"invoice {row.number} of {row.issuer_id}" for row in rows if not _agrees(row)]
        last = rows[-1].id
        session.expunge_all()
        rows = await _after(session, last)
    return looked, broken


async def _after(session: AsyncSession, last: UUID | None) -> list[Invoice]:
    statement = select(Invoice).order_by(Invoice.id).limit(BATCH)
    return list(await session.scalars(statement.where(Invoice.id > last) if last else statement))


def _agrees(row: Invoice) -> bool:
    document = stored.read(row.document)
    sums = totals(document)
    says = (document.number, document.kind, document.issued_on, document.due_on, document.currency, document.locale)
    stands = (row.number, UNTDID_1001[InvoiceKind(row.kind)], row.issued_on, row.due_on, row.currency, row.locale)
    comes_to = (sums.net_minor, sums.tax_minor, sums.gross_minor, sums.prepaid_minor, sums.payable_minor)
    amounts = (row.net_minor, row.tax_minor, row.gross_minor, row.prepaid_minor, row.payable_minor)
    return stored.digest(row.document) == row.sha256 and (says, comes_to) == (stands, amounts)


@check("credit notes")
async def credit_notes(session: AsyncSession) -> tuple[int, list[str]]:
    """What credit notes take back is at most what was charged, and a cancelled invoice was taken back in full. What a final
    invoice deducts is what is left of a prepayment invoice that stands, and none is deducted twice."""
    rows = (await session.execute(_CREDITED)).all()
    broken = []
    for row in rows:
        too_much = row.net > row.net_minor or row.gross > row.gross_minor + row.notes
        cancelled = row.net == row.net_minor
        if too_much or row.credited_net_minor != row.net or (row.state == "cancelled") != cancelled:
            broken.append(f"invoice {row.number} ({row.id})")
        elif cancelled and row.standing:
            broken.append(f"what invoice {row.number} ({row.id}) charged for")
    deducted = (await session.execute(_DEDUCTED)).all()
    times = Counter(row.deducted_id for row in deducted)
    for row in deducted:
        agrees = (row.net_minor, row.tax_minor) == (row.net, row.tax)
        if row.state != "issued" or not agrees or times[row.deducted_id] > 1:
            broken.append(f"invoice {row.number} ({row.id}) deducts {row.deducted}")
    return len(rows) + len(deducted), broken


@check("invoice files")
async def invoice_files(session: AsyncSession) -> tuple[int, list[str]]:
    """Every invoice has its electronic forms within a day, all of them, and each has its digest; nothing stands in the way."""
    rows = (await session.execute(_FILES, {"within": MADE_WITHIN})).all()
    broken = [
        f"invoice {row.number} ({row.id}): {row.state}, {row.files} files, {row.changed} changed. {row.complaint or ''}"
        for row in rows
        if row.state is None
        or row.changed
        or row.files != (3 if row.state == "ready" else 0)
        or (row.state != "ready" and (row.late or row.complaint))
    ]
    return len(rows), broken
