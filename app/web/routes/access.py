"""Signing in and out, and how things are shown."""

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Problem
from app.kit.problems import render
from app.parties import facade as parties
from app.reference import facade as reference
from app.web import cookies
from app.web.forms import typed
from app.web.pages import page_router, safe_target, see_other
from app.web.rendering import page
from app.web.visit import ALL_CURRENCIES, AnyMember, AnyVisit, Visit

router = page_router()

Next = Annotated[str | None, Query(alias="next", max_length=1000)]
_LONGEST = {"email": 254, "password": 200, "otp": 64}
ASKS_FOR_CODE = ("second-factor-required", "wrong-second-factor")


@router.get("/sign-in")
async def show_sign_in(visit: AnyVisit, target: Next = None) -> Response:
    """The form; whoever is signed in goes on at once."""
    if visit.actor is not None:
        return see_other(safe_target(target, visit.url("/")))
    return _page(visit, target, "", None)


@router.post("/sign-in")
async def sign_in(request: Request, visit: AnyVisit, session: Session, now: Now, target: Next = None) -> Response:
    """Open a session by what `POST /v1/auth/token` calls; a counted failure is committed with the refusal."""
    form = await request.form()
    visit.check_form(form)
    email, password, otp = (typed(form, name, longest) for name, longest in _LONGEST.items())
    place = parties.Place(request.client.host if request.client else None, _agent(request))
    attempt = parties.Attempt(email.strip(), password, otp.strip() or None)
    opened = await parties.sign_in_person(session, visit.settings, attempt, place, now=now)
    if isinstance(opened, Problem):
        return _page(visit, target, email, opened)
    response = see_other(safe_target(target, visit.url("/")))
    seat = cookies.SEAT.pack(visit.settings, opened, since=now, now=now)
    cookies.SEAT.put(response, visit.settings, seat)
    # Forms that were opened as nobody are worth nothing afterwards.
    cookies.take(response, visit.settings, cookies.FORM)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, member: AnyMember, session: Session, now: Now) -> Response:
    """End the session for good, not only for this browser."""
    member.visit.check_form(await request.form())
    await parties.sign_out(session, member.actor, now=now)
    response = see_other(member.visit.url("/"))
    cookies.SEAT.take(response, member.visit.settings)
    cookies.take(response, member.visit.settings, cookies.FORM)
    request.state.seat_taken = True
    return response


@router.post("/preferences")
async def prefer(request: Request, visit: AnyVisit) -> Response:
    """Units and currency of this browser."""
    form = await request.form()
    response = see_other(safe_target(str(form.get("next") or ""), visit.url("/")))
    units, currency = str(form.get("units") or ""), str(form.get("currency") or "")
    if units in ("metric", "inch"):
        cookies.put(response, visit.settings, cookies.UNITS, units)
    if currency == ALL_CURRENCIES or reference.is_accepted_currency(currency):
        cookies.put(response, visit.settings, cookies.CURRENCY, currency)
    return response


def _agent(request: Request) -> str | None:
    agent = "".join(char for char in request.headers.get("user-agent", "") if char.isprintable())[:300]
    return agent or None


def _page(visit: Visit, target: str | None, email: str, refusal: Problem | None) -> Response:
    response = page(
        visit,
        "sign_in.html",
        status=refusal.status if refusal else 200,
        target=safe_target(target, visit.url("/")),
        email=email,
        asks_for_code=refusal is not None and refusal.code in ASKS_FOR_CODE,
        refusal=render(refusal, locale=visit.locale) if refusal else None,
    )
    if refusal is not None:
        response.headers.update({name: value for name, value in refusal.headers.items() if name == "Retry-After"})
    response.headers["Cache-Control"] = "no-store"
    return response
