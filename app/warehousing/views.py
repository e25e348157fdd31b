"""Warehouses, stock, moves and reservations as their readers see them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.schemas import labelled
from app.parties import facade as parties
from app.warehousing import queries
from app.warehousing.models import Reservation, StockBalance, StockItem, StockLot, StockMove, Warehouse, Zone
from app.warehousing.queries import Totals
from app.warehousing.schemas import (
    LotOut,
    MoveOut,
    MovePlaceOut,
    ReservationLineOut,
    ReservationOut,
    StockItemOut,
    StockOut,
    WarehouseOut,
    ZoneOut,
)
from app.warehousing.states import (
    MOVE_REASON_LABELS,
    OUTSIDE_LABELS,
    RESERVATION_STATE_LABELS,
    STOCK_STATUS_LABELS,
    TRACKING_LABELS,
    WAREHOUSE_KIND_LABELS,
    ZONE_PURPOSE_LABELS,
)


async def warehouses_out(session: AsyncSession, rows: Sequence[Warehouse]) -> list[WarehouseOut]:
    """Warehouses, in as many statements for many as for one."""
    firms = await parties.organizations(session, {row.keeper_id for row in rows})
    shown = []
    for row in rows:
        keeper = firms.get(row.keeper_id)
        values = {name: getattr(row, name) for name in WarehouseOut.model_fields if hasattr(row, name)}
        shown.append(
            WarehouseOut(
                **values
                | {
                    "kind": labelled(row.kind, WAREHOUSE_KIND_LABELS),
                    "keeper_name": keeper.legal_name_local if keeper else "–",
                }
            )
        )
    return shown


def zone_out(row: Zone) -> ZoneOut:
    """A zone."""
    return ZoneOut(id=row.id, code=row.code, purpose=labelled(row.purpose, ZONE_PURPOSE_LABELS))


async def items_out(session: AsyncSession, rows: Sequence[StockItem], owner_id: UUID) -> list[StockItemOut]:
    """Items with what an owner has of them."""
    totals = await queries.totals(session, (row.id for row in rows), owner_id)
    shown = []
    for row in rows:
        found = totals.get(row.id, Totals())
        values = {name: getattr(row, name) for name in StockItemOut.model_fields if hasattr(row, name)}
        shown.append(
            StockItemOut(
                **values
                | {
                    "tracking": labelled(row.tracking, TRACKING_LABELS),
                    "on_hand": found.on_hand,
                    "reserved": found.reserved,
                    "available": found.available,
                }
            )
        )
    return shown


def lot_out(lot: StockLot | None) -> LotOut | None:
    """A lot, if any."""
    if lot is None:
        return None
    return LotOut(id=lot.id, code=lot.code, manufactured_on=lot.manufactured_on, expires_on=lot.expires_on)


async def stock_out(session: AsyncSession, rows: Sequence[StockBalance]) -> list[StockOut]:
    """Balances with what and where they are."""
    items = await queries.items_by_id(session, (row.item_id for row in rows))
    bins = await queries.bins_by_id(session, (row.bin_id for row in rows))
    lots = await queries.lots_by_id(session, (row.lot_id for row in rows))
    shown = []
    for row in rows:
        item, place = items[row.item_id], bins.get(row.bin_id)
        may_be_held = row.status == "available" and row.reservable
        free = row.on_hand - row.reserved if may_be_held else row.on_hand * 0
        shown.append(
            StockOut(
                id=row.id,
                item_id=row.item_id,
                sku=item.sku,
                name=item.name,
                unit=item.unit,
                warehouse_id=row.warehouse_id,
                bin_id=row.bin_id,
                bin=place.code if place else "–",
                lot=lot_out(lots.get(row.lot_id)) if row.lot_id else None,
                owner_id=row.owner_id,
                keeper_id=row.keeper_id,
                status=labelled(row.status, STOCK_STATUS_LABELS),
                on_hand=row.on_hand,
                reserved=row.reserved,
                available=free,
            )
        )
    return shown


async def moves_out(session: AsyncSession, rows: Sequence[StockMove]) -> list[MoveOut]:
    """Lines of the ledger."""
    items = await queries.items_by_id(session, (row.item_id for row in rows))
    ids = {bin_id for row in rows for bin_id in (row.from_bin_id, row.to_bin_id) if bin_id is not None}
    codes = {bin_id: place.code for bin_id, place in (await queries.bins_by_id(session, ids)).items()}
    lots = await queries.lots_by_id(session, (row.lot_id for row in rows))
    shown = []
    for row in rows:
        item = items.get(row.item_id)
        shown.append(
            MoveOut(
                id=row.id,
                item_id=row.item_id,
                sku=item.sku if item else "–",
                quantity=row.quantity,
                unit=item.unit if item else "H87",
                lot=lot_out(lots.get(row.lot_id)) if row.lot_id else None,
                origin=_place(row.from_bin_id, row.from_status, row.from_outside, codes),
                target=_place(row.to_bin_id, row.to_status, row.to_outside, codes),
                from_owner_id=row.from_owner_id,
                to_owner_id=row.to_owner_id,
                reason=labelled(row.reason, MOVE_REASON_LABELS),
                note=row.note,
                moved_at=row.moved_at,
            )
        )
    return shown


def _place(bin_id: UUID | None, status: str | None, outside: str | None, codes: Mapping[UUID, str]) -> MovePlaceOut:
    return MovePlaceOut(
        bin_id=bin_id,
        bin=codes.get(bin_id) if bin_id else None,
        status=labelled(status, STOCK_STATUS_LABELS) if status else None,
        outside=labelled(outside, OUTSIDE_LABELS) if outside else None,
    )


async def reservations_out(session: AsyncSession, rows: Sequence[Reservation]) -> list[ReservationOut]:
    """Reservations with their lines."""
    lines = await queries.lines(session, (row.id for row in rows))
    return [
        ReservationOut(
            id=row.id,
            state=labelled(row.state, RESERVATION_STATE_LABELS),
            holder_kind=row.holder_kind,
            holder_id=row.holder_id,
            expires_at=row.expires_at,
            created_at=row.created_at,
            ended_at=row.ended_at,
            lines=[
                ReservationLineOut(
                    id=line.id,
                    position=line.position,
                    item_id=line.item_id,
                    owner_id=line.owner_id,
                    warehouse_id=line.warehouse_id,
                    quantity=line.quantity,
                    picked=line.picked,
                    released=line.released,
                    open=line.open,
                    waits=line.balance_id is None and line.open > 0,
                )
                for line in lines.get(row.id, ())
            ],
        )
        for row in rows
    ]
