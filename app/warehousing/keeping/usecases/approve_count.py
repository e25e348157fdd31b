"""Post what a count found to differ."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError
from app.kit.locales import N_
from app.kit.outbox import announce
from app.warehousing import queries as stock
from app.warehousing.errors import MoveRefused
from app.warehousing.keeping import queries
from app.warehousing.keeping.errors import CountApprovedByPeople, CountOutdated, CountShort
from app.warehousing.keeping.events import CountApproved, ReservationShortened
from app.warehousing.keeping.models import CountLine, StockCount
from app.warehousing.keeping.queries import Place
from app.warehousing.keeping.states import CountState
from app.warehousing.keeping.usecases.open_count import ENTITY, lock_running
from app.warehousing.models import Bin, StockBalance, StockItem
from app.warehousing.schemas import LotIn, MoveIn, PlaceIn
from app.warehousing.states import MoveReason, Outside, StockStatus
from app.warehousing.usecases.post_moves import post_moves, serve_waiting

MOST_ERRORS = 100


async def approve_count(
    session: AsyncSession, actor: Actor, count_id: UUID, *, backorder_reserved: bool, now: datetime
) -> StockCount:
    """Post every difference to the ledger, all or none, under the locks that all moves take.

    A difference is what was counted less what the books said at that moment. It holds as long as the books still say so: where
    they do not, nobody knows whether what moved was counted, and the bin is counted again (`CountOutdated`). Where less was
    found than is reserved, `CountShort` names the reservations, unless what was reserved last shall wait for stock.
    Raises `NotFound`, `CountStateConflict`, `CountApprovedByPeople`, `MoveRefused` as well.
    """
    if actor.person_id is None:
        raise CountApprovedByPeople()
    row = await lock_running(session, actor, count_id, CountState.COUNTED)
    lines = (await session.scalars(queries.lines_of(count_id).order_by(CountLine.id))).all()
    bin_ids = await queries.bin_ids_of(session, count_id)
    # Nothing comes into these bins or leaves them from here on.
    await stock.lock_for_moves(session, {line.item_id for line in lines}, bin_ids)
    books = {_place(one): one for one in await queries.balances_in(session, bin_ids, row.item_id)}
    items = await stock.items_by_id(session, {key[1][0] for key in books} | {line.item_id for line in lines})
    bins = await stock.bins_by_id(session, bin_ids)
    _require_current(lines, books, items, bins)
    shortened = await _make_room(session, actor, lines, books, items, bins, backorder=backorder_reserved, now=now)
    differing = [line for line in lines if line.difference != 0]
    # What is missing leaves first: a piece that stands in the wrong bin is found in the other.
    differing.sort(key=lambda line: line.difference > 0)
    await _post(session, actor, row, differing)
    if shortened:
        await serve_waiting(session, actor, shortened)
    row.state = CountState.APPROVED
    row.approved_by, row.ended_at = actor.person_id, now
    await session.flush()
    after = {"lines": len(lines), "differences": len(differing)}
    await audit.record(session, actor, "stock_count.approve", ENTITY, row.id, after=after)
    event = CountApproved(
        count_id=row.id,
        warehouse_id=row.warehouse_id,
        keeper_id=row.keeper_id,
        lines=len(lines),
        differences=len(differing),
    )
    await announce(session, event, organizations=[row.keeper_id])
    return row


def _place(row: StockBalance | CountLine) -> tuple[UUID, Place]:
    return row.bin_id, (row.item_id, row.lot_id, row.owner_id, row.status)


def _require_current(
    lines: Sequence[CountLine],
    books: Mapping[tuple[UUID, Place], StockBalance],
    items: Mapping[UUID, StockItem],
    bins: Mapping[UUID, Bin],
) -> None:
    """Raises `CountOutdated`."""
    then = {_place(line): line.expected for line in lines}
    moved = [
        key
        for key in [*then, *(key for key in books if key not in then)]
        if then.get(key, 0) != (books[key].on_hand if key in books else 0)
    ]
    if moved:
        message = N_("{sku} in bin {bin} has moved since the bin was counted. Count the bin again.")
        raise CountOutdated(
            errors=[
                FieldError(
                    f"/bins/{bin_id}",
                    "moved-since",
                    message,
                    {"sku": items[place[0]].sku if place[0] in items else "–", "bin": bins[bin_id].code},
                )
                for bin_id, place in moved[:MOST_ERRORS]
            ]
        )


async def _make_room(
    session: AsyncSession,
    actor: Actor,
    lines: Sequence[CountLine],
    books: Mapping[tuple[UUID, Place], StockBalance],
    items: Mapping[UUID, StockItem],
    bins: Mapping[UUID, Bin],
    *,
    backorder: bool,
    now: datetime,
) -> set[UUID]:
    """Let no more be reserved than was found; the items of which some reservation waits now. Raises `CountShort`."""
    over = [line for line in lines if _place(line) in books and books[_place(line)].reserved > line.counted]
    held = await queries.held_of(session, (books[_place(line)].id for line in over), now) if over else {}
    errors = []
    for line in over:
        holders = held.get(books[_place(line)].id, [])
        total = sum((amount for _, amount in holders), Decimal(0))
        if backorder or total <= line.counted:
            continue
        message = N_("{sku} in bin {bin}: {counted} were found and {reserved} are reserved, by {reservations}.")
        named = ", ".join(dict.fromkeys(str(reservation_id) for reservation_id, _ in holders))
        params = {
            "sku": items[line.item_id].sku,
            "bin": bins[line.bin_id].code,
            "counted": format(line.counted.normalize(), "f"),
            "reserved": format(total.normalize(), "f"),
            "reservations": named,
        }
        errors.append(FieldError(f"/lines/{line.id}", "reserved", message, params))
    if errors:
        raise CountShort(errors=errors[:MOST_ERRORS])
    shortened = set()
    for line in over:
        for reservation_id, organization_id, item_id, quantity in await queries.shorten(
            session, books[_place(line)].id, line.counted
        ):
            shortened.add(item_id)
            event = ReservationShortened(
                reservation_id=reservation_id, organization_id=organization_id, item_id=item_id, quantity=quantity
            )
            await announce(session, event, organizations=[actor.organization_id, organization_id])
    return shortened


async def _post(session: AsyncSession, actor: Actor, row: StockCount, lines: Sequence[CountLine]) -> None:
    """The differences as moves. Raises `MoveRefused`, whose errors point at `/lines/<id>`."""
    if not lines:
        return
    lots = await stock.lots_by_id(session, (line.lot_id for line in lines))
    moves = []
    for line in lines:
        place = PlaceIn(bin_id=line.bin_id, status=StockStatus(line.status))
        outside = PlaceIn(outside=Outside.COUNT)
        moves.append(
            MoveIn(
                item_id=line.item_id,
                quantity=abs(line.difference),
                lot=LotIn(code=lots[line.lot_id].code) if line.lot_id else None,
                origin=outside if line.difference > 0 else place,
                target=place if line.difference > 0 else outside,
                owner_id=line.owner_id,
                reason=MoveReason.COUNT,
            )
        )
    try:
        await post_moves(session, actor, moves, cause=(ENTITY, row.id))
    except MoveRefused as refused:
        at = [int(error.pointer.rsplit("/", 1)[1]) for error in refused.errors]
        raise MoveRefused(
            errors=[
                FieldError(f"/lines/{lines[number].id}", error.code, error.message, error.params)
                for number, error in zip(at, refused.errors, strict=True)
            ]
        ) from refused
