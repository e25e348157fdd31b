"""Dispatches and returns over HTTP, for those who keep a warehouse and for those whom goods go to."""

from uuid import UUID

from fastapi import Request, Response

from app.kit.actor import CurrentActor
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    Invalid,
    Unauthenticated,
)
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.warehousing.errors import MoveRefused
from app.warehousing.guards import Keeper
from app.warehousing.picking import queries
from app.warehousing.picking.errors import PackageNotReady, ReturnedTooMuch, ReturnEnded
from app.warehousing.picking.guards import DispatchKeeper, ReturnKeeper, SeenDispatch, SeenReturn
from app.warehousing.picking.models import Dispatch, GoodsReturn
from app.warehousing.picking.schemas import (
    DispatchIn,
    DispatchOut,
    PackingListOut,
    ReturnIn,
    ReturnOut,
    ReturnReceiptIn,
)
from app.warehousing.picking.usecases.send import send_packages
from app.warehousing.picking.usecases.take_back import authorise_return, cancel_return, receive_return
from app.warehousing.picking.views import dispatches_out, packing_list_out, returns_out

router = house_router(tags=["dispatches and returns"])


@router.post(
    "/warehouses/{warehouse_id}/dispatches",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, PackageNotReady, MoveRefused, *ONCE),
)
async def post_dispatch(
    warehouse_id: UUID, actor: Keeper, form: DispatchIn, session: Session, response: Response
) -> DispatchOut:
    """Send closed packages of one consignee. What is in them leaves your stock at once."""
    row = await send_packages(session, actor, warehouse_id, form)
    response.headers["Location"] = f"/v1/dispatches/{row.id}"
    return (await dispatches_out(session, [row]))[0]


@router.get("/dispatches", responses=problems(Unauthenticated))
async def list_dispatches(
    actor: CurrentActor, session: Session, page: Paging, request: Request, response: Response
) -> Page[DispatchOut]:
    """What left your warehouses and what was sent to you, newest first."""
    statement = queries.dispatches_of(actor.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[Dispatch.id], descending=True)
    link_next(request, response, cursor)
    return Page(items=await dispatches_out(session, rows), next_cursor=cursor)


@router.get("/dispatches/{dispatch_id}", responses=problems(*READ))
async def get_dispatch(row: SeenDispatch, session: Session) -> DispatchOut:
    """One dispatch."""
    return (await dispatches_out(session, [row]))[0]


@router.get("/dispatches/{dispatch_id}/packing-list", responses=problems(*READ))
async def get_packing_list(row: SeenDispatch, session: Session) -> PackingListOut:
    """The packing list of a dispatch: its packages, and what is in each."""
    return await packing_list_out(session, row)


@router.post(
    "/dispatches/{dispatch_id}/returns",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, ReturnedTooMuch, *ONCE),
)
async def post_goods_return(
    dispatch_id: UUID, actor: DispatchKeeper, form: ReturnIn, session: Session, response: Response
) -> ReturnOut:
    """Authorise that some of what was dispatched comes back."""
    row = await authorise_return(session, actor, dispatch_id, form)
    response.headers["Location"] = f"/v1/goods-returns/{row.id}"
    return (await returns_out(session, [row]))[0]


@router.get("/goods-returns", responses=problems(Unauthenticated))
async def list_goods_returns(
    actor: CurrentActor, session: Session, page: Paging, request: Request, response: Response
) -> Page[ReturnOut]:
    """What comes back to your warehouses and what you send back, newest first."""
    statement = queries.returns_of(actor.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[GoodsReturn.id], descending=True)
    link_next(request, response, cursor)
    return Page(items=await returns_out(session, rows), next_cursor=cursor)


@router.get("/goods-returns/{return_id}", responses=problems(*READ))
async def get_goods_return(row: SeenReturn, session: Session) -> ReturnOut:
    """One return."""
    return (await returns_out(session, [row]))[0]


@router.post(
    "/goods-returns/{return_id}/receipt",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, ReturnEnded, MoveRefused, *ONCE),
)
async def post_goods_receipt(
    return_id: UUID, actor: ReturnKeeper, form: ReturnReceiptIn, session: Session, now: Now
) -> ReturnOut:
    """Take in what came back: on quality hold, into a returns zone."""
    row = await receive_return(session, actor, return_id, form, now=now)
    return (await returns_out(session, [row]))[0]


@router.post("/goods-returns/{return_id}/cancellation", responses=problems(*READ, ReturnEnded))
async def post_goods_return_cancellation(return_id: UUID, actor: ReturnKeeper, session: Session, now: Now) -> ReturnOut:
    """Nothing comes back: it may be authorised again."""
    return (await returns_out(session, [await cancel_return(session, actor, return_id, now=now)]))[0]
