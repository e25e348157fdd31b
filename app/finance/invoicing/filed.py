"""The electronic forms of an invoice, for whoever may read it."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.invoicing import file_queries
from app.finance.invoicing.complaints import refusal
from app.finance.invoicing.drafts import FiledInvoice
from app.finance.invoicing.models import Invoice, InvoiceFile
from app.finance.invoicing.states import FilesState, InvoiceForm
from app.kit.errors import NotFound

MOST_OF_A_NUMBER = 1000
PDF, XML = "application/pdf", "application/xml"
MEDIA = {InvoiceForm.FACTURX: (".pdf", PDF), InvoiceForm.UBL: (".ubl.xml", XML), InvoiceForm.CII: (".cii.xml", XML)}
"""How the file of each form is called after the invoice's number, and what it is."""


def name_of(row: Invoice, form: InvoiceForm) -> str:
    """A file's name, by the invoice's number."""
    return row.number + MEDIA[form][0]


async def filed(session: AsyncSession, number: str) -> list[FiledInvoice]:
    """Invoices of a number with their forms, as far as they may be read: each issuer numbers by himself."""
    rows = await file_queries.by_number(session, number, most=MOST_OF_A_NUMBER)
    return [
        FiledInvoice(
            id=row.id,
            number=row.number,
            issuer=row.document["seller"].get("id") or str(row.issuer_id),
            files={
                name_of(row, InvoiceForm(one.form)): one.content for one in await file_queries.contents(session, row.id)
            },
        )
        for row in rows
    ]


async def form_of(session: AsyncSession, row: Invoice, form: InvoiceForm) -> InvoiceFile:
    """One of them, with its content. Raises `NotFound` for what has none, `FilesPending`, `FilesRefused`."""
    filing = await file_queries.filing(session, row.id)
    if filing is None:
        raise NotFound()
    if filing.state != FilesState.READY:
        raise refusal(filing.complaint)
    found = await file_queries.file(session, row.id, form)
    assert found is not None
    return found
