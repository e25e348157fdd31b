"""Send a transfer off, receive what arrives, give up what does not. Every step is moves of the ledger."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_
from app.kit.outbox import announce
from app.warehousing import queries as stock
from app.warehousing.errors import MoveRefused
from app.warehousing.keeping import queries
from app.warehousing.keeping.events import TransferDispatched, TransferReceived
from app.warehousing.keeping.models import StockTransfer, TransferLine
from app.warehousing.keeping.schemas import TransferLossIn, TransferReceiptIn, TransferReceiptLineIn
from app.warehousing.keeping.states import LOST_BY, TransferState
from app.warehousing.keeping.usecases.plan_transfer import ENTITY, lock_in, transit_bin
from app.warehousing.models import StockLot
from app.warehousing.schemas import LotIn, MoveIn, PlaceIn
from app.warehousing.states import MoveReason, StockStatus
from app.warehousing.usecases.post_moves import post_moves


async def dispatch_transfer(
    session: AsyncSession, actor: Actor, transfer_id: UUID, transit_bin_id: UUID | None, *, now: datetime
) -> StockTransfer:
    """Take everything out of its bins; until it is received it stands in a transit bin of the other warehouse.

    Raises `NotFound`, `TransferStateConflict`, `Invalid`, and `MoveRefused` when something is not there or reserved.
    """
    row = await lock_in(session, actor, transfer_id, TransferState.PLANNED)
    bin_ = await transit_bin(session, row, transit_bin_id)
    lines = (await queries.transfer_lines(session, [row.id]))[row.id]
    lots = await stock.lots_by_id(session, (line.lot_id for line in lines))
    on_its_way = PlaceIn(bin_id=bin_.id, status=StockStatus.IN_TRANSIT)
    moves = [
        _move(line, lots, line.quantity, PlaceIn(bin_id=line.bin_id, status=StockStatus(line.status)), on_its_way)
        for line in lines
    ]
    await _post(session, actor, row, moves)
    row.state = TransferState.IN_TRANSIT
    row.transit_bin_id, row.dispatched_at = bin_.id, now
    row.version += 1
    await session.flush()
    after = {"state": row.state, "transit_bin_id": bin_.id}
    await audit.record(session, actor, "stock_transfer.dispatch", ENTITY, row.id, after=after)
    event = TransferDispatched(
        transfer_id=row.id,
        keeper_id=row.keeper_id,
        from_warehouse_id=row.from_warehouse_id,
        to_warehouse_id=row.to_warehouse_id,
    )
    await announce(session, event, organizations=[row.keeper_id])
    return row


async def receive_transfer(
    session: AsyncSession, actor: Actor, transfer_id: UUID, form: TransferReceiptIn, *, now: datetime
) -> StockTransfer:
    """Put what has arrived into bins. What has not stays in transit until it arrives or is given up.

    More than was sent is no part of a transfer: count it. Raises `NotFound`, `TransferStateConflict`, `Invalid`, `MoveRefused`.
    """
    row = await lock_in(session, actor, transfer_id, TransferState.IN_TRANSIT)
    lines = {line.id: line for line in (await queries.transfer_lines(session, [row.id]))[row.id]}
    arrived = await _arrived(session, row, form.lines, lines)
    lots = await stock.lots_by_id(session, (line.lot_id for line in lines.values()))
    origin = PlaceIn(bin_id=row.transit_bin_id, status=StockStatus.IN_TRANSIT)
    moves = []
    for one in form.lines:
        line = lines[one.line_id]
        target = PlaceIn(bin_id=one.bin_id, status=one.status or StockStatus(line.status))
        moves.append(_move(line, lots, one.quantity, origin, target))
    await _post(session, actor, row, moves)
    for line_id, quantity in arrived.items():
        await queries.add_to_line(session, line_id, received=quantity, lost=Decimal(0))
    await audit.record(session, actor, "stock_transfer.receive", ENTITY, row.id, after=form.model_dump(mode="json"))
    return await _end_when_done(session, row, now=now)


async def _arrived(
    session: AsyncSession,
    row: StockTransfer,
    receipts: Sequence[TransferReceiptLineIn],
    lines: Mapping[UUID, TransferLine],
) -> dict[UUID, Decimal]:
    """How much of each line has arrived. Raises `Invalid`."""
    bins = await stock.bins_by_id(session, (one.bin_id for one in receipts))
    arrived: dict[UUID, Decimal] = {}
    errors = []
    for at, one in enumerate(receipts):
        line = lines.get(one.line_id)
        if line is None:
            message = N_("The transfer has no such line.")
            errors.append(FieldError(f"/lines/{at}/line_id", "unknown-line", message))
            continue
        arrived[line.id] = arrived.get(line.id, Decimal(0)) + one.quantity
        if arrived[line.id] > line.open:
            message = N_("Only {open} of it are still on their way. What is more is a find: count it.")
            params = {"open": format(line.open.normalize(), "f")}
            errors.append(FieldError(f"/lines/{at}/quantity", "more-than-sent", message, params))
        found = bins.get(one.bin_id)
        if found is None or found.warehouse_id != row.to_warehouse_id:
            message = N_("Name a bin of the warehouse that it goes to.")
            errors.append(FieldError(f"/lines/{at}/bin_id", "unknown-bin", message))
        if one.status == StockStatus.IN_TRANSIT:
            message = N_("What has arrived is no longer in transit.")
            errors.append(FieldError(f"/lines/{at}/status", "in-transit", message))
    if errors:
        raise Invalid(errors=errors)
    return arrived


async def give_up(
    session: AsyncSession, actor: Actor, transfer_id: UUID, form: TransferLossIn, *, now: datetime
) -> StockTransfer:
    """Take what has not arrived out of the books, with the reason. Raises `NotFound`, `TransferStateConflict`, `MoveRefused`."""
    row = await lock_in(session, actor, transfer_id, TransferState.IN_TRANSIT)
    missing = [line for line in (await queries.transfer_lines(session, [row.id]))[row.id] if line.open > 0]
    lots = await stock.lots_by_id(session, (line.lot_id for line in missing))
    reason, outside = LOST_BY[form.outside]
    origin = PlaceIn(bin_id=row.transit_bin_id, status=StockStatus.IN_TRANSIT)
    moves = [
        _move(line, lots, line.open, origin, PlaceIn(outside=outside), reason=reason, note=form.reason)
        for line in missing
    ]
    await _post(session, actor, row, moves)
    for line in missing:
        await queries.add_to_line(session, line.id, received=Decimal(0), lost=line.open)
    await audit.record(session, actor, "stock_transfer.give_up", ENTITY, row.id, after=form.model_dump(mode="json"))
    return await _end_when_done(session, row, now=now)


def _move(
    line: TransferLine,
    lots: Mapping[UUID, StockLot],
    quantity: Decimal,
    origin: PlaceIn,
    target: PlaceIn,
    *,
    reason: MoveReason = MoveReason.TRANSFER,
    note: str = "",
) -> MoveIn:
    return MoveIn(
        item_id=line.item_id,
        quantity=quantity,
        lot=LotIn(code=lots[line.lot_id].code) if line.lot_id else None,
        origin=origin,
        target=target,
        owner_id=line.owner_id,
        reason=reason,
        note=note,
    )


async def _post(session: AsyncSession, actor: Actor, row: StockTransfer, moves: Sequence[MoveIn]) -> None:
    """Raises `Invalid` or `MoveRefused`, whose errors point at `/lines/<place>`."""
    try:
        await post_moves(session, actor, moves, cause=(ENTITY, row.id))
    except (Invalid, MoveRefused) as refused:
        raise type(refused)(
            errors=[
                FieldError(error.pointer.replace("/moves/", "/lines/", 1), error.code, error.message, error.params)
                for error in refused.errors
            ]
        ) from refused


async def _end_when_done(session: AsyncSession, row: StockTransfer, *, now: datetime) -> StockTransfer:
    """A transfer of which nothing is on its way any longer is received."""
    lines = (await queries.transfer_lines(session, [row.id]))[row.id]
    row.version += 1
    if all(line.open == 0 for line in lines):
        row.state = TransferState.RECEIVED
        row.ended_at = now
        event = TransferReceived(
            transfer_id=row.id,
            keeper_id=row.keeper_id,
            from_warehouse_id=row.from_warehouse_id,
            to_warehouse_id=row.to_warehouse_id,
            lost=any(line.lost > 0 for line in lines),
        )
        await announce(session, event, organizations=[row.keeper_id])
    await session.flush()
    return row
