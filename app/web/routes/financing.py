"""Financing for people: a supplier offers what a buyer owes him, financiers quote, and one of them pays the advance."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.finance import facade as finance
from app.finance.facade import financing
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import FieldError, Invalid, NotFound, Problem
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.paging import PageRequest
from app.reference import facade as reference
from app.web.forms import Again
from app.web.pages import page_router, see_other
from app.web.pooled import Reading, minor_of
from app.web.rendering import page
from app.web.sent import Sent
from app.web.visit import AnyMember, Member

router = page_router()

ON_A_PAGE = 20
HUNDREDTHS = 2
Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/financing")
async def board(member: AnyMember, session: Session, now: Now, cursor: Cursor = None, more: Cursor = None) -> Response:
    """What the organization offers or may quote for, and what is assigned; newest first."""
    offers, assigned = PageRequest(ON_A_PAGE, cursor), PageRequest(ON_A_PAGE, more)
    found = await financing.board(session, member.actor, offers, assigned, now=now)
    return page(member.visit, "financing.html", found=found, place_of=lambda code: _country(member, code))


@router.get("/payment-milestones/{payment_milestone_id}/financing")
async def new_offer(payment_milestone_id: UUID, member: AnyMember, session: Session) -> Response:
    """The form that offers a milestone."""
    return await _new_offer_page(member, session, payment_milestone_id, Again())


@router.post("/payment-milestones/{payment_milestone_id}/financing")
async def make_offer(
    payment_milestone_id: UUID, request: Request, member: AnyMember, session: Session, now: Now
) -> Response:
    """Offer it."""
    sent = await Sent.read(request, member, session, now)
    reading = Reading(sent.form, HUNDREDTHS)
    values: dict[str, Any] = {
        "shows_buyer": bool(reading.text("shows_buyer")),
        "buyer_size": reading.text("buyer_size") or None,
        "open_days": reading.text("open_days"),
        "financier_ids": _chosen(sent) or None,
    }
    try:
        async with session.begin_nested():
            made = await financing.make_offer(session, member.actor, payment_milestone_id, values, now=now)
    except Problem as refusal:
        again = Again.of(sent.form, "offer", sent.refused(refusal), member.visit.locale)
        return await _new_offer_page(member, session, payment_milestone_id, again, _chosen(sent))
    return see_other(member.visit.url(f"/financing/offers/{made}"))


def _chosen(sent: Sent) -> list[str]:
    """The financiers that were ticked."""
    return [str(one)[:40] for one in sent.form.getlist("financier")]


async def _new_offer_page(
    member: Member, session: AsyncSession, milestone_id: UUID, again: Again, chosen: Sequence[str] = ()
) -> Response:
    shown, number, deal_id = await financing.to_offer(session, member.actor, milestone_id)
    return page(
        member.visit,
        "new_financing_offer.html",
        status=again.status,
        milestone=shown,
        number=number,
        deal_id=deal_id,
        again=again,
        financiers=await financing.financiers(session, member.actor),
        chosen=chosen,
        sizes=[("", "–"), *financing.sizes()],
        new_key=lambda: str(new_id()),
    )


@router.get("/financing/offers/{offer_id}")
async def offer(offer_id: UUID, member: AnyMember, session: Session, now: Now, cursor: Cursor = None) -> Response:
    """An offer: its quotes for the supplier, one's own for a financier, and what may be done."""
    return await _offer_page(member, session, offer_id, Again(), cursor, now=now)


@router.post("/financing/offers/{offer_id}")
async def step(offer_id: UUID, request: Request, member: AnyMember, session: Session, now: Now) -> Response:
    """Withdraw the offer, quote for it, withdraw the quote or accept one, as the button says."""
    sent = await Sent.read(request, member, session, now)
    shown = await financing.offer_of(session, member.actor, offer_id, PageRequest(1, None), now=now)
    reading = Reading(sent.form, reference.currency(shown.offer["amount"]["currency"]).exponent)
    verb = reading.text("act")
    try:
        values = _values(reading, verb)
        async with session.begin_nested():
            made = await financing.step_of_offer(session, member.actor, offer_id, verb, values, now=now)
    except Problem as refusal:
        again = Again.of(sent.form, verb, sent.refused(refusal), member.visit.locale)
        return await _offer_page(member, session, offer_id, again, None, now=now)
    return see_other(member.visit.url(f"/financing/{made}" if made else f"/financing/offers/{offer_id}"))


def _values(reading: Reading, verb: str) -> dict[str, Any]:
    if verb in ("accept", "withdraw_quote"):
        try:
            return {"quote_id": UUID(reading.text("quote"))}
        except ValueError:
            raise NotFound() from None
    if verb != "quote":
        return {}
    values: dict[str, Any] = {
        "rate_bp": _percent(reading, "rate") if reading.text("rate") else None,
        "fee_minor": reading.amount("fee", "/fee_minor") if reading.text("fee") else None,
        "advance_bp": _percent(reading, "advance"),
        "recourse": bool(reading.text("recourse")),
        "open_days": reading.text("open_days"),
    }
    if reading.errors:
        raise Invalid(errors=reading.errors)
    return values


def _percent(reading: Reading, name: str) -> int | None:
    """Basis points of a percentage as somebody types it."""
    found = minor_of(reading.text(name), HUNDREDTHS)
    if found is None:
        message = N_("Give a percentage as a number, with two decimals at most.")
        reading.errors.append(FieldError(f"/{name}_bp", "not-a-percentage", message))
    return found


async def _offer_page(
    member: Member, session: AsyncSession, offer_id: UUID, again: Again, cursor: str | None, *, now: datetime
) -> Response:
    shown = await financing.offer_of(session, member.actor, offer_id, PageRequest(ON_A_PAGE, cursor), now=now)
    return page(
        member.visit,
        "financing_offer.html",
        status=again.status,
        shown=shown,
        offer=shown.offer,
        again=again,
        place_of=lambda code: _country(member, code),
        new_key=lambda: str(new_id()),
    )


@router.get("/financing/{financing_id}")
async def assigned(financing_id: UUID, member: AnyMember, session: Session, now: Now) -> Response:
    """A financing: what is owed of the advance and the charge today, and what became of them."""
    return await _financing_page(member, session, financing_id, Again(), now=now)


@router.post("/financing/{financing_id}")
async def fund(financing_id: UUID, request: Request, member: AnyMember, session: Session, now: Now) -> Response:
    """Pay the advance."""
    sent = await Sent.read(request, member, session, now)
    reading = Reading(sent.form, HUNDREDTHS)
    values = {"way": reading.text("way")}
    try:
        async with session.begin_nested():
            await financing.pay_advance(session, member.actor, financing_id, values)
    except Problem as refusal:
        again = Again.of(sent.form, "fund", sent.refused(refusal), member.visit.locale)
        return await _financing_page(member, session, financing_id, again, now=now)
    return see_other(member.visit.url(f"/financing/{financing_id}"))


async def _financing_page(
    member: Member, session: AsyncSession, financing_id: UUID, again: Again, *, now: datetime
) -> Response:
    shown = await financing.financing_of(session, member.actor, financing_id, now=now)
    saved = await finance.charge_method(session, member.actor.organization_id) if shown.may_fund else None
    return page(
        member.visit,
        "financing_one.html",
        status=again.status,
        one=shown.financing,
        may_fund=shown.may_fund,
        saved=saved.shown if saved else None,
        again=again,
        new_key=lambda: str(new_id()),
    )


def _country(member: Member, code: str) -> str:
    return reference.country_name(code, member.visit.locale)
