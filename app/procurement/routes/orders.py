"""Routes of purchase orders, for both sides."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.catalog import facade as catalog
from app.finance import facade as finance
from app.kit.actor import Actor, CurrentActor, Permission, permitted
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, PreconditionFailed, PreconditionRequired, Unauthenticated
from app.kit.etags import IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, PageRequest, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.procurement.models import PurchaseOrder
from app.procurement.order_errors import (
    ConfirmationExpired,
    ConfirmationUsed,
    ItemWithdrawn,
    OrderNotDraft,
    OrderStateConflict,
    OrderTooLarge,
    OrderUnfinished,
    PooledOrderBinds,
)
from app.procurement.order_guards import AtOrder, at_order, at_order_as
from app.procurement.order_states import OrderState, Side
from app.procurement.queries import orders as queries
from app.procurement.routes.inquiries import WRITE
from app.procurement.schemas.orders import (
    AcknowledgementIn,
    CatalogueOrderIn,
    OrderChangeIn,
    OrderOut,
    OrderSummaryOut,
    RefusalIn,
    TemplatesOut,
)
from app.procurement.usecases.answer_order import acknowledge_order, reject_order
from app.procurement.usecases.draft_order import change_draft
from app.procurement.usecases.end_order import cancel_order, close_order
from app.procurement.usecases.issue_order import submit_order
from app.procurement.usecases.order_from_catalogue import order_from_catalogue
from app.procurement.views.milestones import templates_out
from app.procurement.views.orders import order_out, orders_csv, summaries
from app.warehousing import facade as warehousing

router = house_router(tags=["orders"])

CSV = "text/csv"
CSV_ROWS = 2000

Orderer = Annotated[Actor, Depends(permitted(Permission.ORDER))]
SeenOrder = Annotated[AtOrder, Depends(at_order)]
PlacedOrder = Annotated[AtOrder, Depends(at_order_as(Side.BUYER, Permission.ORDER))]
ReceivedOrder = Annotated[AtOrder, Depends(at_order_as(Side.SUPPLIER, Permission.QUOTE))]
WhichSide = Annotated[Side, Query(description="`buyer`: orders you placed; `supplier`: orders you received.")]
WhichState = Annotated[OrderState | None, Query(description="Only those in this state.")]


async def shown(session: Session, at: AtOrder, order: PurchaseOrder, response: Response) -> OrderOut:
    """An order as it is after a step, with its ETag."""
    set_etag(response, order.version)
    response.headers["Cache-Control"] = "no-store"
    return await order_out(session, at.actor, order)


@router.get("/milestone-templates", responses=problems(Unauthenticated))
async def list_milestone_templates(_: CurrentActor) -> TemplatesOut:
    """The payment and progress plans that orders can follow. Shares sum to 100."""
    return templates_out()


@router.get("/orders", responses=problems(Unauthenticated, Forbidden))
async def list_orders(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    side: WhichSide = Side.BUYER,
    state: WhichState = None,
) -> Page[OrderSummaryOut]:
    """Your organization's orders, newest first."""
    statement = queries.orders_of(actor.organization_id, side, state)
    rows, cursor = await fetch_page(session, statement, page, keys=[PurchaseOrder.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = "no-store"
    return Page(items=await summaries(session, rows), next_cursor=cursor)


@router.get(
    "/orders.csv",
    response_class=Response,
    responses={
        **problems(Unauthenticated, Forbidden),
        200: {"content": {CSV: {"schema": {"type": "string"}}}, "description": "The orders as a table."},
    },
)
async def get_orders_csv(
    actor: CurrentActor,
    session: Session,
    request: Request,
    side: WhichSide = Side.BUYER,
    state: WhichState = None,
    cursor: Annotated[str | None, Query(max_length=500, description="From the Link header of the part before.")] = None,
) -> Response:
    """Your organization's orders for a spreadsheet, newest first, 2000 at a time; `Link: rel="next"` leads on."""
    statement = queries.orders_of(actor.organization_id, side, state)
    page = PageRequest(CSV_ROWS, cursor)
    rows, following = await fetch_page(session, statement, page, keys=[PurchaseOrder.id], descending=True)
    answer = Response(
        orders_csv(await summaries(session, rows)),
        media_type=f"{CSV}; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="orders.csv"', "Cache-Control": "no-store"},
    )
    link_next(request, answer, following)
    return answer


@router.post(
    "/catalog-orders",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(
        Unauthenticated, Forbidden, Invalid, ConfirmationExpired, ConfirmationUsed, ItemWithdrawn, catalog.PriceChanged,
        OrderTooLarge, warehousing.StockShort, *finance.CREDIT_REFUSALS, *ONCE,
    ),
)  # fmt: skip
async def post_catalogue_order(
    actor: Orderer, form: CatalogueOrderIn, session: Session, now: Now, response: Response
) -> OrderOut:
    """Order items of the catalogue from one supplier, by confirmed prices or at those of this moment. Your approval rules
    hold as for every order; it is then found among your orders."""
    order = await order_from_catalogue(session, actor, form, now=now)
    response.headers["Location"] = f"/v1/orders/{order.id}"
    return await shown(session, AtOrder(actor, order, Side.BUYER), order, response)


@router.get("/orders/{order_id}", responses=problems(*READ))
async def get_order(at: SeenOrder, session: Session, response: Response) -> OrderOut:
    """One order with its lines, milestones, evidence and history."""
    return await shown(session, at, at.order, response)


@router.patch(
    "/orders/{order_id}",
    responses=problems(*WRITE, Invalid, OrderNotDraft, PreconditionFailed, PreconditionRequired),
)
async def patch_order(
    at: PlacedOrder, form: OrderChangeIn, version: IfMatch, session: Session, response: Response
) -> OrderOut:
    """Change the terms, references or milestones of a draft. Prices are those of the quote and stay."""
    order = await change_draft(session, at.actor, at.order.id, form, version=version)
    return await shown(session, at, order, response)


@router.post(
    "/orders/{order_id}/submission",
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, OrderStateConflict, *finance.CREDIT_REFUSALS),
)
async def post_order_submission(at: PlacedOrder, session: Session, now: Now, response: Response) -> OrderOut:
    """Send a draft on its way: it waits for approval where your rules ask for one, and is issued otherwise."""
    order = await submit_order(session, at.actor, at.order.id, now=now)
    return await shown(session, at, order, response)


@router.post(
    "/orders/{order_id}/acknowledgement",
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, Invalid, OrderStateConflict),
)
async def post_acknowledgement(
    at: ReceivedOrder, form: AcknowledgementIn, session: Session, now: Now, response: Response
) -> OrderOut:
    """Take an order that you received, and confirm the day of delivery."""
    order = await acknowledge_order(session, at.actor, at.order.id, form, now=now)
    return await shown(session, at, order, response)


@router.post(
    "/orders/{order_id}/rejection",
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, OrderStateConflict),
)
async def post_order_rejection(
    at: ReceivedOrder, form: RefusalIn, session: Session, now: Now, response: Response
) -> OrderOut:
    """Refuse an order that you received, with the reason. The buyer may award its lines to somebody else."""
    order = await reject_order(session, at.actor, at.order.id, form, now=now)
    return await shown(session, at, order, response)


@router.post(
    "/orders/{order_id}/cancellation",
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, OrderStateConflict, PooledOrderBinds),
)
async def post_order_cancellation(
    at: PlacedOrder, form: RefusalIn, session: Session, now: Now, response: Response
) -> OrderOut:
    """Take an order back before its supplier has acknowledged it. Its lines can be awarded again. A pooled order binds."""
    order = await cancel_order(session, at.actor, at.order.id, form, now=now)
    return await shown(session, at, order, response)


@router.post(
    "/orders/{order_id}/closing",
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, OrderStateConflict, OrderUnfinished),
)
async def post_order_closing(at: PlacedOrder, session: Session, now: Now, response: Response) -> OrderOut:
    """Close an accepted order of which everything is done."""
    order = await close_order(session, at.actor, at.order.id, now=now)
    return await shown(session, at, order, response)
