"""All the SQL on waves, packages, dispatches and returns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import new_id
from app.warehousing.models import Bin, Reservation, ReservationLine, StockBalance, Zone
from app.warehousing.picking.models import (
    Dispatch,
    GoodsReturn,
    GoodsReturnLine,
    PackageContent,
    PackedUnit,
    PackingSettings,
    PickLine,
    PickWave,
)
from app.warehousing.picking.states import PackageState

FRESH: dict[str, Any] = {"populate_existing": True}


@dataclass(frozen=True, slots=True)
class DueLine:
    """A held line that may be picked, with its reservation and where its goods lie."""

    line: ReservationLine
    reservation: Reservation
    balance: StockBalance
    bin: str
    zone: str


def due(warehouse_id: UUID, now: datetime) -> Select[ReservationLine]:
    """Held lines in a warehouse whose time has not come, and that no open wave has."""
    waits = select(PickLine.id).where(PickLine.reservation_line_id == ReservationLine.id, PickLine.state == "open")
    return select(ReservationLine).where(
        ReservationLine.warehouse_id == warehouse_id,
        ReservationLine.open > 0,
        or_(ReservationLine.expires_at.is_(None), ReservationLine.expires_at > now),
        ~waits.exists(),
    )


async def due_lines(session: AsyncSession, lines: Sequence[ReservationLine]) -> list[DueLine]:
    """The same with what they hang on, in the order given; in one statement."""
    statement = (
        select(ReservationLine.id, Reservation, StockBalance, Bin.code, Zone.code)
        .join(Reservation, Reservation.id == ReservationLine.reservation_id)
        .join(StockBalance, StockBalance.id == ReservationLine.balance_id)
        .join(Bin, Bin.id == StockBalance.bin_id)
        .join(Zone, Zone.id == Bin.zone_id)
        .where(ReservationLine.id.in_([line.id for line in lines]))
        .execution_options(**FRESH)
    )
    found = {row[0]: row for row in await session.execute(statement)}
    return [DueLine(line, *found[line.id][1:]) for line in lines if line.id in found]


async def held_lines(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, ReservationLine]:
    """Lines of reservations as they are now."""
    statement = select(ReservationLine).where(ReservationLine.id.in_(set(ids))).execution_options(**FRESH)
    return {line.id: line for line in await session.scalars(statement)}


async def first_bin(session: AsyncSession, warehouse_id: UUID, purpose: str, bin_id: UUID | None) -> UUID | None:
    """The bin named, or the first by code, of those in zones of a purpose that are not blocked."""
    statement = (
        select(Bin.id)
        .join(Zone, Zone.id == Bin.zone_id)
        .where(Bin.warehouse_id == warehouse_id, Zone.purpose == purpose, ~Bin.blocked)
        .order_by(Bin.code)
        .limit(1)
    )
    return await session.scalar(statement.where(Bin.id == bin_id) if bin_id else statement)


async def insert_wave(session: AsyncSession, wave: PickWave, lines: Sequence[Mapping[str, Any]]) -> int:
    """A wave and its lines; how many of these were not in another open wave already."""
    session.add(wave)
    await session.flush()
    statement = insert(PickLine).on_conflict_do_nothing().returning(PickLine.id)
    return len((await session.scalars(statement, list(lines))).all())


def waves_of(warehouse_id: UUID, state: str | None) -> Select[PickWave]:
    """The waves of a warehouse."""
    statement = select(PickWave).where(PickWave.warehouse_id == warehouse_id)
    return statement.where(PickWave.state == state) if state else statement


async def wave(session: AsyncSession, wave_id: UUID) -> PickWave | None:
    """A wave that the acting organization may see."""
    return await session.scalar(select(PickWave).where(PickWave.id == wave_id))


async def lock_wave(session: AsyncSession, keeper_id: UUID, wave_id: UUID) -> PickWave | None:
    """One of the keeper's own, locked."""
    statement = select(PickWave).where(PickWave.id == wave_id, PickWave.keeper_id == keeper_id).with_for_update()
    return await session.scalar(statement.execution_options(**FRESH))


async def pick_lines(session: AsyncSession, wave_ids: Iterable[UUID]) -> list[PickLine]:
    """The lines of waves, in the order of the walk, as they are now."""
    statement = select(PickLine).where(PickLine.wave_id.in_(set(wave_ids))).order_by(PickLine.stop, PickLine.id)
    return list(await session.scalars(statement.execution_options(**FRESH)))


async def lock_pick_lines(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, PickLine]:
    """Those of them that the acting organization keeps, locked by id: what is packed of them is about to change."""
    statement = select(PickLine).where(PickLine.id.in_(set(ids))).order_by(PickLine.id).with_for_update(key_share=True)
    return {line.id: line for line in await session.scalars(statement.execution_options(**FRESH))}


async def packing_bins(session: AsyncSession, pick_line_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The bin that a line was picked into, by line."""
    statement = (
        select(PickLine.id, PickWave.packing_bin_id)
        .join(PickWave, PickWave.id == PickLine.wave_id)
        .where(PickLine.id.in_(set(pick_line_ids)))
    )
    return {row[0]: row[1] for row in await session.execute(statement)}


async def places(session: AsyncSession, bin_ids: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    """(code of the zone, code of the bin) by bin."""
    statement = select(Bin.id, Zone.code, Bin.code).join(Zone, Zone.id == Bin.zone_id).where(Bin.id.in_(set(bin_ids)))
    return {row[0]: (row[1], row[2]) for row in await session.execute(statement)}


async def short_pick(session: AsyncSession, line_id: UUID, missing: Decimal) -> None:
    """Let go of what a held line could not be given; it waits for stock again."""
    await session.execute(select(func.stock_short_pick(line_id, missing)))


async def packing_settings(session: AsyncSession, keeper_id: UUID) -> PackingSettings | None:
    """What a keeper's packages are numbered with, as it is now."""
    statement = select(PackingSettings).where(PackingSettings.keeper_id == keeper_id)
    return await session.scalar(statement.execution_options(**FRESH))


async def ready_settings(session: AsyncSession, keeper_id: UUID) -> PackingSettings:
    """The same, made and locked."""
    await session.execute(insert(PackingSettings).values(keeper_id=keeper_id).on_conflict_do_nothing())
    statement = select(PackingSettings).where(PackingSettings.keeper_id == keeper_id).with_for_update()
    return (await session.scalars(statement.execution_options(**FRESH))).one()


async def next_number(session: AsyncSession, series: str) -> int:
    """The next number of the acting organization's series. Whoever else asks for one waits until the transaction ends."""
    return int(await session.scalar(select(func.packing_next(series))) or 0)


def packages_of(warehouse_id: UUID, state: str | None) -> Select[PackedUnit]:
    """The packages of a warehouse."""
    statement = select(PackedUnit).where(PackedUnit.warehouse_id == warehouse_id)
    return statement.where(PackedUnit.state == state) if state else statement


async def package(session: AsyncSession, package_id: UUID) -> PackedUnit | None:
    """A package that the acting organization may see, as it is now."""
    statement = select(PackedUnit).where(PackedUnit.id == package_id)
    return await session.scalar(statement.execution_options(**FRESH))


async def lock_packages(session: AsyncSession, keeper_id: UUID, ids: Iterable[UUID]) -> dict[UUID, PackedUnit]:
    """The keeper's own of these, locked by id."""
    statement = (
        select(PackedUnit)
        .where(PackedUnit.id.in_(set(ids)), PackedUnit.keeper_id == keeper_id)
        .order_by(PackedUnit.id)
        .with_for_update(key_share=True)
    )
    return {row.id: row for row in await session.scalars(statement.execution_options(**FRESH))}


async def touched_by_move(session: AsyncSession, package_id: UUID) -> list[UUID]:
    """A package, what it is in, and all that is in it, however deep: their levels change together."""
    tree = select(PackedUnit.id).where(PackedUnit.id == package_id).cte("tree", recursive=True)
    tree = tree.union(select(PackedUnit.id).join(tree, PackedUnit.parent_id == tree.c.id))
    around = select(PackedUnit.parent_id).where(PackedUnit.id == package_id, PackedUnit.parent_id.is_not(None))
    return [row[0] for row in await session.execute(select(tree.c.id).union(around))]


async def inner_packages(session: AsyncSession, ids: Iterable[UUID]) -> list[PackedUnit]:
    """What packages hold directly, as it is now."""
    statement = select(PackedUnit).where(PackedUnit.parent_id.in_(set(ids))).order_by(PackedUnit.id)
    return list(await session.scalars(statement.execution_options(**FRESH)))


async def contents(session: AsyncSession, package_ids: Iterable[UUID]) -> list[PackageContent]:
    """What is in packages, as it is now."""
    statement = select(PackageContent).where(PackageContent.package_id.in_(set(package_ids)))
    return list(await session.scalars(statement.order_by(PackageContent.id).execution_options(**FRESH)))


async def take_out(session: AsyncSession, package_id: UUID) -> None:
    """Take everything out of a package; a trigger counts it."""
    await session.execute(delete(PackageContent).where(PackageContent.package_id == package_id))


async def put_in(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """Put some of what was picked into a package; a trigger counts it."""
    await session.execute(insert(PackageContent).values(id=new_id(), **values))


def dispatches_of(organization_id: UUID) -> Select[Dispatch]:
    """What an organization sent out of its warehouses, and what was sent to it."""
    return select(Dispatch).where(or_(Dispatch.keeper_id == organization_id, Dispatch.holder_id == organization_id))


async def dispatch(session: AsyncSession, dispatch_id: UUID) -> Dispatch | None:
    """A dispatch that the acting organization may see."""
    return await session.scalar(select(Dispatch).where(Dispatch.id == dispatch_id))


async def dispatched(session: AsyncSession, dispatch_ids: Iterable[UUID]) -> list[PackedUnit]:
    """The packages of dispatches, outer ones first, then by number."""
    statement = select(PackedUnit).where(PackedUnit.dispatch_id.in_(set(dispatch_ids)))
    return list(
        await session.scalars(statement.order_by(PackedUnit.level, PackedUnit.number).execution_options(**FRESH))
    )


async def closed_outer(session: AsyncSession, package_ids: Iterable[UUID]) -> list[PackedUnit]:
    """Of some packages those that are in no other one and are not open any more."""
    statement = select(PackedUnit).where(
        PackedUnit.id.in_(set(package_ids)), PackedUnit.parent_id.is_(None), PackedUnit.state != PackageState.OPEN
    )
    return list(await session.scalars(statement))


async def holders(session: AsyncSession, pick_line_ids: Iterable[UUID]) -> list[tuple[str, UUID]]:
    """What the reservations of picked lines were for: kind and id, each once."""
    statement = (
        select(Reservation.holder_kind, Reservation.holder_id)
        .join(PickLine, PickLine.reservation_id == Reservation.id)
        .where(PickLine.id.in_(set(pick_line_ids)))
        .distinct()
        .order_by(Reservation.holder_kind, Reservation.holder_id)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


def returns_of(organization_id: UUID) -> Select[GoodsReturn]:
    """What comes back to an organization's warehouses, and what it sends back."""
    return select(GoodsReturn).where(
        or_(GoodsReturn.keeper_id == organization_id, GoodsReturn.holder_id == organization_id)
    )


async def goods_return(session: AsyncSession, return_id: UUID) -> GoodsReturn | None:
    """A return that the acting organization may see."""
    return await session.scalar(select(GoodsReturn).where(GoodsReturn.id == return_id))


async def lock_return(session: AsyncSession, keeper_id: UUID, return_id: UUID) -> GoodsReturn | None:
    """One to the keeper's own warehouse, locked."""
    statement = select(GoodsReturn).where(GoodsReturn.id == return_id, GoodsReturn.keeper_id == keeper_id)
    return await session.scalar(statement.with_for_update().execution_options(**FRESH))


async def return_lines(
    session: AsyncSession, return_ids: Iterable[UUID]
) -> list[tuple[GoodsReturnLine, PackageContent]]:
    """The lines of returns with what they are of, as they are now."""
    statement = (
        select(GoodsReturnLine, PackageContent)
        .join(PackageContent, PackageContent.id == GoodsReturnLine.content_id)
        .where(GoodsReturnLine.return_id.in_(set(return_ids)))
        .order_by(GoodsReturnLine.id)
        .execution_options(**FRESH)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]
