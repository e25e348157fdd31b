"""Payment by milestones for people: what is held, due and released, and what each side does about it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.finance import facade as finance
from app.finance.facade import schedules
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Invalid, NotFound, Problem
from app.kit.ids import new_id
from app.kit.paging import PageRequest
from app.procurement import facade as procurement
from app.procurement.facade import OrderPayment
from app.reference import facade as reference
from app.web.forms import Again, typed
from app.web.pages import page_router, see_other
from app.web.pooled import Reading, major
from app.web.rendering import page
from app.web.sending import AnySentForm, SentForm, sent_form
from app.web.visit import AnyMember, Member

router = page_router()

ON_A_PAGE = 20
MOST_NOTE = 2000
Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/payments")
async def payments(
    member: AnyMember, session: Session, role: schedules.ScheduleRole | None = None, cursor: Cursor = None
) -> Response:
    """The orders that are paid by milestones: what of each is to be paid, held and released; newest first."""
    found, following = await schedules.own_schedules(session, member.actor, role, PageRequest(ON_A_PAGE, cursor))
    return page(member.visit, "payments.html", found=found, next_cursor=following, role=role)


@router.get("/orders/{order_id}/payments")
async def order_payments(order_id: UUID, member: AnyMember, session: Session) -> Response:
    """How an order is paid: each milestone with its evidence and its money, and what may be done about it."""
    return await _page(member, session, await procurement.own_order_payment(session, member.actor, order_id), Again())


@router.post("/orders/{order_id}/payments", dependencies=[Depends(sent_form)])
async def take_step(order_id: UUID, sent: AnySentForm, member: AnyMember, session: Session, now: Now) -> Response:
    """Show evidence, accept or return it, pay, await a transfer no more, or give back, as the button says."""
    await sent.act_once(member, session)
    found = await procurement.own_order_payment(session, member.actor, order_id)
    verb, key = typed(sent.form, "act", 20), typed(sent.form, "milestone", 40)
    if key not in {one["id"] for one in found.order["milestones"]}:
        raise NotFound()
    try:
        if sent.refusal is not None:
            raise sent.refusal
        async with session.begin_nested():
            await _act(sent, member, session, found, key, verb, now=now)
    except Problem as refusal:
        again = Again.of(sent.form, f"{verb}-{key}", sent.refused(refusal), member.visit.locale)
        return await _page(member, session, found, again)
    return see_other(member.visit.url(f"/orders/{order_id}/payments#m{_position(found, key)}"))


async def _act(
    sent: SentForm, member: Member, session: AsyncSession, found: OrderPayment, key: str, verb: str, *, now: datetime
) -> None:
    actor, order_id = member.actor, UUID(found.order["id"])
    if verb in ("evidence", "accept", "return"):
        said = "reason" if verb == "return" else "note"
        values: dict[str, Any] = {
            "locale": member.visit.locale,
            said: typed(sent.form, said, MOST_NOTE).strip() or None,
        }
        if verb == "evidence":
            values["document_ids"] = await sent.keep(member, session)
        await procurement.take_milestone_step(session, actor, order_id, UUID(key), verb, values, now=now)
        return
    part = found.plan.parts.get(key) if found.plan else None
    if part is None:
        raise NotFound()
    milestone_id = UUID(part.money["id"])
    if verb == "pay":
        await schedules.pay_one(session, actor, milestone_id, _means(sent))
    elif verb == "withdraw":
        await schedules.await_no_transfer(session, actor, milestone_id)
    elif verb == "back":
        await schedules.give_money_back(session, actor, milestone_id, _back(sent, part.money), now=now)
    else:
        raise NotFound()


def _means(sent: SentForm) -> dict[str, Any]:
    return {"way": typed(sent.form, "way", 20)}


def _back(sent: SentForm, money: Mapping[str, Any]) -> dict[str, Any]:
    reading = Reading(sent.form, reference.currency(money["amount"]["currency"]).exponent)
    amount = reading.amount("amount", "/amount_minor") if reading.text("amount") else None
    if reading.errors:
        raise Invalid(errors=reading.errors)
    return {"amount_minor": amount, "reason": typed(sent.form, "reason", 1000).strip()}


def _position(found: OrderPayment, key: str) -> int:
    return [one["id"] for one in found.order["milestones"]].index(key) + 1


async def _page(member: Member, session: AsyncSession, found: OrderPayment, again: Again) -> Response:
    is_buyer = found.plan is not None and found.plan.is_buyer
    saved = await finance.charge_method(session, member.actor.organization_id) if is_buyer else None
    parts = found.plan.parts if found.plan else {}
    into = finance.house_accounts(member.visit.settings, found.order["total"]["currency"]) if is_buyer else []
    can = {key: bool(is_buyer and finance.disputes.may_open(member.actor, part.money)) for key, part in parts.items()}
    return page(
        member.visit,
        "order_payments.html",
        status=again.status,
        found=found,
        order=found.order,
        plan=found.plan,
        parts=parts,
        can_dispute=can,
        house_accounts=into,
        saved=saved.shown if saved else None,
        again=again,
        most_note=MOST_NOTE,
        step=major(1, reference.currency(found.order["total"]["currency"]).exponent),
        new_key=lambda: str(new_id()),
    )
