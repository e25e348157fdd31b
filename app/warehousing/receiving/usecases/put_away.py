"""Suggest where goods are put away, and put them there."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_
from app.warehousing import queries as stock
from app.warehousing.models import Bin, StockBalance, StockItem
from app.warehousing.receiving import queries
from app.warehousing.receiving.rules import ZERO, Load, Placed, Room, put_away
from app.warehousing.receiving.schemas import PutAwayIn
from app.warehousing.receiving.usecases.repoint import repointed
from app.warehousing.schemas import LotIn, MoveIn, PlaceIn
from app.warehousing.states import MoveReason, StockStatus
from app.warehousing.usecases.post_moves import post_moves


async def suggest_places(
    session: AsyncSession, warehouse_id: UUID, balances: Sequence[StockBalance]
) -> dict[UUID, list[Placed]]:
    """Bins for balances of a warehouse, by balance. Whoever follows may find a bin fuller than it was."""
    items = await stock.items_by_id(session, (row.item_id for row in balances))
    bins, held = await queries.storage(session, warehouse_id, items)
    rooms = [_room(row, held.get(row.id, set())) for row in bins]
    found: dict[UUID, list[Placed]] = {}
    for placed in put_away([_load(row, items[row.item_id]) for row in balances], rooms):
        found.setdefault(placed.balance_id, []).append(placed)
    return found


def _load(row: StockBalance, item: StockItem) -> Load:
    return Load(
        balance_id=row.id,
        kind=(row.item_id, row.lot_id),
        quantity=row.on_hand - row.reserved,
        unit=item.unit,
        mass_kg=item.mass_kg or ZERO,
        volume_dm3=item.volume_dm3 or ZERO,
    )


def _room(row: Bin, held: set[tuple[UUID, UUID | None]]) -> Room:
    return Room(
        bin_id=row.id,
        code=row.code,
        mass_kg=None if row.max_mass_kg is None else row.max_mass_kg - row.mass_kg,
        volume_dm3=None if row.max_volume_dm3 is None else row.max_volume_dm3 - row.volume_dm3,
        holds=set(held),
    )


async def carry_away(session: AsyncSession, actor: Actor, warehouse_id: UUID, form: PutAwayIn) -> list[UUID]:
    """Put goods away: the moves made. Raises `Invalid`, and `MoveRefused` for what does not fit or is not there."""
    balances = await queries.balances_by_id(session, (move.balance_id for move in form.moves))
    bins = await stock.bins_by_id(session, (move.bin_id for move in form.moves))
    errors = []
    for at, move in enumerate(form.moves):
        row, target = balances.get(move.balance_id), bins.get(move.bin_id)
        if row is None or row.warehouse_id != warehouse_id:
            message = N_("There is no such stock in this warehouse.")
            errors.append(FieldError(f"/moves/{at}/balance_id", "unknown-balance", message))
        if target is None or target.warehouse_id != warehouse_id:
            message = N_("There is no such bin in this warehouse.")
            errors.append(FieldError(f"/moves/{at}/bin_id", "unknown-bin", message))
    if errors:
        raise Invalid(errors=errors)
    lots = await stock.lots_by_id(session, (row.lot_id for row in balances.values()))
    moves = []
    for move in form.moves:
        row = balances[move.balance_id]
        status = StockStatus(row.status)
        moves.append(
            MoveIn(
                item_id=row.item_id,
                quantity=move.quantity,
                lot=LotIn(code=lots[row.lot_id].code) if row.lot_id else None,
                origin=PlaceIn(bin_id=row.bin_id, status=status),
                target=PlaceIn(bin_id=move.bin_id, status=status),
                owner_id=row.owner_id,
                reason=MoveReason.PUT_AWAY,
            )
        )
    with repointed("moves", {"target/bin_id": "bin_id", "target": "bin_id"}):
        return await post_moves(session, actor, moves)
