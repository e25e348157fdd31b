"""Framework orders over HTTP: read by their supplier and by the campaign's lead."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from app.kit.actor import CurrentActor, Permission
from app.kit.db.session import Session
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.etags import PRIVATE
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import READ, problems
from app.kit.routing import house_router
from app.pooling.ordering import queries
from app.pooling.ordering.models import FrameworkOrder
from app.pooling.ordering.schemas import FrameworkOrderOut
from app.pooling.ordering.views import frameworks_out

router = house_router(tags=["campaigns"])


async def seen_framework(framework_order_id: UUID, actor: CurrentActor, session: Session) -> FrameworkOrder:
    """Its supplier's people and the lead's."""
    row = await queries.framework(session, framework_order_id)
    if row is None or actor.organization_id not in (row.supplier_id, row.lead_id):
        raise NotFound()
    actor.require(Permission.READ)
    return row


SeenFramework = Annotated[FrameworkOrder, Depends(seen_framework)]


@router.get("/framework-orders", responses=problems(Unauthenticated, Forbidden))
async def list_framework_orders(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    of_campaign: Annotated[UUID | None, Query(description="Only those of this campaign.")] = None,
) -> Page[FrameworkOrderOut]:
    """What is bought in campaigns of your organization, and in campaigns that it leads; newest first."""
    actor.require(Permission.READ)
    statement = queries.frameworks_of(actor.organization_id, of_campaign)
    rows, cursor = await fetch_page(session, statement, page, keys=[FrameworkOrder.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await frameworks_out(session, actor, rows), next_cursor=cursor)


@router.get("/framework-orders/{framework_order_id}", responses=problems(*READ))
async def get_framework_order(
    row: SeenFramework, actor: CurrentActor, session: Session, response: Response
) -> FrameworkOrderOut:
    """All that is bought of one supplier in a campaign; for the supplier with whom it goes to, and their orders."""
    response.headers["Cache-Control"] = PRIVATE
    return (await frameworks_out(session, actor, [row]))[0]
