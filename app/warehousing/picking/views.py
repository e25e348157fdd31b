"""Waves, packages, dispatches and returns as their readers see them; in as many statements for many as for one."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.locales import current_locale
from app.kit.schemas import Labelled, labelled
from app.parties import facade as parties
from app.reference import facade as reference
from app.warehousing import queries as stock
from app.warehousing.models import ReservationLine, StockItem, StockLot
from app.warehousing.picking import queries
from app.warehousing.picking.models import Dispatch, GoodsReturn, PackageContent, PackedUnit, PickLine, PickWave
from app.warehousing.picking.schemas import (
    ContentOut,
    DispatchOut,
    DueOut,
    PackageOut,
    PackingListOut,
    PickPartOut,
    ReturnLineOut,
    ReturnOut,
    StopOut,
    WaveHeadOut,
    WaveOut,
)
from app.warehousing.picking.states import (
    PACKAGE_STATE_LABELS,
    PICK_STATE_LABELS,
    RETURN_REASON_LABELS,
    RETURN_STATE_LABELS,
    WAVE_STATE_LABELS,
    PickState,
)

NAMELESS = "–"


async def due_out(session: AsyncSession, lines: Sequence[ReservationLine]) -> list[DueOut]:
    """What waits to be picked."""
    due = await queries.due_lines(session, lines)
    firms = await parties.organizations(session, {one.line.organization_id for one in due})
    items = await stock.items_by_id(session, (one.line.item_id for one in due))
    lots = await stock.lots_by_id(session, (one.balance.lot_id for one in due))
    shown = []
    for one in due:
        line, item = one.line, items[one.line.item_id]
        firm = firms.get(line.organization_id)
        shown.append(
            DueOut(
                reservation_line_id=line.id,
                reservation_id=line.reservation_id,
                holder_kind=one.reservation.holder_kind,
                holder_id=one.reservation.holder_id,
                organization_id=line.organization_id,
                organization_name=firm.legal_name_local if firm else NAMELESS,
                owner_id=line.owner_id,
                item_id=item.id,
                sku=item.sku,
                name=item.name,
                unit=item.unit,
                lot=lots[one.balance.lot_id].code if one.balance.lot_id else None,
                zone=one.zone,
                bin=one.bin,
                quantity=line.open,
                held_since=one.reservation.created_at,
                expires_at=line.expires_at,
            )
        )
    return shown


async def wave_heads(session: AsyncSession, waves: Sequence[PickWave]) -> list[WaveHeadOut]:
    """Waves without their stops."""
    places = await queries.places(session, (wave.packing_bin_id for wave in waves))
    return [
        WaveHeadOut(
            id=wave.id,
            warehouse_id=wave.warehouse_id,
            packing_bin_id=wave.packing_bin_id,
            packing_bin=places[wave.packing_bin_id][1],
            state=labelled(wave.state, WAVE_STATE_LABELS),
            version=wave.version,
            created_at=wave.created_at,
            ended_at=wave.ended_at,
        )
        for wave in waves
    ]


async def wave_out(session: AsyncSession, wave: PickWave) -> WaveOut:
    """A wave with its picking list."""
    head = (await wave_heads(session, [wave]))[0]
    lines = await queries.pick_lines(session, [wave.id])
    items = await stock.items_by_id(session, (line.item_id for line in lines))
    lots = await stock.lots_by_id(session, (line.lot_id for line in lines))
    places = await queries.places(session, (line.bin_id for line in lines))
    by_stop: dict[int, list[PickLine]] = {}
    for line in lines:
        by_stop.setdefault(line.stop, []).append(line)
    stops = []
    for number, parts in by_stop.items():
        first = parts[0]
        lot = lots.get(first.lot_id) if first.lot_id else None
        stops.append(_stop(number, parts, items[first.item_id], lot, places[first.bin_id]))
    return WaveOut(**head.model_dump(), stops=stops)


def _stop(
    number: int, parts: Sequence[PickLine], item: StockItem, lot: StockLot | None, place: tuple[str, str]
) -> StopOut:
    to_pick = [part.expected for part in parts if part.state == PickState.OPEN]
    return StopOut(
        stop=number,
        zone=place[0],
        bin_id=parts[0].bin_id,
        bin=place[1],
        item_id=item.id,
        sku=item.sku,
        name=item.name,
        unit=item.unit,
        lot=lot.code if lot else None,
        owner_id=parts[0].owner_id,
        quantity=sum(to_pick, Decimal(0)),
        parts=[
            PickPartOut(
                id=part.id,
                reservation_id=part.reservation_id,
                organization_id=part.holder_id,
                expected=part.expected,
                picked=part.picked,
                missing=part.missing,
                packed=part.packed,
                state=labelled(part.state, PICK_STATE_LABELS),
            )
            for part in parts
        ],
    )


async def packages_out(session: AsyncSession, rows: Sequence[PackedUnit]) -> list[PackageOut]:
    """Packages with what is in them."""
    contents: dict[UUID, list[PackageContent]] = {}
    for one in await queries.contents(session, (row.id for row in rows)):
        contents.setdefault(one.package_id, []).append(one)
    locale, shown = current_locale(), []
    for row in rows:
        values = {name: getattr(row, name) for name in PackageOut.model_fields if hasattr(row, name)}
        values |= {
            "organization_id": row.holder_id,
            "type": Labelled(code=row.type, label=reference.package_type_name(row.type, locale)),
            "state": labelled(row.state, PACKAGE_STATE_LABELS),
            "contents": [ContentOut.model_validate(one) for one in contents.get(row.id, ())],
        }
        shown.append(PackageOut(**values))
    return shown


async def dispatches_out(session: AsyncSession, rows: Sequence[Dispatch]) -> list[DispatchOut]:
    """Dispatches with how much they weigh."""
    keepers = await parties.organizations(session, {row.keeper_id for row in rows})
    outer: dict[UUID, list[PackedUnit]] = {}
    for package in await queries.dispatched(session, (row.id for row in rows)):
        if package.parent_id is None and package.dispatch_id is not None:
            outer.setdefault(package.dispatch_id, []).append(package)
    shown = []
    for row in rows:
        packages = outer.get(row.id, [])
        keeper = keepers.get(row.keeper_id)
        values = {name: getattr(row, name) for name in DispatchOut.model_fields if hasattr(row, name)}
        values |= {
            "keeper_name": keeper.legal_name_local if keeper else NAMELESS,
            "organization_id": row.holder_id,
            "packages": len(packages),
            "gross_kg": sum((one.gross_kg or Decimal(0) for one in packages), Decimal(0)),
        }
        shown.append(DispatchOut(**values))
    return shown


async def packing_list_out(session: AsyncSession, row: Dispatch) -> PackingListOut:
    """What left, package by package."""
    head = (await dispatches_out(session, [row]))[0]
    units = await packages_out(session, await queries.dispatched(session, [row.id]))
    return PackingListOut(**head.model_dump(), units=units)


async def returns_out(session: AsyncSession, rows: Sequence[GoodsReturn]) -> list[ReturnOut]:
    """Returns with their lines."""
    lines: dict[UUID, list[ReturnLineOut]] = {}
    for line, content in await queries.return_lines(session, (row.id for row in rows)):
        values = {name: getattr(content, name) for name in ("item_id", "sku", "name", "unit", "lot")}
        values |= {name: getattr(line, name) for name in ("id", "content_id", "quantity", "received")}
        lines.setdefault(line.return_id, []).append(ReturnLineOut(**values))
    shown = []
    for row in rows:
        values = {name: getattr(row, name) for name in ReturnOut.model_fields if hasattr(row, name)}
        values |= {
            "organization_id": row.holder_id,
            "reason": labelled(row.reason, RETURN_REASON_LABELS),
            "state": labelled(row.state, RETURN_STATE_LABELS),
            "lines": lines.get(row.id, []),
        }
        shown.append(ReturnOut(**values))
    return shown
