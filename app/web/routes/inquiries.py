"""A buyer's own inquiries: the list, one of them, and sending a draft."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.idempotency import check_key, open_intent
from app.kit.ids import new_id
from app.kit.paging import PageRequest
from app.procurement import facade as procurement
from app.web.pages import page_router, see_other
from app.web.rendering import page
from app.web.visit import AnyMember

router = page_router()

ON_A_PAGE = 20


@router.get("/inquiries")
async def inquiries(
    member: AnyMember,
    session: Session,
    now: Now,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The organization's inquiries, newest first."""
    found, following = await procurement.own_inquiries(session, member.actor, PageRequest(ON_A_PAGE, cursor), now=now)
    return page(member.visit, "inquiries.html", inquiries=found, next_cursor=following)


@router.get("/inquiries/{inquiry_id}")
async def inquiry(inquiry_id: UUID, member: AnyMember, session: Session, now: Now) -> Response:
    """One of them: what was asked, of whom, until when, and who has answered. Prices stay where they are sealed."""
    shown = await procurement.own_inquiry(session, member.actor, inquiry_id, now=now)
    return page(member.visit, "inquiry.html", inquiry=shown, key=str(new_id()))


@router.post("/inquiries/{inquiry_id}/publication")
async def publish(inquiry_id: UUID, request: Request, member: AnyMember, session: Session, now: Now) -> Response:
    """Send a draft to the suppliers whom it names."""
    form = await request.form()
    member.visit.check_form(form)
    key = str(form.get("key") or "")
    check_key(key)
    await open_intent(request, member.actor, session, key, await request.body())
    await procurement.publish_inquiry(session, member.actor, inquiry_id, now=now)
    return see_other(member.visit.url(f"/inquiries/{inquiry_id}"))
