"""Open a warehouse, change it, divide it into zones and bins."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.warehousing import queries
from app.warehousing.errors import StockCodeTaken, StockInTheWay
from app.warehousing.models import Bin, Warehouse, Zone
from app.warehousing.schemas import BinChange, BinsIn, WarehouseChange, WarehouseIn, ZoneIn
from app.warehousing.states import WarehouseKind, ZonePurpose

FIRST_ZONES = {
    ZonePurpose.RECEIVING: "RECV",
    ZonePurpose.STORAGE: "STOR",
    ZonePurpose.QUALITY: "QUAL",
    ZonePurpose.PACKING: "PACK",
    ZonePurpose.DISPATCH: "DISP",
    ZonePurpose.RETURNS: "RETN",
    ZonePurpose.TRANSIT: "TRAN",
}
"""A new warehouse has a zone of each purpose with one bin, so that it can be worked in at once."""


async def open_warehouse(session: AsyncSession, actor: Actor, form: WarehouseIn) -> Warehouse:
    """A new warehouse of the actor's organization. Raises `StockCodeTaken`."""
    position = form.position
    values = form.model_dump(exclude={"position"}) | {
        "keeper_id": actor.organization_id,
        "kind": _kind(actor),
        "latitude": position.latitude if position else None,
        "longitude": position.longitude if position else None,
    }
    row = await queries.insert_warehouse(session, values)
    if row is None:
        raise StockCodeTaken(taken=form.code)
    for purpose, code in FIRST_ZONES.items():
        zone = Zone(id=new_id(), warehouse_id=row.id, keeper_id=row.keeper_id, code=code, purpose=purpose)
        session.add(zone)
        await session.flush()
        session.add(Bin(zone_id=zone.id, warehouse_id=row.id, keeper_id=row.keeper_id, code=f"{code}-01"))
    await session.flush()
    after = form.model_dump(mode="json")
    await audit.record(session, actor, "warehouse.open", "warehouse", row.id, after=after)
    return row


def _kind(actor: Actor) -> WarehouseKind:
    """Whose it is, seen from the marketplace."""
    roles = actor.organization_roles
    if "supplier" in roles:
        return WarehouseKind.SUPPLIER
    return WarehouseKind.THIRD_PARTY if "logistics" in roles else WarehouseKind.OWN


async def change_warehouse(
    session: AsyncSession,
    actor: Actor,
    warehouse_id: UUID,
    form: WarehouseChange,
    *,
    expected: int | None,
    now: datetime,
) -> Warehouse:
    """Raises `NotFound`, `PreconditionFailed`, `StockInTheWay`."""
    row = await queries.lock_warehouse(session, actor.organization_id, warehouse_id)
    if row is None:
        raise NotFound()
    require_version(row.version, expected)
    given = form.model_dump(exclude_unset=True)
    closed = given.pop("closed", None)
    if "position" in given:
        position = given.pop("position") or {"latitude": None, "longitude": None}
        given |= position
    before = {name: getattr(row, name) for name in given}
    for name, value in given.items():
        if value is not None or name in ("unlocode", "latitude", "longitude"):
            setattr(row, name, value)
    if closed is not None and closed != (row.closed_at is not None):
        if closed and await queries.has_stock(session, row.id):
            raise StockInTheWay()
        row.closed_at = now if closed else None
    row.version += 1
    await session.flush()
    after = form.model_dump(mode="json", exclude_unset=True)
    await audit.record(session, actor, "warehouse.change", "warehouse", row.id, before=before, after=after)
    return row


async def add_zone(session: AsyncSession, actor: Actor, warehouse_id: UUID, form: ZoneIn) -> Zone:
    """A further part of a warehouse. Raises `StockCodeTaken`."""
    values = form.model_dump() | {"warehouse_id": warehouse_id, "keeper_id": actor.organization_id}
    zone = await queries.insert_zone(session, values)
    if zone is None:
        raise StockCodeTaken(taken=form.code)
    await audit.record(session, actor, "warehouse.add_zone", "warehouse", warehouse_id, after=form.model_dump())
    return zone


async def add_bins(session: AsyncSession, actor: Actor, warehouse_id: UUID, form: BinsIn) -> int:
    """Further bins; how many were new. Raises `Invalid` for zones that there are not."""
    zones = await queries.zones_by_code(session, warehouse_id, (one.zone for one in form.bins))
    message = N_("The warehouse has no zone of this code.")
    errors = [
        FieldError(f"/bins/{at}/zone", "unknown-zone", message)
        for at, one in enumerate(form.bins)
        if one.zone not in zones
    ]
    if errors:
        raise Invalid(errors=errors)
    rows = {
        one.code: {
            "id": new_id(),
            "zone_id": zones[one.zone],
            "warehouse_id": warehouse_id,
            "keeper_id": actor.organization_id,
            "code": one.code,
            "max_mass_kg": one.max_mass_kg,
            "max_volume_dm3": one.max_volume_dm3,
        }
        for one in form.bins
    }
    made = await queries.insert_bins(session, list(rows.values()))
    await audit.record(session, actor, "warehouse.add_bins", "warehouse", warehouse_id, after={"bins": sorted(made)})
    return len(made)


async def change_bin(
    session: AsyncSession, actor: Actor, bin_id: UUID, form: BinChange, *, expected: int | None
) -> Bin:
    """Raises `NotFound`, `PreconditionFailed`, or `Invalid` when more is in it than it shall bear."""
    row = await queries.lock_bin(session, actor.organization_id, bin_id)
    if row is None:
        raise NotFound()
    require_version(row.version, expected)
    given = form.model_dump(exclude_unset=True)
    for limit, used in (("max_mass_kg", row.mass_kg), ("max_volume_dm3", row.volume_dm3)):
        if given.get(limit) is not None and given[limit] < used:
            message = N_("More than that is in the bin: {used}.")
            raise Invalid(errors=[FieldError(f"/{limit}", "less-than-used", message, {"used": format(used, "f")})])
    for name, value in given.items():
        if value is not None or name != "blocked":
            setattr(row, name, value)
    row.version += 1
    await session.flush()
    after = form.model_dump(mode="json", exclude_unset=True)
    await audit.record(session, actor, "bin.change", "warehouse_bin", row.id, after=after)
    return row
