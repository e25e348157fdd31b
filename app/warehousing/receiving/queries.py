"""All the SQL on what is announced, received and inspected; and what of the stock is looked at for putting away."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.warehousing.models import Bin, StockBalance, Zone
from app.warehousing.receiving.models import (
    Arrival,
    ArrivalDifference,
    ArrivalLine,
    Inspection,
    InspectionCharacteristic,
    Receipt,
    ReceiptLine,
)
from app.warehousing.receiving.states import ArrivalSide
from app.warehousing.states import StockStatus, ZonePurpose

MOST_PLACES = 2000
"""So many bins of a warehouse are looked at when places are suggested: those of the same items, then the smallest empty ones."""


async def warehouse_at(session: AsyncSession, keeper_id: UUID, code: str) -> UUID | None:
    """An open warehouse by its keeper and code: all that whoever sees nothing of it may learn."""
    found: UUID | None = await session.scalar(select(func.warehouse_at(keeper_id, code)))
    return found


async def make_lot(
    session: AsyncSession, arrival_id: UUID, item_id: UUID, code: str, made_on: date | None, expires_on: date | None
) -> None:
    """Make a lot of an announced item, on behalf of its organization where that has announced it; else nothing happens."""
    await session.execute(select(func.arrival_make_lot(arrival_id, item_id, code, made_on, expires_on)))


async def insert_arrival(
    session: AsyncSession, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
) -> Arrival:
    """Insert an arrival with its lines."""
    row = Arrival(**values)
    session.add(row)
    await session.flush()
    await session.execute(insert(ArrivalLine), list(lines))
    await session.refresh(row)
    return row


async def arrival(session: AsyncSession, arrival_id: UUID) -> Arrival | None:
    """An arrival that the acting organization sends, receives or owns the goods of."""
    return await session.scalar(select(Arrival).where(Arrival.id == arrival_id))


async def lock_arrival(session: AsyncSession, arrival_id: UUID) -> Arrival | None:
    """The same, locked: only sender and keeper may."""
    return await session.scalar(
        select(Arrival).where(Arrival.id == arrival_id).with_for_update().execution_options(populate_existing=True)
    )


def arrivals_of(organization_id: UUID, side: ArrivalSide | None, state: str | None) -> Select[Any]:
    """Arrivals that an organization has to do with."""
    columns = {
        ArrivalSide.SENDER: Arrival.sender_id,
        ArrivalSide.KEEPER: Arrival.keeper_id,
        ArrivalSide.OWNER: Arrival.owner_id,
    }
    mine = columns[side] == organization_id if side else _of(Arrival, organization_id)
    statement = select(Arrival).where(mine)
    return statement.where(Arrival.state == state) if state else statement


def _of(table: type[Arrival] | type[Inspection], organization_id: UUID) -> Any:
    return (
        (table.keeper_id == organization_id)
        | (table.sender_id == organization_id)
        | (table.owner_id == organization_id)
    )


async def arrival_lines(session: AsyncSession, arrival_id: UUID) -> Sequence[ArrivalLine]:
    """What was announced, in order."""
    statement = select(ArrivalLine).where(ArrivalLine.arrival_id == arrival_id).order_by(ArrivalLine.position)
    return (await session.scalars(statement)).all()


async def standing_lines(session: AsyncSession, arrival_id: UUID) -> Sequence[ReceiptLine]:
    """What came and was not reversed."""
    reversals = select(Receipt.reverses_id).where(Receipt.arrival_id == arrival_id, Receipt.reverses_id.is_not(None))
    statement = select(ReceiptLine).where(
        ReceiptLine.arrival_id == arrival_id, ReceiptLine.receipt_id.not_in(reversals)
    )
    return (await session.scalars(statement.order_by(ReceiptLine.id))).all()


async def insert_differences(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """State how what came differs."""
    if rows:
        await session.execute(insert(ArrivalDifference), list(rows))


async def arrival_differences(session: AsyncSession, arrival_id: UUID) -> Sequence[ArrivalDifference]:
    """What was stated when it was closed."""
    statement = select(ArrivalDifference).where(ArrivalDifference.arrival_id == arrival_id)
    return (await session.scalars(statement.order_by(ArrivalDifference.id))).all()


async def insert_receipt(session: AsyncSession, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
    """Append a receipt with its lines."""
    await session.execute(insert(Receipt), [dict(values)])
    if lines:
        await session.execute(insert(ReceiptLine), list(lines))


async def receipt(session: AsyncSession, receipt_id: UUID) -> Receipt | None:
    """A receipt that the acting organization may see."""
    return await session.scalar(select(Receipt).where(Receipt.id == receipt_id))


def receipts_of(arrival_id: UUID) -> Select[Any]:
    """What came at which time."""
    return select(Receipt).where(Receipt.arrival_id == arrival_id)


async def receipt_lines(session: AsyncSession, receipt_ids: Iterable[UUID]) -> dict[UUID, list[ReceiptLine]]:
    """The lines of receipts, in order."""
    statement = select(ReceiptLine).where(ReceiptLine.receipt_id.in_(set(receipt_ids)))
    found: dict[UUID, list[ReceiptLine]] = {}
    for row in await session.scalars(statement.order_by(ReceiptLine.position)):
        found.setdefault(row.receipt_id, []).append(row)
    return found


async def receipt_line(session: AsyncSession, line_id: UUID) -> ReceiptLine | None:
    """A line of a receipt that the acting organization may see."""
    return await session.scalar(select(ReceiptLine).where(ReceiptLine.id == line_id))


async def reversals(session: AsyncSession, receipt_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Receipt → the one that reverses it."""
    statement = select(Receipt.reverses_id, Receipt.id).where(Receipt.reverses_id.in_(set(receipt_ids)))
    return {row[0]: row[1] for row in await session.execute(statement) if row[0] is not None}


async def first_receiving_bin(session: AsyncSession, warehouse_id: UUID) -> UUID | None:
    """The first open bin by code in which goods are received; None when there is none."""
    return await session.scalar(
        select(Bin.id)
        .join(Zone, Zone.id == Bin.zone_id)
        .where(Bin.warehouse_id == warehouse_id, Zone.purpose == ZonePurpose.RECEIVING, Bin.blocked.is_(False))
        .order_by(Bin.code)
        .limit(1)
    )


async def balances_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, StockBalance]:
    """Those of them that the acting organization may see, as they are now."""
    statement = select(StockBalance).where(StockBalance.id.in_(set(ids))).execution_options(populate_existing=True)
    return {row.id: row for row in await session.scalars(statement)}


async def balance_of(session: AsyncSession, line: ReceiptLine) -> StockBalance | None:
    """What lies on quality hold where a line of a receipt was put."""
    return await session.scalar(
        select(StockBalance).where(
            StockBalance.item_id == line.item_id,
            StockBalance.bin_id == line.bin_id,
            StockBalance.lot_id.is_not_distinct_from(line.lot_id),
            StockBalance.owner_id == line.owner_id,
            StockBalance.status == StockStatus.QUALITY_HOLD,
        )
    )


def to_put_away(warehouse_id: UUID, receipt_id: UUID | None) -> Select[Any]:
    """What is available and not held for anybody in receiving zones; of a receipt, in whatever zone but storage it was put."""
    statement = (
        select(StockBalance)
        .join(Bin, Bin.id == StockBalance.bin_id)
        .join(Zone, Zone.id == Bin.zone_id)
        .where(
            StockBalance.warehouse_id == warehouse_id,
            StockBalance.status == StockStatus.AVAILABLE,
            StockBalance.on_hand > StockBalance.reserved,
        )
    )
    if receipt_id is None:
        return statement.where(Zone.purpose == ZonePurpose.RECEIVING)
    came = select(ReceiptLine.id).where(
        ReceiptLine.receipt_id == receipt_id,
        ReceiptLine.item_id == StockBalance.item_id,
        ReceiptLine.bin_id == StockBalance.bin_id,
        ReceiptLine.lot_id.is_not_distinct_from(StockBalance.lot_id),
        ReceiptLine.owner_id == StockBalance.owner_id,
    )
    return statement.where(Zone.purpose != ZonePurpose.STORAGE, came.exists())


async def storage(
    session: AsyncSession, warehouse_id: UUID, item_ids: Iterable[UUID]
) -> tuple[Sequence[Bin], dict[UUID, set[tuple[UUID, UUID | None]]]]:
    """Open bins of storage zones in which nothing lies or one of the items does; and what of the items lies in them."""
    full = StockBalance.on_hand > 0
    of_items = (
        select(StockBalance.bin_id, StockBalance.item_id, StockBalance.lot_id)
        .where(StockBalance.warehouse_id == warehouse_id, StockBalance.item_id.in_(set(item_ids)), full)
        .distinct()
    )
    held: dict[UUID, set[tuple[UUID, UUID | None]]] = {}
    for bin_id, item_id, lot_id in await session.execute(of_items):
        held.setdefault(bin_id, set()).add((item_id, lot_id))
    anything = select(StockBalance.id).where(StockBalance.bin_id == Bin.id, full).exists()
    statement = (
        select(Bin)
        .join(Zone, Zone.id == Bin.zone_id)
        .where(
            Bin.warehouse_id == warehouse_id,
            Zone.purpose == ZonePurpose.STORAGE,
            Bin.blocked.is_(False),
            Bin.id.in_(held) | ~anything,
        )
        # Where something of the items lies comes first, then the smallest.
        .order_by(Bin.id.in_(held).desc(), Bin.max_mass_kg, Bin.max_volume_dm3, Bin.code)
        .limit(MOST_PLACES)
    )
    return (await session.scalars(statement)).all(), held


async def insert_inspection(
    session: AsyncSession, values: Mapping[str, Any], characteristics: Sequence[Mapping[str, Any]]
) -> Inspection:
    """Insert an inspection with what shall be measured."""
    row = Inspection(**values)
    session.add(row)
    await session.flush()
    if characteristics:
        await session.execute(insert(InspectionCharacteristic), list(characteristics))
    await session.refresh(row)
    return row


async def inspection(session: AsyncSession, inspection_id: UUID) -> Inspection | None:
    """An inspection that the acting organization makes, or of goods that it owns or sent."""
    return await session.scalar(select(Inspection).where(Inspection.id == inspection_id))


async def lock_inspection(session: AsyncSession, keeper_id: UUID, inspection_id: UUID) -> Inspection | None:
    """One of the keeper's own, locked."""
    return await session.scalar(
        select(Inspection)
        .where(Inspection.id == inspection_id, Inspection.keeper_id == keeper_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def inspections_of(organization_id: UUID, state: str | None, item_id: UUID | None) -> Select[Any]:
    """Inspections that an organization makes, or of goods that it owns or sent."""
    statement = select(Inspection).where(_of(Inspection, organization_id))
    statement = statement.where(Inspection.state == state) if state else statement
    return statement.where(Inspection.item_id == item_id) if item_id else statement


async def characteristics(session: AsyncSession, inspection_id: UUID) -> Sequence[InspectionCharacteristic]:
    """What is measured, in order, as it is now."""
    statement = select(InspectionCharacteristic).where(InspectionCharacteristic.inspection_id == inspection_id)
    statement = statement.order_by(InspectionCharacteristic.position).execution_options(populate_existing=True)
    return (await session.scalars(statement)).all()


async def put_values(session: AsyncSession, values: Mapping[UUID, Sequence[Decimal]]) -> None:
    """Write the values of characteristics."""
    rows = [{"id": row_id, "measured": list(found)} for row_id, found in values.items()]
    await session.execute(update(InspectionCharacteristic), rows)
