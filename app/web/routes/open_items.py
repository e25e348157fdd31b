"""What is owed, for people: open items on both sides, and credit lines."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.finance.facade import credit_lines, dunning, receivables
from app.kit.actor import Permission, lacking
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Invalid, Problem
from app.kit.ids import new_id
from app.kit.paging import PageRequest
from app.kit.problems import render
from app.reference import facade as reference
from app.web.forms import Again
from app.web.pages import page_router, see_other
from app.web.pooled import Reading, major
from app.web.rendering import page
from app.web.sent import Sent
from app.web.visit import AnyMember, Member

router = page_router()

ON_A_PAGE = 20
Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/open-items")
async def open_items(
    member: AnyMember,
    session: Session,
    now: Now,
    role: receivables.ItemRole = receivables.ItemRole.ISSUED,
    which: receivables.Which = receivables.Which.OPEN,
    cursor: Cursor = None,
) -> Response:
    """What others owe the organization, or it owes others; what is due first comes first."""
    asked = PageRequest(ON_A_PAGE, cursor)
    found, following = await receivables.own_items(session, member.actor, asked, role=role, which=which, now=now)
    aged = await receivables.aged(session, member.actor, role=role, now=now) if cursor is None else []
    return page(
        member.visit,
        "open_items.html",
        found=found,
        next_cursor=following,
        aged=aged,
        role=role.value,
        which=which.value,
    )


@router.get("/open-items/{item_id}")
async def open_item(item_id: UUID, member: AnyMember, session: Session, now: Now) -> Response:
    """One of them: what is open, what may be deducted until when, and what happened."""
    return await _item_page(member, session, item_id, Again(), now=now)


@router.post("/open-items/{item_id}")
async def record(item_id: UUID, request: Request, member: AnyMember, session: Session, now: Now) -> Response:
    """Record a payment, write off, pause reminders or let them go on, claim for late payment or withdraw that, as the button
    says."""
    sent = await Sent.read(request, member, session, now)
    shown = await receivables.own_item_of(session, member.actor, item_id, now=now)
    reading = Reading(sent.form, reference.currency(shown.item["amount"]["currency"]).exponent)
    verb = reading.text("act")
    try:
        values = _recorded(reading, verb)
        does = dunning.act_on_late_payment if verb in dunning.VERBS else receivables.record
        async with session.begin_nested():
            await does(session, member.actor, item_id, verb, values, now=now)
    except Problem as refusal:
        again = Again.of(sent.form, verb, sent.refused(refusal), member.visit.locale)
        return await _item_page(member, session, item_id, again, now=now)
    return see_other(member.visit.url(f"/open-items/{item_id}"))


def _recorded(reading: Reading, verb: str) -> dict[str, Any]:
    """What a form says, as the API takes it; what was left empty is left out."""
    values: dict[str, Any] = {
        name: text for name in ("occurred_on", "reference", "reason") if (text := reading.text(name))
    }
    reasoned = dict.fromkeys(("write_off", "pause", "withdraw"), ("reason",))
    wanted = {"payment": ("occurred_on", "reference"), **reasoned}.get(verb, ())
    values = {name: text for name, text in values.items() if name in wanted}
    if verb == "payment" or (verb == "write_off" and reading.text("amount")):
        values["amount_minor"] = reading.amount("amount", "/amount_minor")
    if verb == "claim" and reading.text("fixed_sum"):
        values["fixed_sum_minor"] = reading.amount("fixed_sum", "/fixed_sum_minor")
    if reading.errors:
        raise Invalid(errors=reading.errors)
    return values


async def _item_page(member: Member, session: AsyncSession, item_id: UUID, again: Again, *, now: datetime) -> Response:
    shown = await receivables.own_item_of(session, member.actor, item_id, now=now)
    item = shown.item
    late = await dunning.late_payment_of(session, member.actor, item_id, now=now)
    exponent = reference.currency(item["open"]["currency"]).exponent
    return page(
        member.visit,
        "open_item.html",
        status=again.status,
        item=item,
        may=shown.may | late.may,
        late=late,
        unknown=render(late.unknown, locale=member.visit.locale)["detail"] if late.unknown else None,
        again=again,
        today=now.date().isoformat(),
        left=major(item["open"]["minor"], exponent),
        new_key=lambda: str(new_id()),
    )


@router.get("/credit-lines")
async def lines(
    member: AnyMember,
    session: Session,
    now: Now,
    side: credit_lines.CreditSide | None = None,
    cursor: Cursor = None,
) -> Response:
    """The credit lines that the organization grants or is granted, with what is used of each."""
    asked = PageRequest(ON_A_PAGE, cursor)
    found, following = await credit_lines.own_lines(session, member.actor, asked, side=side, now=now)
    return page(
        member.visit,
        "credit_lines.html",
        found=found,
        next_cursor=following,
        side=side,
        may_grant=credit_lines.may_grant(member.actor),
    )


@router.get("/credit-lines/new")
async def new_line(member: AnyMember, buyer: Annotated[str, Query(max_length=40)] = "") -> Response:
    """The form that grants a buyer credit."""
    return _new_line_page(member, Again(), buyer)


@router.post("/credit-lines/new")
async def grant(request: Request, member: AnyMember, session: Session, now: Now) -> Response:
    """Grant it."""
    sent = await Sent.read(request, member, session, now)
    currency = sent.typed.get("currency", "")
    known = reference.is_accepted_currency(currency)
    reading = Reading(sent.form, reference.currency(currency).exponent if known else 2)
    try:
        values = _terms(reading) | {"currency": currency}
        async with session.begin_nested():
            made = await credit_lines.grant_line(session, member.actor, reading.text("buyer"), values, now=now)
    except Problem as refusal:
        return _new_line_page(member, Again.of(sent.form, "new", sent.refused(refusal), member.visit.locale), "")
    return see_other(member.visit.url(f"/credit-lines/{made}"))


def _terms(reading: Reading) -> dict[str, Any]:
    """Limit, days and terms of a line; an empty last day or rule means that there is none."""
    values: dict[str, Any] = {
        "limit_minor": reading.amount("limit", "/limit_minor"),
        "payment_days": reading.text("payment_days"),
        "valid_until": reading.text("valid_until") or None,
        "suspend_after_days": reading.text("suspend_after_days") or None,
    }
    if reading.errors:
        raise Invalid(errors=reading.errors)
    return values


def _new_line_page(member: Member, again: Again, buyer: str) -> Response:
    if not credit_lines.may_grant(member.actor):
        raise lacking(Permission.INVOICE)
    return page(
        member.visit,
        "new_credit_line.html",
        status=again.status,
        again=again,
        buyer=buyer,
        currency=member.actor.currency,
        new_key=lambda: str(new_id()),
    )


@router.get("/credit-lines/{line_id}")
async def line(line_id: UUID, member: AnyMember, session: Session, now: Now, cursor: Cursor = None) -> Response:
    """One of them: limit, what is used and how old that is, the orders that took of it, and for its supplier its terms."""
    return await _line_page(member, session, line_id, Again(), cursor, now=now)


@router.post("/credit-lines/{line_id}")
async def change_line(line_id: UUID, request: Request, member: AnyMember, session: Session, now: Now) -> Response:
    """Change a line, suspend it or let it be used again, as the button says."""
    sent = await Sent.read(request, member, session, now)
    shown = await credit_lines.own_line_of(session, member.actor, line_id, PageRequest(1, None), now=now)
    reading = Reading(sent.form, reference.currency(shown.line["currency"]).exponent)
    verb = reading.text("act")
    try:
        values: dict[str, Any] = {"reason": reading.text("reason")} if verb == "suspend" else {}
        if verb == "change":
            values = _terms(reading) | {"version": _version(reading.text("version"))}
        async with session.begin_nested():
            await credit_lines.change_line(session, member.actor, line_id, verb, values, now=now)
    except Problem as refusal:
        again = Again.of(sent.form, verb, sent.refused(refusal), member.visit.locale)
        return await _line_page(member, session, line_id, again, None, now=now)
    return see_other(member.visit.url(f"/credit-lines/{line_id}"))


def _version(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


async def _line_page(
    member: Member, session: AsyncSession, line_id: UUID, again: Again, cursor: str | None, *, now: datetime
) -> Response:
    asked = PageRequest(ON_A_PAGE, cursor)
    shown = await credit_lines.own_line_of(session, member.actor, line_id, asked, now=now)
    return page(
        member.visit,
        "credit_line.html",
        status=again.status,
        shown=shown,
        line=shown.line,
        again=again,
        limit=major(shown.line["limit"]["minor"], reference.currency(shown.line["currency"]).exponent),
        new_key=lambda: str(new_id()),
    )
