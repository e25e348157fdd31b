"""Goods coming in over HTTP: for those who send them, those who receive them and those whose goods they are."""

from uuid import UUID

from fastapi import Request, Response

from app.documents.facade import DocumentRefused
from app.kit.actor import CurrentActor
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
)
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import EDITED, ONCE, READ, problems
from app.kit.routing import house_router
from app.warehousing import queries as stock
from app.warehousing.errors import MoveRefused
from app.warehousing.guards import Keeper, SeenWarehouse, Storeman
from app.warehousing.models import StockBalance
from app.warehousing.receiving import queries
from app.warehousing.receiving.errors import ArrivalEnded, InspectionDecided, NotOnHold, ReceiptReversed
from app.warehousing.receiving.guards import (
    GivenUpArrival,
    KeptReceipt,
    OwnInspection,
    ReceivedArrival,
    SeenArrival,
    SeenInspection,
)
from app.warehousing.receiving.models import Arrival, Inspection, Receipt
from app.warehousing.receiving.schemas import (
    ArrivalHeadOut,
    ArrivalIn,
    ArrivalOut,
    InspectionDecisionIn,
    InspectionHeadOut,
    InspectionIn,
    InspectionOut,
    MeasurementsIn,
    PutAwayIn,
    PutAwayOut,
    ReceiptIn,
    ReceiptOut,
)
from app.warehousing.receiving.states import ArrivalSide, ArrivalState, InspectionState
from app.warehousing.receiving.usecases.announce_arrival import announce_arrival, cancel_arrival
from app.warehousing.receiving.usecases.close_arrival import close_arrival
from app.warehousing.receiving.usecases.inspect_goods import (
    begin_inspection,
    cancel_inspection,
    decide_inspection,
    measure,
)
from app.warehousing.receiving.usecases.put_away import carry_away
from app.warehousing.receiving.usecases.receive_goods import receive_goods, reverse_receipt
from app.warehousing.receiving.views import (
    arrival_out,
    arrivals_out,
    inspection_out,
    inspections_out,
    put_away_out,
    receipts_out,
)
from app.warehousing.schemas import MovesOut
from app.warehousing.views import moves_out

router = house_router(tags=["receiving"])


async def _arrival_out(session: Session, row: Arrival, response: Response) -> ArrivalOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return await arrival_out(session, row)


async def _receipt_out(session: Session, receipt_id: UUID, response: Response) -> ReceiptOut:
    row = await queries.receipt(session, receipt_id)
    if row is None:
        raise NotFound()
    response.headers["Cache-Control"] = PRIVATE
    return (await receipts_out(session, [row]))[0]


async def _inspection_out(session: Session, row: Inspection, response: Response) -> InspectionOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return await inspection_out(session, row)


@router.post(
    "/arrivals",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, Invalid, *ONCE),
)
async def post_arrival(actor: Storeman, form: ArrivalIn, session: Session, response: Response) -> ArrivalOut:
    """Announce goods to the keeper of a warehouse (advance shipping notice), be it yourself. He then sees what the items are."""
    row = await announce_arrival(session, actor, form)
    response.headers["Location"] = f"/v1/arrivals/{row.id}"
    return await _arrival_out(session, row, response)


@router.get("/arrivals", responses=problems(Unauthenticated))
async def list_arrivals(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    side: ArrivalSide | None = None,
    state: ArrivalState | None = None,
) -> Page[ArrivalHeadOut]:
    """What your organization announced, what was announced to it, and what is announced of its goods; newest first."""
    statement = queries.arrivals_of(actor.organization_id, side, state)
    rows, cursor = await fetch_page(session, statement, page, keys=[Arrival.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await arrivals_out(session, rows), next_cursor=cursor)


@router.get("/arrivals/{arrival_id}", responses=problems(*READ))
async def get_arrival(found: SeenArrival, session: Session, response: Response) -> ArrivalOut:
    """One arrival: what was announced, what has come, and how it differed when it was closed."""
    return await _arrival_out(session, found.row, response)


@router.post("/arrivals/{arrival_id}/cancellation", responses=problems(*READ, ArrivalEnded))
async def post_arrival_cancellation(
    found: GivenUpArrival, session: Session, now: Now, response: Response
) -> ArrivalOut:
    """The goods will not come, or you do not take them in. Only before any came; a second time changes nothing."""
    row = await cancel_arrival(session, found.actor, found.row.id, now=now)
    return await _arrival_out(session, row, response)


@router.post("/arrivals/{arrival_id}/closing", responses=problems(*READ, ArrivalEnded))
async def post_arrival_closing(found: ReceivedArrival, session: Session, now: Now, response: Response) -> ArrivalOut:
    """Nothing more is expected: the differences are stated, and sender and owner are told. A second time changes nothing."""
    row = await close_arrival(session, found.actor, found.row.id, now=now)
    return await _arrival_out(session, row, response)


@router.post(
    "/arrivals/{arrival_id}/receipts",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, ArrivalEnded, MoveRefused, *ONCE),
)
async def post_receipt(found: ReceivedArrival, form: ReceiptIn, session: Session, response: Response) -> ReceiptOut:
    """Record what really came, as often as something comes: more or less than announced, damaged, or something else."""
    receipt_id = await receive_goods(session, found.actor, found.row.id, form)
    return await _receipt_out(session, receipt_id, response)


@router.get("/arrivals/{arrival_id}/receipts", responses=problems(*READ))
async def list_receipts(
    found: SeenArrival, session: Session, page: Paging, request: Request, response: Response
) -> Page[ReceiptOut]:
    """What came of an arrival, in the order of its coming."""
    rows, cursor = await fetch_page(session, queries.receipts_of(found.row.id), page, keys=[Receipt.id])
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await receipts_out(session, rows), next_cursor=cursor)


@router.post(
    "/receipts/{receipt_id}/reversal",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, ArrivalEnded, ReceiptReversed, MoveRefused, *ONCE),
)
async def post_receipt_reversal(found: KeptReceipt, session: Session, response: Response) -> ReceiptOut:
    """Take a mistaken receipt back, while nothing of it was moved on and the arrival is not closed."""
    reversal_id = await reverse_receipt(session, found.actor, found.row.id)
    return await _receipt_out(session, reversal_id, response)


@router.get("/warehouses/{warehouse_id}/put-away", responses=problems(*READ))
async def list_put_away(
    row: SeenWarehouse,
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    receipt_id: UUID | None = None,
) -> Page[PutAwayOut]:
    """What lies available in the receiving zones, or came with a receipt, and the bins it fits into. For the keeper.

    Each page is suggested for itself: carry one out before you ask for the next.
    """
    if row.keeper_id != actor.organization_id:
        raise NotFound()
    statement = queries.to_put_away(row.id, receipt_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[StockBalance.id])
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await put_away_out(session, row.id, rows), next_cursor=cursor)


@router.post(
    "/warehouses/{warehouse_id}/put-away",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, MoveRefused, *ONCE),
)
async def post_put_away(warehouse_id: UUID, actor: Keeper, form: PutAwayIn, session: Session) -> MovesOut:
    """Put goods away, as suggested or otherwise: all moves are made, or none."""
    ids = await carry_away(session, actor, warehouse_id, form)
    return MovesOut(moves=await moves_out(session, await stock.moves_by_id(session, ids)))


@router.post(
    "/inspections",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, Invalid, NotOnHold, DocumentRefused, *ONCE),
)
async def post_inspection(actor: Storeman, form: InspectionIn, session: Session, response: Response) -> InspectionOut:
    """Begin to inspect goods that lie on quality hold in your warehouse."""
    row = await begin_inspection(session, actor, form)
    response.headers["Location"] = f"/v1/inspections/{row.id}"
    return await _inspection_out(session, row, response)


@router.get("/inspections", responses=problems(Unauthenticated))
async def list_inspections(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    state: InspectionState | None = None,
    item_id: UUID | None = None,
) -> Page[InspectionHeadOut]:
    """Inspections that your organization makes, and those of goods that it owns or sent; newest first."""
    statement = queries.inspections_of(actor.organization_id, state, item_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[Inspection.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await inspections_out(session, rows), next_cursor=cursor)


@router.get("/inspections/{inspection_id}", responses=problems(*READ))
async def get_inspection(found: SeenInspection, session: Session, response: Response) -> InspectionOut:
    """One inspection: what was measured, what it says, and what was decided."""
    return await _inspection_out(session, found.row, response)


@router.put("/inspections/{inspection_id}/measurements", responses=problems(*READ, *EDITED, Invalid, InspectionDecided))
async def put_measurements(
    found: OwnInspection, form: MeasurementsIn, if_match: IfMatch, session: Session, response: Response
) -> InspectionOut:
    """Put the values of some characteristics in place of those that were there, while nothing is decided."""
    row = await measure(session, found.actor, found.row.id, form, expected=if_match)
    return await _inspection_out(session, row, response)


@router.post(
    "/inspections/{inspection_id}/decision",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, InspectionDecided, MoveRefused, DocumentRefused, *ONCE),
)
async def post_inspection_decision(
    found: OwnInspection, form: InspectionDecisionIn, session: Session, now: Now, response: Response
) -> InspectionOut:
    """Accept, reject or concede, once and for ever: the goods leave quality hold with it, and sender and owner are told."""
    row = await decide_inspection(session, found.actor, found.row.id, form, now=now)
    return await _inspection_out(session, row, response)


@router.post("/inspections/{inspection_id}/cancellation", responses=problems(*READ, InspectionDecided))
async def post_inspection_cancellation(
    found: OwnInspection, session: Session, now: Now, response: Response
) -> InspectionOut:
    """Give up an inspection that nothing was decided by; the goods stay on hold. A second time changes nothing."""
    row = await cancel_inspection(session, found.actor, found.row.id, now=now)
    return await _inspection_out(session, row, response)
