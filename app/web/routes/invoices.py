"""Invoices for people: those that one's firm issued or received, each with its files; a credit note."""

from collections import defaultdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.finance import facade as finance
from app.finance.facade import InvoiceForm, InvoiceRole
from app.kit.clock import Now
from app.kit.db.engine import Database, Role
from app.kit.db.session import Session
from app.kit.db.tenancy import act_for
from app.kit.errors import FieldError, Invalid, NotFound, Problem
from app.kit.etags import PRIVATE
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.paging import PageRequest
from app.kit.problems import render
from app.web.pages import page_router, see_other
from app.web.pooled import decimal_of
from app.web.rendering import page
from app.web.sending import MemberAlone
from app.web.sent import Sent
from app.web.visit import AnyMember, Visit

router = page_router()

ON_A_PAGE = 20
QUANTITY = "quantity."


@router.get("/invoices")
async def invoices(
    member: AnyMember,
    session: Session,
    role: InvoiceRole | None = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The invoices and credit notes that the organization issued and received, newest first."""
    asked = PageRequest(ON_A_PAGE, cursor)
    found, following = await finance.own_invoices(session, member.actor, asked, role=role)
    return page(member.visit, "invoices.html", invoices=found, next_cursor=following, role=role)


@router.get("/invoices/{invoice_id}")
async def invoice(invoice_id: UUID, member: AnyMember, session: Session) -> Response:
    """One of them: lines, taxes, what was taken back or deducted, and its files."""
    shown, may_credit = await finance.own_invoice(session, member.actor, invoice_id)
    return page(member.visit, "invoice.html", invoice=shown, may_credit=may_credit)


@router.get("/invoices/{invoice_id}/invoice.pdf")
async def printed(invoice_id: UUID, request: Request, reader: MemberAlone) -> Response:
    """The invoice as a page in the reader's language. No transaction is open while it is typeset."""
    database: Database = request.app.state.database
    async with database.transaction(Role.APP, readonly=True) as session:
        await act_for(session, reader.actor.organization_id, person_id=reader.actor.person_id)
        document = await finance.document_of(session, reader.actor, invoice_id)
    locale = reader.visit.locale
    content = await finance.page_of(document, locale)
    return _file(f"{document.number}.{reader.visit.tag}.pdf", "application/pdf", content, inline=True)


@router.get("/invoices/{invoice_id}/files/{form}")
async def electronic(invoice_id: UUID, form: str, member: AnyMember, session: Session) -> Response:
    """An electronic form of the invoice."""
    if form not in tuple(InvoiceForm):
        raise NotFound()
    name, media_type, content = await finance.file_of(session, member.actor, invoice_id, InvoiceForm(form))
    return _file(name, media_type, content)


def _file(name: str, media_type: str, content: bytes, *, inline: bool = False) -> Response:
    headers = {
        "Content-Disposition": f'{"inline" if inline else "attachment"}; filename="{name}"',
        "Cache-Control": PRIVATE,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)


@router.get("/invoices/{invoice_id}/credit-notes/new")
async def new_credit_note(invoice_id: UUID, member: AnyMember, session: Session) -> Response:
    """The form that takes an invoice back, in whole or in part."""
    shown, may_credit = await finance.own_invoice(session, member.actor, invoice_id)
    if not may_credit:
        raise NotFound()
    return _credit_note_page(member.visit, shown, {})


@router.post("/invoices/{invoice_id}/credit-notes/new")
async def take_back(invoice_id: UUID, request: Request, member: AnyMember, session: Session, now: Now) -> Response:
    """Take an invoice back."""
    sent = await Sent.read(request, member, session, now)
    try:
        lines = _quantities(sent)
        async with session.begin_nested():
            made = await finance.issue_credit_note(
                session, member.actor, invoice_id, sent.typed.get("reason", "").strip(), lines, now=now
            )
    except Problem as refusal:
        refused = sent.refused(refusal)
        shown, _ = await finance.own_invoice(session, member.actor, invoice_id)
        return _credit_note_page(member.visit, shown, sent.typed, refusal=refused)
    return see_other(member.visit.url(f"/invoices/{made}"))


def _quantities(sent: Sent) -> dict[str, Any] | None:
    """What is taken back of each line that the form names a quantity of; None is all that is left."""
    found: dict[str, Any] = {}
    for name, text in sent.typed.items():
        if not name.startswith(QUANTITY) or not text.strip():
            continue
        line, quantity = name.removeprefix(QUANTITY), decimal_of(text)
        if quantity is None:
            message = N_("Give the quantity of line {line} as a number.")
            raise Invalid(errors=[FieldError("/lines", "not-a-number", message, {"line": line[:4]})])
        found[line] = quantity
    return found or None


def _credit_note_page(
    visit: Visit, shown: dict[str, Any], values: dict[str, str], *, refusal: Problem | None = None
) -> Response:
    return page(
        visit,
        "credit_note.html",
        status=refusal.status if refusal else 200,
        invoice=shown,
        values=defaultdict(str, values),
        problem=render(refusal, locale=visit.locale) if refusal else None,
        key=str(new_id()),
    )
