"""Record what really came, and take back what was recorded by mistake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.warehousing import queries as stock
from app.warehousing.models import Bin, StockItem
from app.warehousing.receiving import queries
from app.warehousing.receiving.errors import ArrivalEnded, ReceiptReversed
from app.warehousing.receiving.models import Arrival, ArrivalLine
from app.warehousing.receiving.schemas import ReceiptIn, ReceiptLineIn
from app.warehousing.receiving.states import ARRIVAL_STATE_LABELS, ArrivalState, ReceivedAs
from app.warehousing.receiving.usecases.announce_arrival import UNKNOWN_LOT
from app.warehousing.receiving.usecases.repoint import repointed
from app.warehousing.schemas import LotIn, MoveIn, PlaceIn
from app.warehousing.states import MoveReason, Outside, StockStatus, Tracking
from app.warehousing.usecases.post_moves import post_moves

CAUSE = "receipt"
PLACES = {"target/bin_id": "bin_id", "target": "bin_id"}


@dataclass(frozen=True, slots=True)
class Found:
    """A line of the form with what it stands for."""

    form: ReceiptLineIn
    line: ArrivalLine | None
    item: StockItem
    bin_id: UUID

    @property
    def lot(self) -> LotIn | None:
        """The lot named, with the dates that were announced of it; else the one announced."""
        line, given = self.line, self.form.lot
        if line is None or line.lot is None or (given is not None and given.code != line.lot):
            return given
        announced = LotIn(code=line.lot, manufactured_on=line.manufactured_on, expires_on=line.expires_on)
        return announced.model_copy(update=given.model_dump(exclude_none=True)) if given else announced

    @property
    def is_stray(self) -> bool:
        """Whether nobody had announced it, or another lot of it."""
        return self.line is None or (
            self.line.lot is not None and self.lot is not None and self.lot.code != self.line.lot
        )

    @property
    def status(self) -> StockStatus:
        """In what status it comes in."""
        default = ReceivedAs.QUALITY_HOLD if self.is_stray else ReceivedAs.AVAILABLE
        return StockStatus((self.form.status or default).value)


async def receive_goods(session: AsyncSession, actor: Actor, arrival_id: UUID, form: ReceiptIn) -> UUID:
    """Take goods of an arrival in; the receipt's id. More than was announced may come, and something else.

    Raises `NotFound`, `ArrivalEnded`, `Invalid`, and `MoveRefused` for what the stock does not allow.
    """
    row = await _being_received(session, actor, arrival_id)
    if row.state == ArrivalState.ANNOUNCED:
        row.state = ArrivalState.RECEIVING
        row.version += 1
        await session.flush()
    found = await _found(session, row, form)
    await _lots(session, actor, row, found)
    moves = [
        MoveIn(
            item_id=one.item.id,
            quantity=one.form.quantity,
            lot=one.lot,
            origin=PlaceIn(outside=Outside.SUPPLIER),
            target=PlaceIn(bin_id=one.bin_id, status=one.status),
            owner_id=row.owner_id,
            reason=MoveReason.RECEIPT,
            note=one.form.note,
        )
        for one in found
    ]
    receipt_id = new_id()
    with repointed("lines", PLACES):
        move_ids = await post_moves(session, actor, moves, cause=(CAUSE, receipt_id))
    await _write(session, actor, row, receipt_id, form, found, move_ids)
    after = form.model_dump(mode="json") | {"arrival_id": str(row.id)}
    await audit.record(session, actor, "receipt.record", "receipt", receipt_id, after=after)
    return receipt_id


async def _being_received(session: AsyncSession, actor: Actor, arrival_id: UUID) -> Arrival:
    """An arrival of the keeper's, locked, that something may still come of."""
    row = await queries.lock_arrival(session, arrival_id)
    if row is None or row.keeper_id != actor.organization_id:
        raise NotFound()
    if row.state not in (ArrivalState.ANNOUNCED, ArrivalState.RECEIVING):
        raise ArrivalEnded(state=Labelled.of(row.state, ARRIVAL_STATE_LABELS))
    return row


async def _found(session: AsyncSession, row: Arrival, form: ReceiptIn) -> list[Found]:
    """What the lines of the form stand for. Raises `Invalid`."""
    lines = {line.id: line for line in await queries.arrival_lines(session, row.id)}
    wanted = {line.item_id for line in lines.values()} | {one.item_id for one in form.lines if one.item_id}
    items = await stock.items_by_id(session, wanted)
    usual = await queries.first_receiving_bin(session, row.warehouse_id)
    bins = await stock.bins_by_id(session, {one.bin_id for one in form.lines if one.bin_id})
    found, errors = [], []
    for at, one in enumerate(form.lines):
        pointer = f"/lines/{at}"
        line = lines.get(one.line_id) if one.line_id else None
        item = items.get(line.item_id if line else one.item_id or row.id)
        wrong = _line_errors(pointer, one, line, item) + _bin_errors(pointer, row, one, usual, bins)
        bin_id = one.bin_id or usual
        if wrong or item is None or bin_id is None:
            errors += wrong
            continue
        found.append(Found(one, line, item, bin_id))
        if found[-1].is_stray and found[-1].status == StockStatus.AVAILABLE:
            message = N_("What was not announced so is put on hold, or is damaged.")
            errors.append(FieldError(f"{pointer}/status", "not-announced", message))
    if errors:
        raise Invalid(errors=errors)
    return found


def _line_errors(
    pointer: str, one: ReceiptLineIn, line: ArrivalLine | None, item: StockItem | None
) -> list[FieldError]:
    if (one.line_id is None) == (one.item_id is None):
        message = N_("Name the line that it belongs to, or else the item that came.")
        return [FieldError(f"{pointer}/line_id", "line-or-item", message)]
    if one.line_id is not None and line is None:
        return [FieldError(f"{pointer}/line_id", "unknown-line", N_("This arrival has no such line."))]
    if item is None:
        return [FieldError(f"{pointer}/item_id", "unknown-item", N_("There is no such item that you may see."))]
    return []


def _bin_errors(
    pointer: str, row: Arrival, one: ReceiptLineIn, usual: UUID | None, bins: Mapping[UUID, Bin]
) -> list[FieldError]:
    if one.bin_id is None and usual is None:
        message = N_("No bin of the receiving zone is open: name another.")
        return [FieldError(f"{pointer}/bin_id", "no-receiving-bin", message)]
    if one.bin_id is not None and (one.bin_id not in bins or bins[one.bin_id].warehouse_id != row.warehouse_id):
        return [FieldError(f"{pointer}/bin_id", "unknown-bin", N_("There is no such bin in this warehouse."))]
    return []


async def _lots(session: AsyncSession, actor: Actor, row: Arrival, found: Sequence[Found]) -> None:
    """Make lots of others' items that their organization has announced goods of. The keeper's own are made with the moves."""
    named = {
        (one.item.id, one.lot.code): at
        for at, one in enumerate(found)
        if one.lot and one.item.organization_id != actor.organization_id and one.item.tracking != Tracking.NONE
    }
    known = await stock.lots_by_code(session, named)
    missing = {key: at for key, at in named.items() if key not in known}
    errors = []
    for (item_id, code), at in missing.items():
        lot, item = found[at].lot, found[at].item
        made, expires = (lot.manufactured_on, lot.expires_on) if lot else (None, None)
        pointer = f"/lines/{at}/lot/expires_on"
        if expires is None and item.expires:
            errors.append(FieldError(pointer, "expiry-missing", N_("This item expires: say when.")))
        elif made and expires and expires <= made:
            errors.append(FieldError(pointer, "expires-too-early", N_("It cannot expire before it is made.")))
        else:
            await queries.make_lot(session, row.id, item_id, code, made, expires)
    if missing and not errors:
        made_now = await stock.lots_by_code(session, missing)
        errors += [
            FieldError(f"/lines/{at}/lot/code", "unknown-lot", UNKNOWN_LOT)
            for key, at in missing.items()
            if key not in made_now
        ]
    if errors:
        raise Invalid(errors=errors)


async def _write(
    session: AsyncSession,
    actor: Actor,
    row: Arrival,
    receipt_id: UUID,
    form: ReceiptIn,
    found: Sequence[Found],
    move_ids: Sequence[UUID],
) -> None:
    """Append the receipt beside its moves."""
    lots = await stock.lots_by_code(session, ((one.item.id, one.lot.code) for one in found if one.lot))
    whose = _whose(row)
    lines: list[dict[str, Any]] = [
        {
            **whose,
            "id": new_id(),
            "receipt_id": receipt_id,
            "position": position,
            "line_id": one.line.id if one.line else None,
            "item_id": one.item.id,
            "lot_id": lots[one.item.id, one.lot.code].id if one.lot else None,
            "quantity": one.form.quantity,
            "bin_id": one.bin_id,
            "status": one.status.value,
            "move_id": move_id,
            "note": one.form.note,
        }
        for position, (one, move_id) in enumerate(zip(found, move_ids, strict=True), 1)
    ]
    acted = {"person_id": actor.person_id, "client_id": actor.client_id}
    await queries.insert_receipt(session, whose | acted | {"id": receipt_id, "note": form.note}, lines)


def _whose(row: Arrival) -> dict[str, UUID]:
    return {
        "arrival_id": row.id,
        "keeper_id": row.keeper_id,
        "sender_id": row.sender_id,
        "owner_id": row.owner_id,
    }


async def reverse_receipt(session: AsyncSession, actor: Actor, receipt_id: UUID) -> UUID:
    """Take out again what a receipt took in, all of it; the id of the reversal.

    Raises `NotFound`, `ArrivalEnded`, `ReceiptReversed`, and `MoveRefused` when some of it has been moved on, held or inspected.
    """
    row = await queries.receipt(session, receipt_id)
    if row is None:
        raise NotFound()
    arrival = await _being_received(session, actor, row.arrival_id)
    if row.reverses_id is not None or await queries.reversals(session, [row.id]):
        raise ReceiptReversed()
    lines = (await queries.receipt_lines(session, [row.id])).get(row.id, [])
    lots = await stock.lots_by_id(session, (line.lot_id for line in lines))
    moves = [
        MoveIn(
            item_id=line.item_id,
            quantity=line.quantity,
            lot=LotIn(code=lots[line.lot_id].code) if line.lot_id else None,
            origin=PlaceIn(bin_id=line.bin_id, status=StockStatus(line.status)),
            target=PlaceIn(outside=Outside.SUPPLIER),
            owner_id=line.owner_id,
            reason=MoveReason.RETURN,
        )
        for line in lines
    ]
    reversal_id = new_id()
    with repointed("lines", {}):
        await post_moves(session, actor, moves, cause=(CAUSE, reversal_id))
    acted = {"person_id": actor.person_id, "client_id": actor.client_id}
    values = _whose(arrival) | acted | {"id": reversal_id, "reverses_id": row.id}
    await queries.insert_receipt(session, values, [])
    after = {"reverses_id": str(row.id)}
    await audit.record(session, actor, "receipt.reverse", "receipt", reversal_id, after=after)
    return reversal_id
