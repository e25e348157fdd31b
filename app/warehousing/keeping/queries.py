"""All the SQL on counts and transfers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, literal_column, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.warehousing.keeping.models import CountedBin, CountLine, StockCount, StockTransfer, TransferLine
from app.warehousing.keeping.states import RUNNING, CountState
from app.warehousing.models import Bin, ReservationLine, StockBalance, Warehouse, Zone
from app.warehousing.states import ZonePurpose

Place = tuple[UUID, UUID | None, UUID, str]
"""In a bin: item, lot, owner, status."""


def bins_to_count(warehouse_id: UUID, most: int) -> Select[UUID]:
    """Some bins of a warehouse that no running count has, by code."""
    running = select(CountedBin.bin_id).where(CountedBin.count_state.in_(RUNNING))
    return select(Bin.id).where(Bin.warehouse_id == warehouse_id, Bin.id.not_in(running)).order_by(Bin.code).limit(most)


async def bins_of_zone(session: AsyncSession, warehouse_id: UUID, zone_id: UUID, most: int) -> Sequence[UUID]:
    """Bins of a zone that no running count has."""
    return (await session.scalars(bins_to_count(warehouse_id, most).where(Bin.zone_id == zone_id))).all()


async def bins_with_item(session: AsyncSession, warehouse_id: UUID, item_id: UUID, most: int) -> Sequence[UUID]:
    """Bins that an item lies in and no running count has."""
    there = select(StockBalance.bin_id).where(
        StockBalance.item_id == item_id, StockBalance.warehouse_id == warehouse_id, StockBalance.on_hand > 0
    )
    return (await session.scalars(bins_to_count(warehouse_id, most).where(Bin.id.in_(there)))).all()


async def bins_due(session: AsyncSession, warehouse_id: UUID, before: datetime, most: int) -> Sequence[UUID]:
    """Bins whose last approved count of everything was before a moment, those never counted and the longest ago first."""
    last = (
        select(func.max(CountedBin.counted_at))
        .join(StockCount, StockCount.id == CountedBin.count_id)
        .where(CountedBin.bin_id == Bin.id, CountedBin.count_state == CountState.APPROVED, StockCount.item_id.is_(None))
        .correlate(Bin)
        .scalar_subquery()
    )
    statement = bins_to_count(warehouse_id, most).where(or_(last.is_(None), last < before))
    return (await session.scalars(statement.order_by(None).order_by(last.asc().nulls_first(), Bin.code))).all()


async def zone_is_of(session: AsyncSession, warehouse_id: UUID, zone_id: UUID) -> bool:
    """Whether a zone is of a warehouse."""
    found = await session.scalar(select(Zone.id).where(Zone.id == zone_id, Zone.warehouse_id == warehouse_id))
    return found is not None


async def in_walking_order(
    session: AsyncSession, warehouse_id: UUID, bin_ids: Iterable[UUID]
) -> list[tuple[UUID, str]]:
    """(bin, code) of those that are of a warehouse, by code."""
    statement = select(Bin.id, Bin.code).where(Bin.id.in_(set(bin_ids)), Bin.warehouse_id == warehouse_id)
    return [(row[0], row[1]) for row in await session.execute(statement.order_by(Bin.code))]


async def insert_count_bins(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Add bins to a count; those that were free for it."""
    statement = (
        insert(CountedBin)
        .on_conflict_do_nothing(
            index_elements=["bin_id"],
            # As literals, or the planner does not find the index.
            index_where=CountedBin.count_state.in_([literal_column(f"'{state.value}'") for state in RUNNING]),
        )
        .returning(CountedBin.bin_id)
    )
    return set((await session.scalars(statement, list(rows))).all())


async def count(session: AsyncSession, keeper_id: UUID, count_id: UUID) -> StockCount | None:
    """One of the keeper's own."""
    return await session.scalar(select(StockCount).where(StockCount.id == count_id, StockCount.keeper_id == keeper_id))


async def lock_count(session: AsyncSession, keeper_id: UUID, count_id: UUID) -> StockCount | None:
    """The same, locked: entries and approval of one count follow each other."""
    return await session.scalar(
        select(StockCount)
        .where(StockCount.id == count_id, StockCount.keeper_id == keeper_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def counts_of(keeper_id: UUID, warehouse_id: UUID | None, state: str | None) -> Select[StockCount]:
    """A keeper's counts."""
    statement = select(StockCount).where(StockCount.keeper_id == keeper_id)
    if warehouse_id is not None:
        statement = statement.where(StockCount.warehouse_id == warehouse_id)
    return statement.where(StockCount.state == state) if state else statement


def bins_of_count(count_id: UUID) -> Select[CountedBin]:
    """The bins of a count."""
    return select(CountedBin).where(CountedBin.count_id == count_id)


async def bin_ids_of(session: AsyncSession, count_id: UUID) -> Sequence[UUID]:
    """Their ids."""
    return (await session.scalars(select(CountedBin.bin_id).where(CountedBin.count_id == count_id))).all()


async def count_bin(session: AsyncSession, count_id: UUID, bin_id: UUID) -> CountedBin | None:
    """One of them, as it is now."""
    statement = bins_of_count(count_id).where(CountedBin.bin_id == bin_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


def _is_last() -> Any:
    return and_(
        CountedBin.count_id == CountLine.count_id,
        CountedBin.bin_id == CountLine.bin_id,
        CountedBin.round == CountLine.round,
    )


def lines_of(count_id: UUID) -> Select[CountLine]:
    """What was counted the last time in each bin."""
    return select(CountLine).join(CountedBin, _is_last()).where(CountLine.count_id == count_id)


async def lines_of_bin(session: AsyncSession, count_id: UUID, bin_id: UUID) -> Sequence[CountLine]:
    """The same for one bin."""
    return (await session.scalars(lines_of(count_id).where(CountLine.bin_id == bin_id).order_by(CountLine.id))).all()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a count is."""

    bins: int = 0
    counted: int = 0
    differences: int = 0


async def progress(session: AsyncSession, count_ids: Iterable[UUID]) -> dict[UUID, Progress]:
    """How far some counts are."""
    ids = set(count_ids)
    bins = (
        select(CountedBin.count_id, func.count(), func.count().filter(CountedBin.round > 0))
        .where(CountedBin.count_id.in_(ids))
        .group_by(CountedBin.count_id)
    )
    differing = (
        select(CountLine.count_id, func.count())
        .join(CountedBin, _is_last())
        .where(CountLine.count_id.in_(ids), CountLine.difference != 0)
        .group_by(CountLine.count_id)
    )
    differences: dict[UUID, int] = {row[0]: row[1] for row in await session.execute(differing)}
    return {row[0]: Progress(row[1], row[2], differences.get(row[0], 0)) for row in await session.execute(bins)}


async def balances_in(session: AsyncSession, bin_ids: Iterable[UUID], item_id: UUID | None) -> Sequence[StockBalance]:
    """What the books have in some bins now: of all items, or of one."""
    statement = select(StockBalance).where(StockBalance.bin_id.in_(set(bin_ids)), StockBalance.on_hand > 0)
    if item_id is not None:
        statement = statement.where(StockBalance.item_id == item_id)
    statement = statement.order_by(StockBalance.id).execution_options(populate_existing=True)
    return (await session.scalars(statement)).all()


async def insert_lines(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write down what was counted."""
    if rows:
        await session.execute(insert(CountLine), list(rows))


async def held_of(
    session: AsyncSession, balance_ids: Iterable[UUID], now: datetime
) -> dict[UUID, list[tuple[UUID, Decimal]]]:
    """By balance: (reservation, how much of it is still held), the oldest first. What is held beyond its time is free."""
    statement = (
        select(ReservationLine.balance_id, ReservationLine.reservation_id, ReservationLine.open)
        .where(
            ReservationLine.balance_id.in_(set(balance_ids)),
            ReservationLine.open > 0,
            or_(ReservationLine.expires_at.is_(None), ReservationLine.expires_at > now),
        )
        .order_by(ReservationLine.id)
    )
    found: dict[UUID, list[tuple[UUID, Decimal]]] = {}
    for balance_id, reservation_id, amount in await session.execute(statement):
        if balance_id is not None:
            found.setdefault(balance_id, []).append((reservation_id, amount))
    return found


async def shorten(session: AsyncSession, balance_id: UUID, left: Decimal) -> list[tuple[UUID, UUID, UUID, Decimal]]:
    """Let what was reserved last of a balance wait for stock, until no more than `left` is reserved of it.

    (reservation, organization, item, quantity) of each that lost some.
    """
    rows = await session.execute(
        text("SELECT * FROM stock_shorten(:balance, :left)"), {"balance": balance_id, "left": left}
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def transfer(session: AsyncSession, keeper_id: UUID, transfer_id: UUID) -> StockTransfer | None:
    """One of the keeper's own."""
    statement = select(StockTransfer).where(StockTransfer.id == transfer_id, StockTransfer.keeper_id == keeper_id)
    return await session.scalar(statement)


async def lock_transfer(session: AsyncSession, keeper_id: UUID, transfer_id: UUID) -> StockTransfer | None:
    """The same, locked."""
    return await session.scalar(
        select(StockTransfer)
        .where(StockTransfer.id == transfer_id, StockTransfer.keeper_id == keeper_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def transfers_of(keeper_id: UUID, warehouse_id: UUID | None, state: str | None) -> Select[StockTransfer]:
    """A keeper's transfers, out of a warehouse or into it."""
    statement = select(StockTransfer).where(StockTransfer.keeper_id == keeper_id)
    if warehouse_id is not None:
        statement = statement.where(
            (StockTransfer.from_warehouse_id == warehouse_id) | (StockTransfer.to_warehouse_id == warehouse_id)
        )
    return statement.where(StockTransfer.state == state) if state else statement


async def transfer_lines(session: AsyncSession, transfer_ids: Iterable[UUID]) -> dict[UUID, list[TransferLine]]:
    """The lines of some transfers, as they are now."""
    statement = (
        select(TransferLine)
        .where(TransferLine.transfer_id.in_(set(transfer_ids)))
        .order_by(TransferLine.transfer_id, TransferLine.position)
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[TransferLine]] = {}
    for line in await session.scalars(statement):
        found.setdefault(line.transfer_id, []).append(line)
    return found


async def add_to_line(session: AsyncSession, line_id: UUID, *, received: Decimal, lost: Decimal) -> None:
    """More of a line has arrived or is given up. A constraint refuses more than was sent."""
    statement = update(TransferLine).where(TransferLine.id == line_id)
    await session.execute(
        statement.values(received=TransferLine.received + received, lost=TransferLine.lost + lost),
        execution_options={"synchronize_session": False},
    )


async def open_warehouse(session: AsyncSession, keeper_id: UUID, warehouse_id: UUID) -> Warehouse | None:
    """A warehouse of the keeper that is not closed."""
    return await session.scalar(
        select(Warehouse).where(
            Warehouse.id == warehouse_id, Warehouse.keeper_id == keeper_id, Warehouse.closed_at.is_(None)
        )
    )


async def transit_bins(session: AsyncSession, warehouse_id: UUID) -> Sequence[Bin]:
    """The bins of a warehouse's transit zones that are not blocked, by code."""
    statement = (
        select(Bin)
        .join(Zone, Zone.id == Bin.zone_id)
        .where(Bin.warehouse_id == warehouse_id, Zone.purpose == ZonePurpose.TRANSIT, Bin.blocked.is_(False))
        .order_by(Bin.code)
    )
    return (await session.scalars(statement)).all()
