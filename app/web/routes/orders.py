"""Orders for people: those that one's firm placed or received, one of them, and how its supplier invoices it."""

from collections import defaultdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.finance import facade as finance
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Invalid, Problem
from app.kit.ids import new_id
from app.kit.locales import translate
from app.kit.paging import PageRequest
from app.kit.problems import render
from app.procurement import facade as procurement
from app.procurement.facade import OrderShown, Side
from app.reference import facade as reference
from app.web.pages import page_router, see_other
from app.web.pooled import Reading, major, minor_of
from app.web.rendering import page
from app.web.sent import Sent
from app.web.visit import AnyMember, Member

router = page_router()

ON_A_PAGE = 20
INVOICES_SHOWN = 50
HUNDREDTHS = 2
FIRST_VALUES = {"kind": "invoice", "terms_days": "30", "discount_days": "10"}
KINDS = ("invoice", "pro_forma", "commercial")


@router.get("/orders")
async def orders(
    member: AnyMember,
    session: Session,
    side: Side = Side.BUYER,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The orders that the organization has placed, or received; newest first."""
    found, following = await procurement.own_orders(session, member.actor, side, PageRequest(ON_A_PAGE, cursor))
    return page(member.visit, "orders.html", orders=found, next_cursor=following, side=side.value)


@router.get("/orders/{order_id}")
async def order(order_id: UUID, member: AnyMember, session: Session) -> Response:
    """One of them: lines, milestones and invoices, and for its supplier the form that invoices it."""
    shown = await procurement.own_order(session, member.actor, order_id)
    return await _order_page(member, session, shown, FIRST_VALUES)


@router.post("/orders/{order_id}/invoices")
async def invoice_order(order_id: UUID, request: Request, member: AnyMember, session: Session, now: Now) -> Response:
    """Invoice a received order: whole, by a milestone, or what is left of it."""
    sent = await Sent.read(request, member, session, now)
    shown = await procurement.own_order(session, member.actor, order_id)
    reading = Reading(sent.form, reference.currency(shown.order["total"]["currency"]).exponent)
    try:
        form = _form(reading)
        if reading.errors:
            raise Invalid(errors=reading.errors)
        async with session.begin_nested():
            made = await procurement.invoice_own_order(session, member.actor, order_id, form, now=now)
    except Problem as refusal:
        return await _order_page(member, session, shown, sent.typed, refusal=sent.refused(refusal))
    return see_other(member.visit.url(f"/invoices/{made}"))


def _form(reading: Reading) -> dict[str, Any]:
    """The form as the API takes it; what was left empty is left to the API, and what is no number to its refusal."""
    form: dict[str, Any] = {"prepaid_minor": reading.amount("prepaid", "/prepaid_minor", default=0)}
    for name in ("kind", "milestone", "delivered_on", "export_reason"):
        if text := reading.text(name):
            form[name] = text
    if text := reading.text("terms_days"):
        form["terms_days"] = text
    if reading.text("discount_percent"):
        rate_bp = minor_of(reading.text("discount_percent"), HUNDREDTHS)
        form["discounts"] = [{"within_days": reading.text("discount_days"), "rate_bp": rate_bp}]
    return form


async def _order_page(
    member: Member, session: Session, shown: OrderShown, values: dict[str, str], *, refusal: Problem | None = None
) -> Response:
    visit = member.visit
    asked = PageRequest(INVOICES_SHOWN, None)
    invoices, _ = await finance.own_invoices(session, member.actor, asked, of_subject=UUID(shown.order["id"]))
    kinds = KINDS[1:] if shown.is_charged else KINDS
    place = reference.find_place(shown.order["incoterm"]["place"])
    return page(
        visit,
        "order.html",
        status=refusal.status if refusal else 200,
        shown=shown,
        order=shown.order,
        invoices=invoices,
        may_grant=finance.credit_lines.may_grant(member.actor),
        place=place.name if place else shown.order["incoterm"]["place"],
        values=defaultdict(str, values),
        kinds=[
            (kind, translate(finance.INVOICE_KIND_LABELS[finance.InvoiceKind(kind)], visit.locale)) for kind in kinds
        ],
        reasons=[(str(code), translate(label, visit.locale)) for code, label in finance.EXPORT_REASON_LABELS.items()],
        step=major(1, reference.currency(shown.order["total"]["currency"]).exponent),
        problem=render(refusal, locale=visit.locale) if refusal else None,
        key=str(new_id()),
    )
