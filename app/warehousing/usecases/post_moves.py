"""Move stock: each move is a line of the ledger, and all of them are made together or not at all."""

from collections.abc import Mapping, Sequence, Set
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Invalid
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.warehousing import queries
from app.warehousing.errors import MoveRefused
from app.warehousing.events import BackorderFilled
from app.warehousing.models import Bin, StockItem, StockLot
from app.warehousing.rules import fits, is_whole
from app.warehousing.schemas import MoveIn, PlaceIn
from app.warehousing.states import MoveReason, StockStatus, Tracking

REFUSALS: dict[str, tuple[str, str]] = {
    "stock_moves_enough_there": ("not-enough", N_("There is not so much of it there that is not reserved.")),
    "stock_moves_as_reserved": (
        "not-as-reserved",
        N_("This line of a reservation is not held there, or is picked already."),
    ),
    "stock_moves_serial_is_once": ("serial-is-here", N_("The piece with this serial number is in stock already.")),
    "stock_moves_bin_open": ("bin-blocked", N_("The bin is blocked.")),
    "ck_warehouse_bins_mass_within_capacity": ("bin-too-heavy", N_("The bin would bear more than it may.")),
    "ck_warehouse_bins_volume_within_capacity": ("bin-too-full", N_("The bin would hold more than fits into it.")),
}
"""What the ledger's guards mean: code and sentence."""

Cause = tuple[str, UUID]


async def post_moves(
    session: AsyncSession, actor: Actor, moves: Sequence[MoveIn], *, cause: Cause | None = None
) -> list[UUID]:
    """Append moves to the ledger; their ids in the order given. What is free then goes to whoever waits for it.

    Raises `Invalid` for moves that make no sense, `MoveRefused` for those that the stock does not allow.
    """
    items = await queries.items_by_id(session, (move.item_id for move in moves))
    bins = await queries.bins_by_id(session, _bins(moves))
    errors = [error for at, move in enumerate(moves) for error in _errors(f"/moves/{at}", actor, move, items, bins)]
    if errors:
        raise Invalid(errors=errors)
    lots = await _lots(session, moves, items)
    await queries.lock_for_moves(session, items, _bins(moves))
    ids = []
    for at, move in enumerate(moves):
        row = _row(actor, move, lots, cause)
        try:
            await queries.insert_moves(session, [row])
        except DBAPIError as error:
            for guard, (code, message) in REFUSALS.items():
                if refused_by(error, guard):
                    raise MoveRefused(errors=[FieldError(f"/moves/{at}", code, message)]) from error
            raise
        ids.append(row["id"])
    await serve_waiting(session, actor, _arrived(moves))
    return ids


def _bins(moves: Sequence[MoveIn]) -> set[UUID]:
    return {place.bin_id for move in moves for place in (move.origin, move.target) if place.bin_id is not None}


def _errors(
    pointer: str, actor: Actor, move: MoveIn, items: Mapping[UUID, StockItem], bins: Mapping[UUID, Bin]
) -> list[FieldError]:
    """What makes no sense about a move, before the stock is looked at."""
    item = items.get(move.item_id)
    if item is None:
        return [FieldError(f"{pointer}/item_id", "unknown-item", N_("There is no such item that you may see."))]
    found = []
    if not is_whole(move.quantity, item.unit):
        found.append(FieldError(f"{pointer}/quantity", "not-whole", N_("These are counted in whole numbers.")))
    if (item.tracking == Tracking.NONE) != (move.lot is None):
        message = N_("Name the lot or serial number.") if move.lot is None else N_("This item has no lots.")
        found.append(FieldError(f"{pointer}/lot", "lot-as-tracked", message))
    if item.tracking == Tracking.SERIAL and move.quantity != 1:
        found.append(FieldError(f"{pointer}/quantity", "serial-is-one", N_("A serial number stands for one piece.")))
    for name, place in (("origin", move.origin), ("target", move.target)):
        found += _place_errors(f"{pointer}/{name}", actor, place, bins)
    if not fits(move.reason, move.origin.outside, move.target.outside):
        message = N_("Goods do not go this way for this reason.")
        found.append(FieldError(f"{pointer}/reason", "reason-does-not-fit", message))
    if (move.new_owner_id is not None) != (move.reason == MoveReason.TITLE):
        message = N_("A new owner is named where the title changes, and only there.")
        found.append(FieldError(f"{pointer}/new_owner_id", "owner-by-title", message))
    return found


def _place_errors(pointer: str, actor: Actor, place: PlaceIn, bins: Mapping[UUID, Bin]) -> list[FieldError]:
    if (place.bin_id is None) == (place.outside is None):
        return [FieldError(pointer, "one-place", N_("Name a bin, or where outside: one of the two."))]
    if place.outside is not None:
        message = N_("Only what lies in a bin has a status.")
        return [FieldError(f"{pointer}/status", "status-outside", message)] if place.status else []
    found = bins.get(place.bin_id) if place.bin_id else None
    if found is None or found.keeper_id != actor.organization_id:
        return [FieldError(f"{pointer}/bin_id", "unknown-bin", N_("There is no such bin in your warehouses."))]
    return []


async def _lots(
    session: AsyncSession, moves: Sequence[MoveIn], items: Mapping[UUID, StockItem]
) -> Mapping[tuple[UUID, str], StockLot]:
    """The lots named, those that are new made. Lots of other organizations' items are made by their owners alone."""
    wanted = {(move.item_id, move.lot.code): move.lot for move in moves if move.lot is not None}
    known = await queries.lots_by_code(session, wanted)
    missing = [
        {
            "id": new_id(),
            "item_id": item_id,
            "organization_id": items[item_id].organization_id,
            "code": code,
            "manufactured_on": lot.manufactured_on,
            "expires_on": lot.expires_on,
        }
        for (item_id, code), lot in wanted.items()
        if (item_id, code) not in known
    ]
    errors = []
    for at, move in enumerate(moves):
        lot = move.lot
        if lot is None or (move.item_id, lot.code) in known:
            continue
        if lot.expires_on is None and items[move.item_id].expires:
            message = N_("This item expires: say when.")
            errors.append(FieldError(f"/moves/{at}/lot/expires_on", "expiry-missing", message))
        if lot.expires_on and lot.manufactured_on and lot.expires_on <= lot.manufactured_on:
            message = N_("It cannot expire before it is made.")
            errors.append(FieldError(f"/moves/{at}/lot/expires_on", "expires-too-early", message))
    if errors:
        raise Invalid(errors=errors)
    await queries.insert_lots(session, missing)
    return await queries.lots_by_code(session, wanted) if missing else known


def _row(actor: Actor, move: MoveIn, lots: Mapping[tuple[UUID, str], StockLot], cause: Cause | None) -> dict[str, Any]:
    owner = move.owner_id or actor.organization_id

    def status(place: PlaceIn) -> str | None:
        return (place.status or StockStatus.AVAILABLE).value if place.bin_id else None

    return {
        "id": new_id(),
        "item_id": move.item_id,
        "lot_id": lots[move.item_id, move.lot.code].id if move.lot else None,
        "quantity": move.quantity,
        "from_bin_id": move.origin.bin_id,
        "from_outside": move.origin.outside,
        "from_status": status(move.origin),
        "from_owner_id": owner,
        "to_bin_id": move.target.bin_id,
        "to_outside": move.target.outside,
        "to_status": status(move.target),
        "to_owner_id": move.new_owner_id or owner,
        "keeper_id": actor.organization_id,
        "reason": move.reason.value,
        "reservation_line_id": move.reservation_line_id,
        "cause_kind": cause[0] if cause else None,
        "cause_id": cause[1] if cause else None,
        "note": move.note,
        "person_id": actor.person_id,
        "client_id": actor.client_id,
    }


def _arrived(moves: Sequence[MoveIn]) -> set[UUID]:
    """The items of which some has become available."""
    return {
        move.item_id
        for move in moves
        if move.target.bin_id is not None and (move.target.status or StockStatus.AVAILABLE) == StockStatus.AVAILABLE
    }


async def serve_waiting(session: AsyncSession, actor: Actor, item_ids: Set[UUID]) -> None:
    """Give what is free of some items to whoever waits for it, and tell him and who keeps it."""
    if not item_ids:
        return
    for reservation_id, organization_id, item_id, quantity in await queries.fill_backorders(session, item_ids):
        event = BackorderFilled(
            reservation_id=reservation_id, organization_id=organization_id, item_id=item_id, quantity=quantity
        )
        await announce(session, event, organizations=[actor.organization_id, organization_id])
