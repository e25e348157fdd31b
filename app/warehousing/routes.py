"""Warehouses and stock over HTTP: for those who keep them, for those whose goods lie there, and for buyers who hold some."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.kit.actor import Actor, CurrentActor
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
)
from app.kit.errors import Labelled as LabelledCode
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.ids import new_id
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import EDITED, ONCE, READ, problems
from app.kit.routing import house_router
from app.warehousing import queries
from app.warehousing.errors import (
    MoveRefused,
    ReservationEnded,
    StockCodeTaken,
    StockInTheWay,
    StockShort,
    TooManyHolds,
)
from app.warehousing.guards import (
    BinKeeper,
    Holder,
    ItemKeeper,
    Keeper,
    OwnItem,
    OwnReservation,
    ReservationHolder,
    SeenWarehouse,
    Storeman,
)
from app.warehousing.models import Bin, Reservation, StockBalance, StockItem, StockMove, Warehouse, Zone
from app.warehousing.schemas import (
    AvailabilitiesOut,
    AvailabilityOut,
    BinChange,
    BinOut,
    BinsIn,
    BinsOut,
    MoveOut,
    MovesIn,
    MovesOut,
    ReservationIn,
    ReservationOut,
    StockItemChange,
    StockItemIn,
    StockItemOut,
    StockOut,
    WarehouseChange,
    WarehouseIn,
    WarehouseOut,
    ZoneIn,
    ZoneOut,
)
from app.warehousing.states import RESERVATION_STATE_LABELS, ReservationState, StockStatus
from app.warehousing.usecases.keep_items import change_item, stock_item
from app.warehousing.usecases.keep_warehouse import add_bins, add_zone, change_bin, change_warehouse, open_warehouse
from app.warehousing.usecases.post_moves import post_moves
from app.warehousing.usecases.reserve_stock import Wanted, release_stock, reserve_stock
from app.warehousing.views import items_out, moves_out, reservations_out, stock_out, warehouses_out, zone_out

router = house_router(tags=["warehousing"])

MOST_HOLDS = 100
HELD_FOR_REQUEST = "request"


async def _warehouse_out(session: Session, row: Warehouse, response: Response) -> WarehouseOut:
    set_etag(response, row.version)
    return (await warehouses_out(session, [row]))[0]


async def _item_out(session: Session, row: StockItem, response: Response) -> StockItemOut:
    set_etag(response, row.version)
    return (await items_out(session, [row], row.organization_id))[0]


@router.post(
    "/warehouses",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, Invalid, StockCodeTaken, *ONCE),
)
async def post_warehouse(actor: Storeman, form: WarehouseIn, session: Session, response: Response) -> WarehouseOut:
    """Open a warehouse. It has a zone of each purpose with one bin to begin with."""
    row = await open_warehouse(session, actor, form)
    response.headers["Location"] = f"/v1/warehouses/{row.id}"
    return await _warehouse_out(session, row, response)


@router.get("/warehouses", responses=problems(Unauthenticated))
async def list_warehouses(
    actor: CurrentActor, session: Session, page: Paging, request: Request, response: Response
) -> Page[WarehouseOut]:
    """The warehouses that your organization keeps or has goods in."""
    rows, cursor = await fetch_page(session, queries.warehouses_of(actor.organization_id), page, keys=[Warehouse.id])
    link_next(request, response, cursor)
    return Page(items=await warehouses_out(session, rows), next_cursor=cursor)


@router.get("/warehouses/{warehouse_id}", responses=problems(*READ))
async def get_warehouse(row: SeenWarehouse, session: Session, response: Response) -> WarehouseOut:
    """One warehouse."""
    return await _warehouse_out(session, row, response)


@router.patch("/warehouses/{warehouse_id}", responses=problems(*READ, *EDITED, Invalid, StockInTheWay))
async def patch_warehouse(
    warehouse_id: UUID,
    actor: Keeper,
    form: WarehouseChange,
    if_match: IfMatch,
    session: Session,
    now: Now,
    response: Response,
) -> WarehouseOut:
    """Change a warehouse, close it when it is empty, or open it again."""
    row = await change_warehouse(session, actor, warehouse_id, form, expected=if_match, now=now)
    return await _warehouse_out(session, row, response)


@router.get("/warehouses/{warehouse_id}/zones", responses=problems(*READ))
async def list_zones(
    row: SeenWarehouse, session: Session, page: Paging, request: Request, response: Response
) -> Page[ZoneOut]:
    """The zones of a warehouse by code, for its keeper."""
    rows, cursor = await fetch_page(session, queries.zones_of(row.id), page, keys=[Zone.code, Zone.id])
    link_next(request, response, cursor)
    return Page(items=[zone_out(zone) for zone in rows], next_cursor=cursor)


@router.post(
    "/warehouses/{warehouse_id}/zones",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, StockCodeTaken, *ONCE),
)
async def post_zone(warehouse_id: UUID, actor: Keeper, form: ZoneIn, session: Session) -> ZoneOut:
    """Add a zone."""
    return zone_out(await add_zone(session, actor, warehouse_id, form))


@router.get("/warehouses/{warehouse_id}/bins", responses=problems(*READ))
async def list_bins(
    row: SeenWarehouse, session: Session, page: Paging, request: Request, response: Response
) -> Page[BinOut]:
    """The bins of a warehouse by code; owners of goods see those that their goods are in."""
    rows, cursor = await fetch_page(session, queries.bins_of(row.id), page, keys=[Bin.code, Bin.id])
    link_next(request, response, cursor)
    return Page(items=[BinOut.model_validate(one) for one in rows], next_cursor=cursor)


@router.post(
    "/warehouses/{warehouse_id}/bins",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, *ONCE),
)
async def post_bins(warehouse_id: UUID, actor: Keeper, form: BinsIn, session: Session) -> BinsOut:
    """Add bins to zones, up to 500 at a time."""
    made = await add_bins(session, actor, warehouse_id, form)
    return BinsOut(made=made, existing=len({one.code for one in form.bins}) - made)


@router.patch("/bins/{bin_id}", responses=problems(*READ, *EDITED, Invalid))
async def patch_bin(
    bin_id: UUID, actor: BinKeeper, form: BinChange, if_match: IfMatch, session: Session, response: Response
) -> BinOut:
    """Change what a bin bears, or block it."""
    row = await change_bin(session, actor, bin_id, form, expected=if_match)
    set_etag(response, row.version)
    return BinOut.model_validate(row)


@router.post(
    "/stock-items",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, Invalid, StockCodeTaken, *ONCE),
)
async def post_stock_item(actor: Storeman, form: StockItemIn, session: Session, response: Response) -> StockItemOut:
    """Say that something is stocked: a variant of your catalogue, or a thing of your own such as a mould."""
    row = await stock_item(session, actor, form)
    response.headers["Location"] = f"/v1/stock-items/{row.id}"
    return await _item_out(session, row, response)


@router.get("/stock-items", responses=problems(Unauthenticated))
async def list_stock_items(
    actor: CurrentActor, session: Session, page: Paging, request: Request, response: Response
) -> Page[StockItemOut]:
    """Your organization's items by SKU, with what it has of them wherever it lies."""
    statement = queries.items_of(actor.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[StockItem.sku, StockItem.id])
    link_next(request, response, cursor)
    return Page(items=await items_out(session, rows, actor.organization_id), next_cursor=cursor)


@router.get("/stock-items/{item_id}", responses=problems(*READ))
async def get_stock_item(row: OwnItem, session: Session, response: Response) -> StockItemOut:
    """One item."""
    return await _item_out(session, row, response)


@router.patch("/stock-items/{item_id}", responses=problems(*READ, *EDITED, Invalid))
async def patch_stock_item(
    item_id: UUID, actor: ItemKeeper, form: StockItemChange, if_match: IfMatch, session: Session, response: Response
) -> StockItemOut:
    """Change an item. New measures count for what lies in bins already."""
    return await _item_out(session, await change_item(session, actor, item_id, form, expected=if_match), response)


@router.get("/stock", responses=problems(Unauthenticated))
async def list_stock(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    item_id: UUID | None = None,
    warehouse_id: UUID | None = None,
    status: StockStatus | None = None,
) -> Page[StockOut]:
    """What lies in your warehouses, and your own goods elsewhere."""
    statement = queries.balances(actor.organization_id, item_id, warehouse_id, status)
    rows, cursor = await fetch_page(session, statement, page, keys=[StockBalance.id])
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await stock_out(session, rows), next_cursor=cursor)


@router.post(
    "/stock-moves",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, Invalid, MoveRefused, *ONCE),
)
async def post_stock_moves(actor: Storeman, form: MovesIn, session: Session) -> MovesOut:
    """Move stock in your warehouses: all moves are made, or none."""
    ids = await post_moves(session, actor, form.moves)
    rows = await queries.moves_by_id(session, ids)
    return MovesOut(moves=await moves_out(session, rows))


@router.get("/stock-moves", responses=problems(Unauthenticated))
async def list_stock_moves(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    item_id: UUID | None = None,
    bin_id: Annotated[UUID | None, Query(description="From it or to it.")] = None,
) -> Page[MoveOut]:
    """The ledger, newest first: moves in your warehouses, and of your goods elsewhere."""
    statement = queries.moves(actor.organization_id, item_id, bin_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[StockMove.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await moves_out(session, rows), next_cursor=cursor)


@router.get("/stock-availability", responses=problems(Unauthenticated, Invalid))
async def list_stock_availability(
    actor: CurrentActor,
    session: Session,
    response: Response,
    variant_id: Annotated[list[UUID], Query(min_length=1, max_length=100, description="Repeat it for several.")],
) -> AvailabilitiesOut:
    """How much of some variants you may reserve now."""
    found = await queries.available(session, variant_id)
    response.headers["Cache-Control"] = PRIVATE
    return AvailabilitiesOut(
        items=[
            AvailabilityOut(variant_id=variant_id, item_id=item_id, available=amount)
            for variant_id, item_id, amount in found
        ]
    )


@router.post(
    "/reservations",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, Invalid, StockShort, TooManyHolds, *ONCE),
)
async def post_reservation(
    actor: Holder, form: ReservationIn, session: Session, now: Now, response: Response
) -> ReservationOut:
    """Hold stock for your organization for a while. What is not ordered or picked by then is free again."""
    if await queries.held_count(session, actor.organization_id, now) >= MOST_HOLDS:
        raise TooManyHolds(most=MOST_HOLDS)
    reservation_id = new_id()
    wanted = Wanted(
        holder=(HELD_FOR_REQUEST, reservation_id),
        lines=[(line.item_id, line.quantity) for line in form.lines],
        expires_at=now + timedelta(minutes=form.minutes),
        rule=form.rule,
        position=(form.destination.latitude, form.destination.longitude) if form.destination else None,
        split=form.split,
        backorder=form.backorder,
    )
    await reserve_stock(session, actor, wanted, reservation_id=reservation_id)
    response.headers["Location"] = f"/v1/reservations/{reservation_id}"
    return await _reservation_out(session, actor, reservation_id)


async def _reservation_out(session: Session, actor: Actor, reservation_id: UUID) -> ReservationOut:
    row = await queries.reservation(session, reservation_id, actor.organization_id)
    if row is None:
        raise NotFound()
    return (await reservations_out(session, [row]))[0]


@router.get("/reservations", responses=problems(Unauthenticated))
async def list_reservations(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    state: ReservationState | None = None,
) -> Page[ReservationOut]:
    """What is or was held for your organization, newest first."""
    statement = queries.reservations_of(actor.organization_id, state)
    rows, cursor = await fetch_page(session, statement, page, keys=[Reservation.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await reservations_out(session, rows), next_cursor=cursor)


@router.get("/reservations/{reservation_id}", responses=problems(*READ))
async def get_reservation(row: OwnReservation, session: Session, response: Response) -> ReservationOut:
    """One reservation."""
    response.headers["Cache-Control"] = PRIVATE
    return (await reservations_out(session, [row]))[0]


@router.post("/reservations/{reservation_id}/release", responses=problems(*READ, ReservationEnded))
async def post_release(reservation_id: UUID, actor: ReservationHolder, session: Session) -> ReservationOut:
    """Let go of what is still held. A second time changes nothing."""
    released = await release_stock(session, reservation_id)
    found = await _reservation_out(session, actor, reservation_id)
    if not released and found.state.code != ReservationState.RELEASED:
        raise ReservationEnded(state=LabelledCode.of(found.state.code, RESERVATION_STATE_LABELS))
    return found
