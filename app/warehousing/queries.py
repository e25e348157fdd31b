"""All the SQL on warehouses and stock. Balances and reservations are written by functions of the database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, Float, Numeric, Select, Uuid, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import new_id
from app.warehousing.models import (
    Bin,
    Reservation,
    ReservationLine,
    StockBalance,
    StockItem,
    StockLot,
    StockMove,
    Warehouse,
    Zone,
)

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Held:
    """A line of a reservation, or, without a line, how much of an item there is (`free`) when there is too little."""

    item_position: int
    line_id: UUID | None
    held_item_id: UUID
    held_balance_id: UUID | None
    held_warehouse_id: UUID | None
    held_lot_id: UUID | None
    held_owner_id: UUID | None
    held: Decimal | None
    free: Decimal | None


async def warehouse(session: AsyncSession, warehouse_id: UUID) -> Warehouse | None:
    """A warehouse that the acting organization keeps or has stock in."""
    return await session.scalar(select(Warehouse).where(Warehouse.id == warehouse_id))


async def lock_warehouse(session: AsyncSession, keeper_id: UUID, warehouse_id: UUID) -> Warehouse | None:
    """One of the keeper's own, locked."""
    return await session.scalar(
        select(Warehouse)
        .where(Warehouse.id == warehouse_id, Warehouse.keeper_id == keeper_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def warehouses_of(organization_id: UUID) -> Select[Warehouse]:
    """The warehouses that an organization keeps or has stock in."""
    own_stock = select(StockBalance.warehouse_id).where(StockBalance.owner_id == organization_id)
    return select(Warehouse).where((Warehouse.keeper_id == organization_id) | Warehouse.id.in_(own_stock))


def zones_of(warehouse_id: UUID) -> Select[Zone]:
    """The zones of a warehouse."""
    return select(Zone).where(Zone.warehouse_id == warehouse_id)


async def zones_by_code(session: AsyncSession, warehouse_id: UUID, codes: Iterable[str]) -> dict[str, UUID]:
    """The ids of a warehouse's zones by code."""
    statement = select(Zone.code, Zone.id).where(Zone.warehouse_id == warehouse_id, Zone.code.in_(set(codes)))
    return {row[0]: row[1] for row in await session.execute(statement)}


def bins_of(warehouse_id: UUID) -> Select[Bin]:
    """The bins of a warehouse."""
    return select(Bin).where(Bin.warehouse_id == warehouse_id)


async def insert_warehouse(session: AsyncSession, values: Mapping[str, Any]) -> Warehouse | None:
    """Insert a warehouse; None when its keeper has one of this code."""
    return await _inserted(session, Warehouse, values)


async def insert_zone(session: AsyncSession, values: Mapping[str, Any]) -> Zone | None:
    """Insert a zone; None when the warehouse has one of this code."""
    return await _inserted(session, Zone, values)


async def insert_item(session: AsyncSession, values: Mapping[str, Any]) -> StockItem | None:
    """Insert an item; None when its SKU or its variant is stocked already."""
    return await _inserted(session, StockItem, values)


async def _inserted(session: AsyncSession, table: type[Row], values: Mapping[str, Any]) -> Row | None:
    statement = insert(table).values(id=new_id(), **values).on_conflict_do_nothing().returning(table)
    found: Row | None = await session.scalar(statement)
    return found


async def insert_bins(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Insert bins; the codes of those that were new."""
    statement = insert(Bin).on_conflict_do_nothing(index_elements=["warehouse_id", "code"]).returning(Bin.code)
    return set((await session.scalars(statement, list(rows))).all())


async def lock_bin(session: AsyncSession, keeper_id: UUID, bin_id: UUID) -> Bin | None:
    """One of the keeper's own bins, locked."""
    return await session.scalar(
        select(Bin)
        .where(Bin.id == bin_id, Bin.keeper_id == keeper_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def bins_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Bin]:
    """Those of them that the acting organization may see, as they are now."""
    statement = select(Bin).where(Bin.id.in_(set(ids))).execution_options(populate_existing=True)
    return {row.id: row for row in await session.scalars(statement)}


async def has_stock(session: AsyncSession, warehouse_id: UUID) -> bool:
    """Whether anything lies in a warehouse."""
    found = await session.scalar(
        select(StockBalance.id).where(StockBalance.warehouse_id == warehouse_id, StockBalance.on_hand > 0).limit(1)
    )
    return found is not None


async def item(session: AsyncSession, item_id: UUID) -> StockItem | None:
    """An item that the acting organization may see."""
    return await session.scalar(select(StockItem).where(StockItem.id == item_id))


async def lock_item(session: AsyncSession, organization_id: UUID, item_id: UUID) -> StockItem | None:
    """One of an organization's own, locked."""
    return await session.scalar(
        select(StockItem)
        .where(StockItem.id == item_id, StockItem.organization_id == organization_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def items_of(organization_id: UUID) -> Select[StockItem]:
    """An organization's items."""
    return select(StockItem).where(StockItem.organization_id == organization_id)


async def items_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, StockItem]:
    """Those of them that the acting organization may see."""
    return {row.id: row for row in await session.scalars(select(StockItem).where(StockItem.id.in_(set(ids))))}


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of an item's balances that the acting organization may see: available is what may be held, out of storage."""

    on_hand: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    available: Decimal = Decimal(0)


async def totals(session: AsyncSession, item_ids: Iterable[UUID], owner_id: UUID) -> dict[UUID, Totals]:
    """An owner's stock by item."""
    free = func.sum(StockBalance.on_hand - StockBalance.reserved).filter(
        StockBalance.status == "available", StockBalance.reservable
    )
    statement = (
        select(
            StockBalance.item_id,
            func.sum(StockBalance.on_hand),
            func.sum(StockBalance.reserved),
            func.coalesce(free, 0),
        )
        .where(StockBalance.item_id.in_(set(item_ids)), StockBalance.owner_id == owner_id)
        .group_by(StockBalance.item_id)
    )
    return {row[0]: Totals(row[1], row[2], row[3]) for row in await session.execute(statement)}


def balances(
    organization_id: UUID, item_id: UUID | None, warehouse_id: UUID | None, status: str | None
) -> Select[StockBalance]:
    """What lies in an organization's warehouses, or is its own elsewhere; empty places are left out."""
    own = (StockBalance.keeper_id == organization_id) | (StockBalance.owner_id == organization_id)
    statement = select(StockBalance).where(own, StockBalance.on_hand > 0)
    for column, value in (
        (StockBalance.item_id, item_id),
        (StockBalance.warehouse_id, warehouse_id),
        (StockBalance.status, status),
    ):
        statement = statement.where(column == value) if value is not None else statement
    return statement


def moves(organization_id: UUID, item_id: UUID | None, bin_id: UUID | None) -> Select[StockMove]:
    """The ledger as an organization sees it: moves in its warehouses, and moves of its goods."""
    statement = select(StockMove).where(
        (StockMove.keeper_id == organization_id)
        | (StockMove.from_owner_id == organization_id)
        | (StockMove.to_owner_id == organization_id)
    )
    if item_id is not None:
        statement = statement.where(StockMove.item_id == item_id)
    if bin_id is not None:
        statement = statement.where((StockMove.from_bin_id == bin_id) | (StockMove.to_bin_id == bin_id))
    return statement


async def moves_by_id(session: AsyncSession, ids: Sequence[UUID]) -> list[StockMove]:
    """Lines of the ledger in the order asked for."""
    rows = {row.id: row for row in await session.scalars(select(StockMove).where(StockMove.id.in_(ids)))}
    return [rows[move_id] for move_id in ids]


async def lots_by_id(session: AsyncSession, ids: Iterable[UUID | None]) -> dict[UUID, StockLot]:
    """Those of them that the acting organization may see."""
    wanted = {lot_id for lot_id in ids if lot_id is not None}
    if not wanted:
        return {}
    return {row.id: row for row in await session.scalars(select(StockLot).where(StockLot.id.in_(wanted)))}


async def lots_by_code(session: AsyncSession, wanted: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], StockLot]:
    """Lots by item and code."""
    pairs = set(wanted)
    if not pairs:
        return {}
    statement = select(StockLot).where(
        StockLot.item_id.in_({item_id for item_id, _ in pairs}), StockLot.code.in_({code for _, code in pairs})
    )
    return {(row.item_id, row.code): row for row in await session.scalars(statement)}


async def insert_lots(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert lots; what another request has just made is left as it is."""
    if rows:
        await session.execute(insert(StockLot).on_conflict_do_nothing(index_elements=["item_id", "code"]), list(rows))


async def lock_for_moves(session: AsyncSession, item_ids: Iterable[UUID], bin_ids: Iterable[UUID]) -> None:
    """Lock what several moves will touch, in the one order that all keep to."""
    await session.execute(
        select(
            func.stock_lock(
                bindparam("items", list(set(item_ids)), ARRAY(Uuid)), bindparam("bins", list(set(bin_ids)), ARRAY(Uuid))
            )
        )
    )


async def insert_moves(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append to the ledger; a trigger writes the balances."""
    for row in rows:
        # One by one, so that a refusal tells which it was.
        await session.execute(insert(StockMove), [dict(row)])


_RESERVE = text(
    "SELECT * FROM stock_reserve(:reservation, :holder_kind, :holder_id, :expires_at, :person, :client, :items, :quantities, "
    ":rule, :split, :backorder, :latitude, :longitude, :warehouses)"
).bindparams(
    bindparam("items", type_=ARRAY(Uuid)),
    bindparam("quantities", type_=ARRAY(Numeric)),
    bindparam("latitude", type_=Float),
    bindparam("longitude", type_=Float),
    bindparam("warehouses", type_=ARRAY(Uuid)),
)


async def reserve(session: AsyncSession, parameters: Mapping[str, Any]) -> list[Held]:
    """Hold stock in one statement: the lines that are held, or, when nothing is, what there is too little of."""
    return [Held(*row) for row in await session.execute(_RESERVE, dict(parameters))]


async def release(session: AsyncSession, reservation_id: UUID) -> bool:
    """End a reservation; False when it had ended or is not the acting organization's."""
    return bool(await session.scalar(select(func.stock_release(reservation_id))))


async def expire(session: AsyncSession, most: int) -> list[tuple[UUID, UUID]]:
    """End reservations whose time has come; (reservation, organization) of each."""
    rows = await session.execute(text("SELECT * FROM stock_expire(:most)"), {"most": most})
    return [(row[0], row[1]) for row in rows]


async def fill_backorders(session: AsyncSession, item_ids: Iterable[UUID]) -> list[tuple[UUID, UUID, UUID, Decimal]]:
    """Give what is free to whoever waits; (reservation, organization, item, quantity) of each that got something."""
    statement = text("SELECT * FROM stock_fill_backorders(:items)").bindparams(bindparam("items", type_=ARRAY(Uuid)))
    rows = await session.execute(statement, {"items": sorted(set(item_ids))})
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def available(session: AsyncSession, variant_ids: Sequence[UUID]) -> list[tuple[UUID, UUID, Decimal]]:
    """(variant, item, how much buyers may reserve) of what is offered."""
    statement = text("SELECT * FROM stock_available(:variants)").bindparams(bindparam("variants", type_=ARRAY(Uuid)))
    rows = await session.execute(statement, {"variants": list(variant_ids)})
    return [(row[0], row[1], row[2]) for row in rows]


async def reservation(session: AsyncSession, reservation_id: UUID, organization_id: UUID) -> Reservation | None:
    """An organization's own, as it is now."""
    return await session.scalar(
        select(Reservation)
        .where(Reservation.id == reservation_id, Reservation.organization_id == organization_id)
        .execution_options(populate_existing=True)
    )


def reservations_of(organization_id: UUID, state: str | None) -> Select[Reservation]:
    """What is or was held for an organization."""
    statement = select(Reservation).where(Reservation.organization_id == organization_id)
    return statement.where(Reservation.state == state) if state else statement


async def reservations_of_holder(session: AsyncSession, kind: str, holder_id: UUID) -> Sequence[Reservation]:
    """What is held for one thing, such as an order."""
    statement = select(Reservation).where(Reservation.holder_kind == kind, Reservation.holder_id == holder_id)
    return (await session.scalars(statement.order_by(Reservation.id))).all()


async def lines(session: AsyncSession, reservation_ids: Iterable[UUID]) -> dict[UUID, list[ReservationLine]]:
    """The lines of reservations, as they are now."""
    statement = (
        select(ReservationLine)
        .where(ReservationLine.reservation_id.in_(set(reservation_ids)))
        .order_by(ReservationLine.position, ReservationLine.id)
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[ReservationLine]] = {}
    for line in await session.scalars(statement):
        found.setdefault(line.reservation_id, []).append(line)
    return found


async def held_count(session: AsyncSession, organization_id: UUID, now: datetime) -> int:
    """How many reservations of an organization hold stock that will be given up by themselves."""
    statement = select(func.count()).where(
        Reservation.organization_id == organization_id,
        Reservation.state == "held",
        Reservation.holder_kind == "request",
        Reservation.expires_at > now,
    )
    return int(await session.scalar(statement) or 0)
