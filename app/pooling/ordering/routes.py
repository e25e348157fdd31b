"""Framework orders over HTTP: read by their supplier and by the campaign's lead."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from starlette.status import HTTP_201_CREATED

from app.finance.facade import REFUSALS
from app.kit.actor import CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.etags import PRIVATE
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.pooling.ordering import queries
from app.pooling.ordering.errors import NothingOrdered, NothingToShip
from app.pooling.ordering.invoicing import invoice_framework
from app.pooling.ordering.models import FrameworkLine, FrameworkOrder
from app.pooling.ordering.schemas import (
    FrameworkInvoicesIn,
    FrameworkInvoicesOut,
    FrameworkLineOut,
    FrameworkOrderOut,
    FrameworkShipmentIn,
    FrameworkShipmentOut,
)
from app.pooling.ordering.shipping import ship_framework
from app.pooling.ordering.views import frameworks_out, invoices_out, lines_out

router = house_router(tags=["campaigns"])


async def seen_framework(framework_order_id: UUID, actor: CurrentActor, session: Session) -> FrameworkOrder:
    """Its supplier's people and the lead's."""
    row = await queries.framework(session, framework_order_id)
    if row is None or actor.organization_id not in (row.supplier_id, row.lead_id):
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def own_framework(framework_order_id: UUID, actor: CurrentActor, session: Session) -> FrameworkOrder:
    """Its supplier's people who may fulfil."""
    row = await queries.framework(session, framework_order_id)
    if row is None or row.supplier_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.FULFIL)
    return row


async def invoiced_framework(framework_order_id: UUID, actor: CurrentActor, session: Session) -> FrameworkOrder:
    """Its supplier's people who may invoice."""
    row = await queries.framework(session, framework_order_id)
    if row is None or row.supplier_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.INVOICE)
    return row


InvoicedFramework = Annotated[FrameworkOrder, Depends(invoiced_framework)]
OwnFramework = Annotated[FrameworkOrder, Depends(own_framework)]
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
    return Page(items=await frameworks_out(session, rows), next_cursor=cursor)


@router.get("/framework-orders/{framework_order_id}", responses=problems(*READ))
async def get_framework_order(row: SeenFramework, session: Session, response: Response) -> FrameworkOrderOut:
    """All that is bought of one supplier in a campaign."""
    response.headers["Cache-Control"] = PRIVATE
    return (await frameworks_out(session, [row]))[0]


@router.get("/framework-orders/{framework_order_id}/lines", responses=problems(*READ, Invalid))
async def list_framework_lines(
    row: SeenFramework, actor: CurrentActor, session: Session, page: Paging, request: Request, response: Response
) -> Page[FrameworkLineOut]:
    """To whom the supplier delivers what, and their orders. The lead, who is not told who buys, finds an empty list."""
    statement = queries.lines_under(row.id, actor.organization_id)
    found, cursor = await fetch_page(session, statement, page, keys=[FrameworkLine.id])
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await lines_out(session, actor, row, found), next_cursor=cursor)


@router.post(
    "/framework-orders/{framework_order_id}/shipment",
    status_code=HTTP_201_CREATED,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, Invalid, NothingToShip),
)
async def post_framework_shipment(
    row: OwnFramework,
    actor: CurrentActor,
    form: FrameworkShipmentIn,
    session: Session,
    response: Response,
) -> FrameworkShipmentOut:
    """Send all of a framework order at once: to a hub, and from there to each member's place. A second time finds what was
    planned. Each member sees his own shipment, and how far the common one is."""
    planned = await ship_framework(session, actor, row.id, form)
    response.headers["Location"] = f"/v1/shipments/{planned.shipment_id}"
    response.headers["Cache-Control"] = PRIVATE
    return FrameworkShipmentOut.model_validate(planned)


@router.post(
    "/framework-orders/{framework_order_id}/invoices",
    status_code=HTTP_201_CREATED,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, NothingOrdered, *REFUSALS),
)
async def post_framework_invoices(
    row: InvoicedFramework,
    actor: CurrentActor,
    form: FrameworkInvoicesIn,
    session: Session,
    now: Now,
    response: Response,
) -> FrameworkInvoicesOut:
    """Invoice all that members ordered under a framework order: one invoice for each member, in his language, with his deposit
    as paid already. All or none; a second time finds what was issued, and adds only what was ordered since."""
    found = await invoice_framework(session, actor, row, form, now=now)
    response.headers["Cache-Control"] = PRIVATE
    return await invoices_out(session, row, found)
