"""Counts and transfers over HTTP, for the keeper of the warehouses."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.kit.actor import CurrentActor
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    Invalid,
    Unauthenticated,
)
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import EDITED, ONCE, READ, problems
from app.kit.routing import house_router
from app.warehousing.errors import MoveRefused
from app.warehousing.guards import Keeper
from app.warehousing.keeping import queries
from app.warehousing.keeping.errors import (
    BinsBeingCounted,
    CountApprovedByPeople,
    CountOutdated,
    CountShort,
    CountStateConflict,
    TransferStateConflict,
)
from app.warehousing.keeping.guards import BinCounter, Counter, Mover, SeenBin, SeenCount, SeenTransfer
from app.warehousing.keeping.models import CountedBin, CountLine, StockCount, StockTransfer
from app.warehousing.keeping.schemas import (
    CountApprovalIn,
    CountedBinOut,
    CountEntriesIn,
    CountIn,
    CountLineOut,
    CountOut,
    CountSheetOut,
    TransferDispatchIn,
    TransferIn,
    TransferLossIn,
    TransferOut,
    TransferReceiptIn,
)
from app.warehousing.keeping.states import CountState, TransferState
from app.warehousing.keeping.usecases.approve_count import approve_count
from app.warehousing.keeping.usecases.enter_bin import enter_bin
from app.warehousing.keeping.usecases.move_transfer import dispatch_transfer, give_up, receive_transfer
from app.warehousing.keeping.usecases.open_count import cancel_count, open_count
from app.warehousing.keeping.usecases.plan_transfer import cancel_transfer, plan_transfer
from app.warehousing.keeping.views import count_bins_out, count_lines_out, counts_out, sheet_out, transfers_out

router = house_router(tags=["warehousing"])

OfWarehouse = Annotated[UUID | None, Query(description="Out of it or into it.")]


async def _count_out(session: Session, row: StockCount, response: Response) -> CountOut:
    response.headers["Cache-Control"] = PRIVATE
    return (await counts_out(session, [row]))[0]


async def _transfer_out(session: Session, row: StockTransfer, response: Response) -> TransferOut:
    response.headers["Cache-Control"] = PRIVATE
    set_etag(response, row.version)
    return (await transfers_out(session, [row]))[0]


@router.post(
    "/warehouses/{warehouse_id}/stock-counts",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, BinsBeingCounted, *ONCE),
)
async def post_stock_count(
    warehouse_id: UUID, actor: Keeper, form: CountIn, session: Session, now: Now, response: Response
) -> CountOut:
    """Open a count of some bins. Work in them goes on; a bin in which something moves meanwhile is counted again."""
    row = await open_count(session, actor, warehouse_id, form, now=now)
    response.headers["Location"] = f"/v1/stock-counts/{row.id}"
    return await _count_out(session, row, response)


@router.get("/stock-counts", responses=problems(Unauthenticated))
async def list_stock_counts(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    warehouse_id: UUID | None = None,
    state: CountState | None = None,
) -> Page[CountOut]:
    """The counts in your warehouses, newest first."""
    statement = queries.counts_of(actor.organization_id, warehouse_id, state)
    rows, cursor = await fetch_page(session, statement, page, keys=[StockCount.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await counts_out(session, rows), next_cursor=cursor)


@router.get("/stock-counts/{count_id}", responses=problems(*READ))
async def get_stock_count(row: SeenCount, session: Session, response: Response) -> CountOut:
    """A count and how far it is."""
    return await _count_out(session, row, response)


@router.get("/stock-counts/{count_id}/bins", responses=problems(*READ))
async def list_stock_count_bins(
    row: SeenCount, session: Session, page: Paging, request: Request, response: Response
) -> Page[CountedBinOut]:
    """The bins of a count in the order of the walk."""
    rows, cursor = await fetch_page(session, queries.bins_of_count(row.id), page, keys=[CountedBin.position])
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await count_bins_out(session, rows), next_cursor=cursor)


@router.get("/stock-counts/{count_id}/bins/{bin_id}", responses=problems(*READ))
async def get_stock_count_sheet(row: SeenCount, at: SeenBin, session: Session, response: Response) -> CountSheetOut:
    """The sheet of a bin: what the books have in it, of a blind count without quantities; or what was counted."""
    set_etag(response, at.round)
    response.headers["Cache-Control"] = PRIVATE
    return await sheet_out(session, row, at)


@router.put(
    "/stock-counts/{count_id}/bins/{bin_id}",
    responses=problems(*READ, *EDITED, Invalid, CountStateConflict),
)
async def put_stock_count_sheet(
    count_id: UUID,
    bin_id: UUID,
    actor: BinCounter,
    form: CountEntriesIn,
    if_match: IfMatch,
    session: Session,
    now: Now,
    response: Response,
) -> CountSheetOut:
    """Enter all that was found in a bin. Entered again, it replaces what was counted before, which stays on record."""
    at = await enter_bin(session, actor, count_id, bin_id, form.lines, expected=if_match, now=now)
    row = await queries.count(session, actor.organization_id, count_id)
    assert row is not None
    set_etag(response, at.round)
    response.headers["Cache-Control"] = PRIVATE
    return await sheet_out(session, row, at)


@router.get("/stock-counts/{count_id}/differences", responses=problems(*READ))
async def list_stock_count_differences(
    row: SeenCount, session: Session, page: Paging, request: Request, response: Response
) -> Page[CountLineOut]:
    """What a count found to differ from the books; of a blind count once everything is counted."""
    blind = row.blind and row.state == CountState.OPEN
    statement = queries.lines_of(row.id).where(CountLine.difference != 0)
    rows, cursor = await fetch_page(
        session, statement.where(CountLine.id.is_(None)) if blind else statement, page, keys=[CountLine.id]
    )
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await count_lines_out(session, rows, blind=blind), next_cursor=cursor)


@router.post(
    "/stock-counts/{count_id}/approval",
    dependencies=[IdempotencyGuard],
    responses=problems(
        *READ, CountApprovedByPeople, CountStateConflict, CountOutdated, CountShort, MoveRefused, Invalid, *ONCE
    ),
)
async def post_stock_count_approval(
    count_id: UUID, actor: Counter, form: CountApprovalIn, session: Session, now: Now, response: Response
) -> CountOut:
    """Post every difference to the ledger, or nothing."""
    row = await approve_count(session, actor, count_id, backorder_reserved=form.backorder_reserved, now=now)
    return await _count_out(session, row, response)


@router.post(
    "/stock-counts/{count_id}/cancellation",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, CountStateConflict, *ONCE),
)
async def post_stock_count_cancellation(
    count_id: UUID, actor: Counter, session: Session, now: Now, response: Response
) -> CountOut:
    """Call a count off. Nothing is posted."""
    return await _count_out(session, await cancel_count(session, actor, count_id, now=now), response)


@router.post(
    "/warehouses/{warehouse_id}/stock-transfers",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, *ONCE),
)
async def post_stock_transfer(
    warehouse_id: UUID, actor: Keeper, form: TransferIn, session: Session, response: Response
) -> TransferOut:
    """Plan that goods go from this warehouse to another of yours. Nothing is reserved by it."""
    row = await plan_transfer(session, actor, warehouse_id, form)
    response.headers["Location"] = f"/v1/stock-transfers/{row.id}"
    return await _transfer_out(session, row, response)


@router.get("/stock-transfers", responses=problems(Unauthenticated))
async def list_stock_transfers(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    warehouse_id: OfWarehouse = None,
    state: TransferState | None = None,
) -> Page[TransferOut]:
    """Transfers between your warehouses, newest first."""
    statement = queries.transfers_of(actor.organization_id, warehouse_id, state)
    rows, cursor = await fetch_page(session, statement, page, keys=[StockTransfer.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await transfers_out(session, rows), next_cursor=cursor)


@router.get("/stock-transfers/{transfer_id}", responses=problems(*READ))
async def get_stock_transfer(row: SeenTransfer, session: Session, response: Response) -> TransferOut:
    """A transfer with what was sent, has arrived and is still on its way."""
    return await _transfer_out(session, row, response)


@router.post(
    "/stock-transfers/{transfer_id}/dispatch",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, TransferStateConflict, MoveRefused, *ONCE),
)
async def post_stock_transfer_dispatch(
    transfer_id: UUID, actor: Mover, form: TransferDispatchIn, session: Session, now: Now, response: Response
) -> TransferOut:
    """Send everything off. Until it is received it is in transit, and nobody can reserve it."""
    row = await dispatch_transfer(session, actor, transfer_id, form.transit_bin_id, now=now)
    return await _transfer_out(session, row, response)


@router.post(
    "/stock-transfers/{transfer_id}/receipts",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, TransferStateConflict, MoveRefused, *ONCE),
)
async def post_stock_transfer_receipt(
    transfer_id: UUID, actor: Mover, form: TransferReceiptIn, session: Session, now: Now, response: Response
) -> TransferOut:
    """Put what has arrived into bins. The rest stays in transit."""
    row = await receive_transfer(session, actor, transfer_id, form, now=now)
    return await _transfer_out(session, row, response)


@router.post(
    "/stock-transfers/{transfer_id}/loss",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, TransferStateConflict, MoveRefused, *ONCE),
)
async def post_stock_transfer_loss(
    transfer_id: UUID, actor: Mover, form: TransferLossIn, session: Session, now: Now, response: Response
) -> TransferOut:
    """Give up all that has not arrived, with the reason. The transfer ends."""
    return await _transfer_out(session, await give_up(session, actor, transfer_id, form, now=now), response)


@router.post(
    "/stock-transfers/{transfer_id}/cancellation",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, TransferStateConflict, *ONCE),
)
async def post_stock_transfer_cancellation(
    transfer_id: UUID, actor: Mover, session: Session, now: Now, response: Response
) -> TransferOut:
    """Call off what was not sent yet."""
    return await _transfer_out(session, await cancel_transfer(session, actor, transfer_id, now=now), response)
