"""What one pays with and how one is paid, for people: saved payment methods, and payouts with the account that they go to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from babel.dates import get_day_names
from fastapi import Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.finance.facade import methods, payouts
from app.gateways.payments import Account, HostedSaving, Method, Onboarding, Payments, SupplierPayments
from app.kit.clock import Now
from app.kit.db.engine import Database, Role
from app.kit.db.session import Session
from app.kit.db.tenancy import act_for
from app.kit.errors import Invalid, NotFound, Problem
from app.kit.idempotency import check_key
from app.kit.ids import new_id
from app.kit.locales import N_, cldr, translate
from app.kit.paging import PageRequest
from app.reference import facade as reference
from app.web.forms import Again, typed
from app.web.pages import page_router, see_other
from app.web.pooled import Reading, major
from app.web.rendering import page
from app.web.sending import SAID_ON_THE_PAGE, AnySentForm, MemberAlone, SentForm, sent_form
from app.web.visit import AnyMember, Member, Visit

router = page_router()

ON_A_PAGE = 20
_METHODS = N_("Payment methods")
Cursor = Annotated[str | None, Query(max_length=500)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the payment provider answered to a form, before the request's transaction; or what is refused on its page."""

    method: Method | None = None
    giving: HostedSaving | None = None
    account: Account | None = None
    onboarding: Onboarding | None = None
    refusal: Problem | None = None


@router.get("/payment-methods")
async def method_list(
    member: AnyMember,
    session: Session,
    cursor: Cursor = None,
    given: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """What the organization has saved to pay with, and the way to another one: to the payment provider and back, with what was
    `given` there."""
    return await _methods(member, session, Again(), cursor, given)


async def given_method(request: Request, sent: AnySentForm, member: MemberAlone) -> Asked:
    """Let the provider keep what the form's token stands for, or say where a payment method is given."""
    verb = sent.form.get("act")
    if verb not in ("begin", "add"):
        return Asked()
    gateway: Payments = request.app.state.gateways["payments"]
    try:
        if verb == "add":
            return Asked(method=await methods.given(gateway, member.actor, typed(sent.form, "token", 300).strip()))
        return Asked(giving=await _begun(request, sent, member, gateway))
    except Problem as refusal:
        return _said(refusal)


async def _begun(request: Request, sent: SentForm, member: Member, gateway: Payments) -> HostedSaving:
    key = typed(sent.form, "key", 255)
    check_key(key)
    visit = member.visit
    back = request.app.state.settings.public_url + visit.url("/payment-methods")
    kind = typed(sent.form, "kinds", 20)
    return await methods.begin_giving(gateway, member.actor, kind, back_url=back, locale=visit.locale, intent=key)


GivenMethod = Annotated[Asked, Depends(given_method)]


@router.post("/payment-methods", dependencies=[Depends(sent_form), Depends(given_method)])
async def change_methods(sent: AnySentForm, asked: GivenMethod, member: AnyMember, session: Session) -> Response:
    """Go to where a method is given, save it, make one the default, or remove one, as the button says."""
    if asked.giving is not None:
        # The address is for this person alone: it is shown, and neither kept nor answered again.
        back = [("/payment-methods", translate(_METHODS, member.visit.locale))]
        return page(member.visit, "giving.html", url=asked.giving.url, back=back)
    await sent.act_once(member, session)
    verb = typed(sent.form, "act", 20)
    try:
        if asked.refusal is not None:
            raise asked.refusal
        async with session.begin_nested():
            if asked.method is not None:
                chosen = bool(sent.form.get("make_default"))
                await methods.keep_given(session, member.actor, asked.method, make_default=chosen)
            elif verb == "default":
                await methods.make_default(session, member.actor, _id(sent, "method"))
            elif verb == "remove":
                await methods.remove(session, member.actor, _id(sent, "method"))
            else:
                raise NotFound()
    except Problem as refusal:
        again = Again.of(sent.form, verb, sent.refused(refusal), member.visit.locale)
        return await _methods(member, session, again, None, again.value("add", "token") or None)
    return see_other(member.visit.url("/payment-methods"))


async def _methods(
    member: Member, session: AsyncSession, again: Again, cursor: str | None, given: str | None
) -> Response:
    found, following = await methods.own_methods(session, member.actor, PageRequest(ON_A_PAGE, cursor))
    return page(
        member.visit,
        "payment_methods.html",
        status=again.status,
        found=found,
        next_cursor=following,
        given=given,
        kinds=methods.kinds(member.visit.locale),
        again=again,
        new_key=lambda: str(new_id()),
    )


@router.get("/payouts")
async def payout_list(
    member: AnyMember, session: Session, now: Now, cursor: Cursor = None, more: Cursor = None
) -> Response:
    """What the organization is owed, when it is sent and why not yet, what was sent, and how it is paid out."""
    return await _payouts(member, session, Again(), more, cursor, now=now)


@router.get("/payouts/{payout_id}")
async def payout(payout_id: UUID, member: AnyMember, session: Session, cursor: Cursor = None) -> Response:
    """One payout with what it is made of."""
    asked = PageRequest(ON_A_PAGE, cursor)
    shown, items, following = await payouts.own_payout(session, member.actor, payout_id, asked)
    return page(member.visit, "payout.html", payout=shown, items=items, next_cursor=following)


async def asked_for(request: Request, sent: AnySentForm, member: MemberAlone) -> Asked:
    """Let the provider open an account, or say where it is told who somebody is; with no transaction open."""
    verb, state = sent.form.get("act"), request.app.state
    if verb not in ("open", "onboard"):
        return Asked()
    gateway: SupplierPayments = state.gateways["payments"]
    database: Database = state.database
    try:
        async with database.transaction(Role.APP, readonly=True) as session:
            await act_for(session, member.actor.organization_id, person_id=member.actor.person_id)
            reference_, country = await payouts.known_account(session, member.actor)
        if verb == "open":
            if reference_ is not None:
                return Asked()
            return Asked(account=await payouts.opened_account(gateway, member.actor, country))
        if reference_ is None:
            raise NotFound()
        public_url = state.settings.public_url
        return Asked(onboarding=await payouts.onboarding(gateway, member.actor, reference_, public_url))
    except Problem as refusal:
        return _said(refusal)


AskedFor = Annotated[Asked, Depends(asked_for)]


@router.post("/payouts", dependencies=[Depends(sent_form), Depends(asked_for)])
async def change_payouts(sent: AnySentForm, asked: AskedFor, member: AnyMember, session: Session, now: Now) -> Response:
    """Open the account, go on to tell the provider who one is, or say when one is paid out, as the button says."""
    if asked.onboarding is not None:
        # The address opens once and for this person alone: it is shown, and neither kept nor answered again.
        return page(member.visit, "onboarding.html", link=asked.onboarding)
    await sent.act_once(member, session)
    verb = typed(sent.form, "act", 20)
    try:
        if asked.refusal is not None:
            raise asked.refusal
        async with session.begin_nested():
            if verb == "open":
                await payouts.keep_account(session, member.actor, asked.account)
            elif verb == "calendar":
                await _say_when(sent, member, session)
            else:
                raise NotFound()
    except Problem as refusal:
        again = Again.of(sent.form, verb, sent.refused(refusal), member.visit.locale)
        return await _payouts(member, session, again, None, None, now=now)
    return see_other(member.visit.url("/payouts"))


async def _say_when(sent: SentForm, member: Member, session: AsyncSession) -> None:
    currency = typed(sent.form, "currency", 3)
    known = reference.is_accepted_currency(currency)
    reading = Reading(sent.form, reference.currency(currency).exponent if known else 2)
    least = reading.amount("least", "/least", default=0)
    if reading.errors:
        raise Invalid(errors=reading.errors)
    rhythm = reading.text("rhythm")
    values: dict[str, Any] = {"rhythm": rhythm, "least": {"minor": least, "currency": currency}}
    if rhythm == "weekly":
        values["weekday"] = reading.text("weekday") or None
    if rhythm == "monthly":
        values["month_day"] = reading.text("month_day") or None
    await payouts.say_when(session, member.actor, values, version=_version(reading.text("version")))


def _version(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


async def _payouts(
    member: Member, session: AsyncSession, again: Again, items: str | None, sent: str | None, *, now: datetime
) -> Response:
    asked = PageRequest(ON_A_PAGE, items), PageRequest(ON_A_PAGE, sent)
    found = await payouts.overview(session, member.actor, *asked, now=now)
    least = found.calendar["least"]
    return page(
        member.visit,
        "payouts.html",
        status=again.status,
        found=found,
        again=again,
        rhythms=payouts.rhythms(),
        weekdays=_weekdays(member.visit),
        least=major(least["minor"], reference.currency(least["currency"]).exponent),
        new_key=lambda: str(new_id()),
    )


def _weekdays(visit: Visit) -> list[tuple[str, str]]:
    return [(str(at + 1), name) for at, name in get_day_names("wide", locale=cldr(visit.locale)).items()]


def _id(sent: SentForm, name: str) -> UUID:
    try:
        return UUID(typed(sent.form, name, 40))
    except ValueError:
        raise NotFound() from None


def _said(refusal: Problem) -> Asked:
    """What its page says of a refusal; others go on as they are."""
    if refusal.status not in SAID_ON_THE_PAGE:
        raise refusal
    return Asked(refusal=refusal)
