"""Invoices for the pages that people look at: the same documents, guards and verbs as over the API."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents.facade import NotTypeset
from app.finance.einvoicing.document import Document
from app.finance.invoicing import queries, stored
from app.finance.invoicing.errors import InvoiceNotPrinted
from app.finance.invoicing.filed import MEDIA, form_of, name_of
from app.finance.invoicing.guards import at_invoice
from app.finance.invoicing.guards import own_invoice as to_own_invoice
from app.finance.invoicing.models import Invoice
from app.finance.invoicing.printing import printed
from app.finance.invoicing.schemas import CreditNoteIn
from app.finance.invoicing.states import ASKS_FOR_PAYMENT, InvoiceForm, InvoiceKind, InvoiceRole, InvoiceState
from app.finance.invoicing.usecases.credit import credit
from app.finance.invoicing.views import invoice_out, summaries
from app.kit.actor import Actor, Permission
from app.kit.findings import validated
from app.kit.paging import PageRequest, fetch_page

Shown = dict[str, Any]


async def own_invoices(
    session: AsyncSession,
    actor: Actor,
    page: PageRequest,
    *,
    role: InvoiceRole | None = None,
    of_subject: UUID | None = None,
) -> tuple[list[Shown], str | None]:
    """A page of the invoices that the actor's organization issued or received, newest first, as `GET /v1/invoices` lists them."""
    actor.require(Permission.READ)
    statement = queries.invoices_of(actor.organization_id, role=role, of_subject=of_subject)
    rows, cursor = await fetch_page(session, statement, page, keys=[Invoice.id], descending=True)
    return [one.model_dump(mode="json") for one in await summaries(session, actor, rows)], cursor


async def own_invoice(session: AsyncSession, actor: Actor, invoice_id: UUID) -> tuple[Shown, bool]:
    """One of them, as `GET /v1/invoices/{invoice_id}` shows it, and whether the actor may take it back. Raises `NotFound`."""
    at = await at_invoice(invoice_id, actor, session)
    own = at.role is InvoiceRole.ISSUED and actor.may(Permission.INVOICE)
    open_ = InvoiceKind(at.row.kind) in ASKS_FOR_PAYMENT and at.row.state == InvoiceState.ISSUED
    return (await invoice_out(session, actor, at.row)).model_dump(mode="json"), own and open_


async def issue_credit_note(
    session: AsyncSession,
    actor: Actor,
    invoice_id: UUID,
    reason: str,
    lines: Mapping[str, Decimal] | None,
    *,
    now: datetime,
) -> UUID:
    """Issue a credit note over quantities of lines, or over all that is left; its id. Raises `NotFound` before `Forbidden`, and
    what a credit note is refused with."""
    at = await to_own_invoice(invoice_id, actor, session)
    wanted = None if lines is None else [{"line": line, "quantity": quantity} for line, quantity in lines.items()]
    form = validated(CreditNoteIn, {"reason": reason, "lines": wanted})
    said = None if form.lines is None else {one.line: one.quantity for one in form.lines}
    return (await credit(session, actor, at.row.id, said, form.reason, now=now)).id


async def file_of(session: AsyncSession, actor: Actor, invoice_id: UUID, form: InvoiceForm) -> tuple[str, str, bytes]:
    """(file name, media type, content) of an electronic form. Raises `NotFound`, `FilesPending`, `FilesRefused`."""
    at = await at_invoice(invoice_id, actor, session)
    found = await form_of(session, at.row, form)
    return name_of(at.row, form), MEDIA[form][1], found.content


async def document_of(session: AsyncSession, actor: Actor, invoice_id: UUID) -> Document:
    """What an invoice says, to be printed. Raises `NotFound`."""
    at = await at_invoice(invoice_id, actor, session)
    return stored.read(at.row.document)


async def page_of(document: Document, locale: str) -> bytes:
    """The PDF of an invoice in a language. Call it with no transaction open. Raises `InvoiceNotPrinted`."""
    try:
        return await printed(document, locale)
    except NotTypeset:
        raise InvoiceNotPrinted() from None
