"""Invoices for those who issue and receive them; what they say of themselves; the rates of tax."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Depends, Query, Request, Response

from app.documents.facade import NotTypeset
from app.finance.invoicing import queries, stored
from app.finance.invoicing.errors import (
    FilesPending,
    FilesRefused,
    InvoiceDeducted,
    InvoiceNotPrinted,
    InvoiceUnsound,
    InvoicingDetailsMissing,
    NotCreditable,
)
from app.finance.invoicing.filed import MEDIA, PDF, XML, form_of, name_of
from app.finance.invoicing.guards import OwnInvoice, SeenInvoice
from app.finance.invoicing.models import Invoice, InvoiceFile, InvoiceIssuer, TaxRate
from app.finance.invoicing.printing import printed
from app.finance.invoicing.schemas import (
    CreditNoteIn,
    InvoiceOut,
    InvoiceSummaryOut,
    InvoicingDetailsIn,
    InvoicingDetailsOut,
    RatesLoadedOut,
    TaxRateOut,
)
from app.finance.invoicing.states import InvoiceForm, InvoiceKind, InvoiceRole, InvoiceState
from app.finance.invoicing.usecases.credit import credit
from app.finance.invoicing.usecases.edit_details import put_details
from app.finance.invoicing.usecases.load_rates import load_rates
from app.finance.invoicing.views import invoice_out, summaries, tax_rate_out
from app.kit.actor import Actor, CurrentActor, KnownActor, Permission, permitted
from app.kit.clock import Now
from app.kit.db.engine import Database, Role
from app.kit.db.session import Session
from app.kit.db.tenancy import act_for
from app.kit.errors import FieldError, Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.locales import N_, negotiate
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import EDITED, ONCE, READ, problems
from app.kit.routing import house_router
from app.kit.schemas import CountryCode, CurrencyCode, LocaleTag

router = house_router(tags=["invoices"])

CSV = "text/csv"
_PAGE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The invoice.", "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}
}

_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in (PDF, XML)},
    }
}

Invoicer = Annotated[Actor, Depends(permitted(Permission.INVOICE))]


@router.get("/invoices", responses=problems(Unauthenticated, Forbidden))
async def list_invoices(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    role: Annotated[InvoiceRole | None, Query(description="Only those that you issued, or received.")] = None,
    state: Annotated[InvoiceState | None, Query(description="Only those in this state.")] = None,
    kind: Annotated[InvoiceKind | None, Query(description="Only those of this kind.")] = None,
    currency: Annotated[CurrencyCode | None, Query(description="Only those in this currency.")] = None,
    issued_from: Annotated[date | None, Query(description="Only those issued on this day or later.")] = None,
    issued_until: Annotated[date | None, Query(description="Only those issued on this day or before.")] = None,
    of_subject: Annotated[
        UUID | None, Query(description="Only those about this order or framework order, credit notes included.")
    ] = None,
) -> Page[InvoiceSummaryOut]:
    """The invoices and credit notes that your organization issued or received; newest first."""
    actor.require(Permission.READ)
    statement = queries.invoices_of(
        actor.organization_id,
        role=role,
        state=state,
        kind=kind,
        currency=currency,
        issued_from=issued_from,
        issued_until=issued_until,
        of_subject=of_subject,
    )
    rows, cursor = await fetch_page(session, statement, page, keys=[Invoice.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await summaries(session, actor, rows), next_cursor=cursor)


@router.get("/invoices/{invoice_id}", responses=problems(*READ))
async def get_invoice(at: SeenInvoice, session: Session, response: Response) -> InvoiceOut:
    """One invoice with all that it says, and what was taken back of it."""
    response.headers["Cache-Control"] = PRIVATE
    return await invoice_out(session, at.actor, at.row)


@router.get(
    "/invoices/{invoice_id}/pdf",
    responses={**problems(*READ, InvoiceNotPrinted), **_PAGE},
    response_class=Response,
)
async def get_invoice_pdf(
    invoice_id: UUID,
    actor: KnownActor,
    request: Request,
    locale: Annotated[
        LocaleTag | None, Query(description="A language; else that of `Accept-Language`, else the recipient's.")
    ] = None,
) -> Response:
    """An invoice as a page (PDF/A-3), its words in your language. What the parties wrote stands as they wrote it."""
    database: Database = request.app.state.database
    async with database.transaction(Role.APP, readonly=True) as session:
        await act_for(session, actor.organization_id, person_id=actor.person_id)
        row = await queries.invoice(session, invoice_id)
        if row is None or actor.organization_id not in (row.issuer_id, row.recipient_id):
            raise NotFound()
        actor.require(Permission.READ)
        document, number = stored.read(row.document), row.number
    language = locale or negotiate(request.headers.get("accept-language")) or document.locale
    try:
        content = await printed(document, language)
    except NotTypeset:
        raise InvoiceNotPrinted() from None
    headers = {
        "Content-Disposition": f'inline; filename="{number}.pdf"',
        "Content-Language": language,
        "Cache-Control": PRIVATE,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=PDF, headers=headers)


@router.get(
    "/invoices/{invoice_id}/files/{form}",
    responses={**problems(*READ, FilesPending, FilesRefused), **_FILE},
    response_class=Response,
)
async def get_invoice_file(at: SeenInvoice, form: InvoiceForm, session: Session) -> Response:
    """An invoice or credit note for programs, as it was judged by the official rules before it could leave: a Factur-X
    (PDF/A-3 with the CII inside, profile EN 16931), UBL 2.1 (Peppol BIS Billing 3 where both sides have electronic addresses) or
    CII. The same bytes for both sides, always. Pro-forma and commercial invoices have none."""
    return _file_response(at.row, await form_of(session, at.row, form))


def _file_response(row: Invoice, file: InvoiceFile) -> Response:
    form = InvoiceForm(file.form)
    headers = {
        "Content-Disposition": f'attachment; filename="{name_of(row, form)}"',
        "Content-Language": row.locale,
        "Cache-Control": PRIVATE,
        "ETag": f'"{file.sha256.hex()}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(file.content, media_type=MEDIA[form][1], headers=headers)


@router.post(
    "/invoices/{invoice_id}/credit-notes",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, Invalid, NotCreditable, InvoiceDeducted, InvoiceUnsound, InvoicingDetailsMissing),
)
async def post_credit_note(
    at: OwnInvoice, form: CreditNoteIn, session: Session, now: Now, response: Response
) -> InvoiceOut:
    """Take one of your invoices back, in whole or by lines. When nothing is left of it, it is cancelled, and what it charged
    for can be invoiced again."""
    wanted = None
    if form.lines is not None:
        wanted = {one.line: one.quantity for one in form.lines}
        if len(wanted) < len(form.lines):
            raise Invalid(errors=[FieldError("/lines", "line-twice", N_("Name each line once."))])
    row = await credit(session, at.actor, at.row.id, wanted, form.reason, now=now)
    response.headers["Location"] = f"/v1/invoices/{row.id}"
    response.headers["Cache-Control"] = PRIVATE
    return await invoice_out(session, at.actor, row)


@router.get("/organization/invoicing", responses=problems(Unauthenticated, Forbidden))
async def get_invoicing_details(actor: CurrentActor, session: Session, response: Response) -> InvoicingDetailsOut:
    """What your organization says of itself on its invoices; before it has said anything, how they would be numbered."""
    actor.require(Permission.READ)
    row = await queries.issuer(session, actor.organization_id)
    return _details_out(
        row or InvoiceIssuer(series_code="RE", credit_series_code="GS", discounts=[], version=1), response
    )


@router.put("/organization/invoicing", responses=problems(Unauthenticated, Forbidden, *EDITED, Invalid))
async def put_invoicing_details(
    actor: Invoicer, form: InvoicingDetailsIn, version: IfMatch, session: Session, response: Response
) -> InvoicingDetailsOut:
    """Say where your organization is paid, how its invoices are numbered and what its law wants said. Invoices that were
    issued stay as they are."""
    return _details_out(await put_details(session, actor, form, version=version), response)


def _details_out(row: InvoiceIssuer, response: Response) -> InvoicingDetailsOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return InvoicingDetailsOut.model_validate(row)


@router.get("/tax-rates", responses=problems(Unauthenticated, Forbidden))
async def list_tax_rates(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    country: Annotated[CountryCode | None, Query(description="Only those of this country.")] = None,
) -> Page[TaxRateOut]:
    """The dated rates of value added tax by which invoices within a country are reckoned, each with its source."""
    actor.require(Permission.READ)
    keys = [TaxRate.country, TaxRate.valid_from, TaxRate.id]
    rows, cursor = await fetch_page(session, queries.tax_rates(country), page, keys=keys)
    link_next(request, response, cursor)
    return Page(items=[tax_rate_out(row) for row in rows], next_cursor=cursor)


@router.put("/operator/tax-rates", responses=problems(Unauthenticated, Forbidden, Invalid))
async def put_tax_rates(
    actor: CurrentActor,
    content: Annotated[bytes, Body(media_type=CSV, description="UTF-8, comma separated, with a header.")],
    session: Session,
) -> RatesLoadedOut:
    """Load rates of tax from a table with the columns country, category (S, or O for none), rate_percent, valid_from,
    valid_until and source; all rows or none. For the operator."""
    actor.require(Permission.OPERATE)
    return RatesLoadedOut(loaded=await load_rates(session, actor, content))
