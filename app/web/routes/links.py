"""What mailed links lead to: a new password, a confirmed address, a membership. Opening a link changes nothing: mail scanners
open them too. What changes something is a form."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Problem
from app.kit.problems import render
from app.parties import facade as parties
from app.web.forms import typed
from app.web.pages import in_own_language, page_router
from app.web.rendering import page
from app.web.visit import AnyVisit, Visit

bare: APIRouter = page_router(prefix="")
router: APIRouter = page_router()

TOO_LONG = 255
"""So many characters of a field are looked at: one more than the longest that any may have, so that too many are refused."""


@bare.get("/password-reset/{token}")
@bare.get("/email-confirmation/{token}")
@bare.get("/invitations/{token}")
@bare.get("/inquiries/{inquiry_id}")
@bare.get("/campaigns/{campaign_id}")
@bare.get("/orders/{order_id}")
@bare.get("/invoices/{invoice_id}")
@bare.get("/disputes/{dispute_id}")
async def choose_language(request: Request) -> Response:
    """To the same page in the language that the browser asks for: a mail does not know it."""
    return in_own_language(request, caching="private, no-store")


@router.get("/password-reset")
async def show_forgotten(visit: AnyVisit) -> Response:
    """The form that has a link mailed."""
    return _page(visit, "forgotten.html")


@router.post("/password-reset")
async def have_link_mailed(request: Request, visit: AnyVisit, session: Session, now: Now) -> Response:
    """Have a link mailed. The page is the same whether or not somebody has the address."""
    form = await request.form()
    visit.check_form(form)
    email = typed(form, "email", TOO_LONG)
    try:
        refusal = await parties.ask_for_password_link(
            session, visit.settings, email, address=request.client.host if request.client else None, now=now
        )
    except Problem as problem:
        refusal = problem
    return _page(visit, "forgotten.html", refusal, email=email, done=refusal is None)


@router.get("/password-reset/{token}")
async def show_new_password(token: str, visit: AnyVisit) -> Response:
    """The form for the new password."""
    return _page(visit, "new_password.html")


@router.post("/password-reset/{token}")
async def set_password(token: str, request: Request, visit: AnyVisit, session: Session, now: Now) -> Response:
    """Set the new password; every session of the person ends."""
    form = await request.form()
    visit.check_form(form)
    try:
        async with session.begin_nested():
            await parties.set_password_by_link(session, token, typed(form, "new_password", TOO_LONG), now=now)
    except Problem as refusal:
        return _page(visit, "new_password.html", refusal)
    return _page(visit, "new_password.html", done=True)


@router.get("/email-confirmation/{token}")
async def show_confirmation(token: str, visit: AnyVisit) -> Response:
    """The button that confirms an address."""
    return _page(visit, "confirmation.html")


@router.post("/email-confirmation/{token}")
async def confirm(token: str, request: Request, visit: AnyVisit, session: Session, now: Now) -> Response:
    """Confirm the address."""
    visit.check_form(await request.form())
    try:
        async with session.begin_nested():
            await parties.confirm_email_by_link(session, token, now=now)
    except Problem as refusal:
        return _page(visit, "confirmation.html", refusal)
    return _page(visit, "confirmation.html", done=True)


@router.get("/invitations/{token}")
async def show_offer(token: str, visit: AnyVisit, session: Session, now: Now) -> Response:
    """What an invitation offers, and the form that accepts it."""
    try:
        offer = await parties.offer_of(session, token, now=now)
    except Problem as refusal:
        return _page(visit, "invitation.html", refusal)
    return _page(visit, "invitation.html", offer=offer)


@router.post("/invitations/{token}")
async def accept(token: str, request: Request, visit: AnyVisit, session: Session, now: Now) -> Response:
    """Join; with an account of one's own when there is none."""
    form = await request.form()
    visit.check_form(form)
    person = {name: typed(form, name, TOO_LONG) or None for name in ("name", "password")}
    offer = None
    try:
        offer = await parties.offer_of(session, token, now=now)
        async with session.begin_nested():
            await parties.accept_offer(session, token, now=now, locale=visit.locale, **person)
    except Problem as refusal:
        return _page(visit, "invitation.html", refusal, offer=offer, name=person["name"])
    return _page(visit, "invitation.html", offer=offer, done=True)


def _page(visit: Visit, template: str, refusal: Problem | None = None, **context: Any) -> Response:
    """A page that nobody keeps: its address is a secret."""
    shown: dict[str, Any] = {"done": False, "email": "", "name": "", "offer": None} | context
    response = page(
        visit,
        template,
        status=refusal.status if refusal else 200,
        refusal=render(refusal, locale=visit.locale) if refusal else None,
        **shown,
    )
    if refusal is not None and "Retry-After" in refusal.headers:
        response.headers["Retry-After"] = refusal.headers["Retry-After"]
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
