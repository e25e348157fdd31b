"""What came of a campaign, for people: its rounds with their certificates, orders and deliveries, framework orders."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import JSONResponse, Response

from app.kit.actor import Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import NotFound, Problem
from app.kit.etags import PRIVATE
from app.kit.ids import new_id
from app.kit.paging import PageRequest
from app.pooling import facade as pooling
from app.reference import facade as reference
from app.web import pooled
from app.web.forms import Again, typed
from app.web.pages import page_router, see_other
from app.web.rendering import page
from app.web.sent import Sent
from app.web.visit import AnyMember, Member

router = page_router()

ROUNDS_ON_A_PAGE = 5
ORDERS_ON_A_PAGE = 10
LINES_ON_A_PAGE = 20
Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/campaigns/{campaign_id}/rounds")
async def rounds(campaign_id: UUID, member: AnyMember, session: Session, now: Now, cursor: Cursor = None) -> Response:
    """Every round of a campaign: its certificate, and what came of one's own commitments."""
    asked = PageRequest(ROUNDS_ON_A_PAGE, cursor)
    found = await pooling.rounds(session, member.actor, campaign_id, asked, now=now)
    currency, locale = found.campaign["currency"], member.visit.locale
    return page(
        member.visit,
        "campaign_rounds.html",
        campaign=found.campaign,
        found=found,
        proofs={one.clearing["id"]: pooled.proofs(one.clearing, currency, locale) for one in found.rounds},
    )


@router.get("/campaigns/{campaign_id}/certificate.json")
async def certificate(campaign_id: UUID, member: AnyMember, session: Session, now: Now) -> Response:
    """The certificates of all rounds as a file, for who takes part."""
    taken = await pooling.taken_part(session, member.actor, campaign_id, now=now)
    if not taken.rounds:
        raise NotFound()
    every = await pooling.certificates(session, member.actor, campaign_id)
    name = f"{taken.campaign['number']}-certificate.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": PRIVATE}
    return JSONResponse(pooled.certificate(taken.campaign, every), headers=headers)


@router.get("/campaigns/{campaign_id}/orders")
async def orders(
    campaign_id: UUID, member: AnyMember, session: Session, now: Now, cursor: Cursor = None, more: Cursor = None
) -> Response:
    """What was ordered of one's own commitments and how far it is; the framework orders that one supplies or leads."""
    own, led = PageRequest(ORDERS_ON_A_PAGE, cursor), PageRequest(LINES_ON_A_PAGE, more)
    found = await pooling.ordered(session, member.actor, campaign_id, own, led, now=now)
    return page(
        member.visit,
        "campaign_orders.html",
        campaign=found.campaign,
        found=found,
        advice=pooled.ADVICE,
        place_of=_place_of,
    )


@router.get("/campaigns/{campaign_id}/orders/{framework_order_id}")
async def framework_order(
    campaign_id: UUID,
    framework_order_id: UUID,
    member: AnyMember,
    session: Session,
    now: Now,
    cursor: Cursor = None,
) -> Response:
    """A framework order: what is sent where and to whom, for its supplier; what it comes to, for the campaign's lead."""
    asked = PageRequest(LINES_ON_A_PAGE, cursor)
    found = await pooling.framework(session, member.actor, campaign_id, framework_order_id, asked, now=now)
    return page(member.visit, "framework_order.html", campaign=found.campaign, found=found, place_of=_place_of)


@router.get("/campaigns/{campaign_id}/orders/{framework_order_id}/shipment")
async def new_shipment(
    campaign_id: UUID, framework_order_id: UUID, member: AnyMember, session: Session, now: Now
) -> Response:
    """The form that plans the shared shipment of a framework order, for its supplier."""
    return await _shipment_page(member, session, campaign_id, framework_order_id, Again(), now=now)


@router.post("/campaigns/{campaign_id}/orders/{framework_order_id}/shipment")
async def plan_shipment(
    campaign_id: UUID, framework_order_id: UUID, request: Request, member: AnyMember, session: Session, now: Now
) -> Response:
    """Plan it: to a hub, and from there to each member's place."""
    sent = await Sent.read(request, member, session, now)
    names = ("mode", "load", "discharge", "origin", "hub", "ready_on")
    form: dict[str, Any] = {name: text for name in names if (text := typed(sent.form, name, 40).strip())}
    form |= {name: text.upper() for name, text in form.items() if name not in ("mode", "ready_on")}
    if containers := typed(sent.form, "containers", 2000).upper().replace(",", " ").split():
        form["containers"] = containers
    try:
        async with session.begin_nested():
            await pooling.ship(session, member.actor, campaign_id, framework_order_id, form)
    except Problem as refusal:
        again = Again.of(sent.form, "ship", sent.refused(refusal), member.visit.locale)
        return await _shipment_page(member, session, campaign_id, framework_order_id, again, now=now)
    return see_other(member.visit.url(f"/campaigns/{campaign_id}/orders/{framework_order_id}"))


async def _shipment_page(
    member: Member, session: AsyncSession, campaign_id: UUID, framework_id: UUID, again: Again, *, now: datetime
) -> Response:
    asked = PageRequest(1, None)
    found = await pooling.framework(session, member.actor, campaign_id, framework_id, asked, now=now)
    if not found.is_supplier:
        raise NotFound()
    member.actor.require(Permission.FULFIL)
    return page(
        member.visit,
        "framework_shipment.html",
        status=again.status,
        campaign=found.campaign,
        found=found,
        again=again,
        modes=pooling.modes(),
        places=sorted(found.places.items()),
        new_key=lambda: str(new_id()),
    )


def _place_of(code: str) -> str:
    """A place's name; its code where it has none."""
    place = reference.find_place(code)
    return place.name if place else code
