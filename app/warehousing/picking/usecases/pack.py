"""Pack what was picked: number packages, fill them, nest them, close them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.parties import facade as parties
from app.reference import facade as reference
from app.warehousing import queries as stock
from app.warehousing.picking import queries
from app.warehousing.picking.errors import PackageClosed, PackageNotReady, PackedTooMuch, SsccUsedUp
from app.warehousing.picking.models import PackageContent, PackedUnit, PackingSettings
from app.warehousing.picking.rules import least_mass_kg
from app.warehousing.picking.schemas import ContentIn, PackageChange, PackageIn, PackingSettingsIn
from app.warehousing.picking.states import PackageState
from app.warehousing.rules import is_whole

HOUSE_SERIES = "house"
MEASURES = ("length_mm", "width_mm", "height_mm")
MASS_STEP = Decimal("0.001")
MOST_KG = 10**6
"""What a form may say that a package weighs."""


async def set_packing(
    session: AsyncSession, actor: Actor, form: PackingSettingsIn, *, expected: int | None
) -> PackingSettings:
    """Say what packages are numbered with from now on. Raises `PreconditionFailed`."""
    row = await queries.ready_settings(session, actor.organization_id)
    require_version(row.version, expected)
    before = {"gs1_prefix": row.gs1_prefix, "extension_digit": row.extension_digit}
    row.gs1_prefix, row.extension_digit = form.gs1_prefix, form.extension_digit
    row.version += 1
    await session.flush()
    after = form.model_dump()
    await audit.record(session, actor, "packing.set", "packing_settings", row.keeper_id, before=before, after=after)
    return row


async def make_package(session: AsyncSession, actor: Actor, warehouse_id: UUID, form: PackageIn) -> PackedUnit:
    """A new package, numbered and filled. Raises `Invalid`, `PackageClosed`, `PackedTooMuch`, `SsccUsedUp`."""
    if form.organization_id not in await parties.organizations(session, [form.organization_id]):
        message = N_("There is no such organization.")
        raise Invalid(errors=[FieldError("/organization_id", "unknown-organization", message)])
    row = PackedUnit(
        id=new_id(), keeper_id=actor.organization_id, warehouse_id=warehouse_id, holder_id=form.organization_id
    )
    if form.parent_id is not None:
        parents = await queries.lock_packages(session, actor.organization_id, [form.parent_id])
        _require_parent(row, parents.get(form.parent_id))
    for name, value in form.model_dump(exclude={"organization_id", "contents"}).items():
        setattr(row, name, value)
    _require_masses(row)
    row.number, row.sscc = await _numbered(session, actor)
    session.add(row)
    await _flush(session, row)
    await _fill(session, row, form.contents)
    after = form.model_dump(mode="json", exclude={"contents"}) | {"number": row.number, "sscc": row.sscc}
    await audit.record(session, actor, "package.make", "package", row.id, after=after)
    return row


async def _numbered(session: AsyncSession, actor: Actor) -> tuple[str, str | None]:
    """A house number; and an SSCC, if the keeper has a company prefix of his own."""
    settings = await queries.packing_settings(session, actor.organization_id)
    number = f"P-{await queries.next_number(session, HOUSE_SERIES):06d}"
    if settings is None or settings.gs1_prefix is None:
        return number, None
    serial = await queries.next_number(session, f"{settings.extension_digit}{settings.gs1_prefix}")
    try:
        return number, reference.make_sscc(settings.extension_digit, settings.gs1_prefix, serial)
    except ValueError:
        raise SsccUsedUp() from None


async def change_package(
    session: AsyncSession, actor: Actor, package_id: UUID, form: PackageChange, *, expected: int | None
) -> PackedUnit:
    """Raises `NotFound`, `PreconditionFailed`, `Invalid`, `PackageClosed`."""
    given = form.model_dump(exclude_unset=True)
    together = [package_id]
    if "parent_id" in given:
        # One at a time in a warehouse: levels change all the way down, and no two shall wait for one another.
        known = await queries.package(session, package_id)
        await stock.lock_warehouse(session, actor.organization_id, known.warehouse_id if known else package_id)
        together = await queries.touched_by_move(session, package_id) + ([form.parent_id] if form.parent_id else [])
    locked = await queries.lock_packages(session, actor.organization_id, together)
    row = locked.get(package_id)
    if row is None:
        raise NotFound()
    require_version(row.version, expected)
    if row.state == PackageState.DISPATCHED or (row.state != PackageState.OPEN and set(given) - {"parent_id"}):
        raise PackageClosed(number=row.number)
    if given.get("parent_id") is not None:
        _require_parent(row, locked.get(given["parent_id"]))
    for name, value in given.items():
        if value is not None or name in (*MEASURES, "gross_kg", "parent_id"):
            setattr(row, name, value)
    _require_masses(row)
    row.version += 1
    await _flush(session, row)
    after = form.model_dump(mode="json", exclude_unset=True)
    await audit.record(session, actor, "package.change", "package", row.id, after=after)
    return row


def _require_parent(row: PackedUnit, parent: PackedUnit | None) -> None:
    shared = ("keeper_id", "warehouse_id", "holder_id")
    if parent is None or parent.id == row.id or any(getattr(parent, one) != getattr(row, one) for one in shared):
        message = N_("Name another package of this warehouse for the same consignee.")
        raise Invalid(errors=[FieldError("/parent_id", "unknown-package", message)])
    if parent.state != PackageState.OPEN:
        raise PackageClosed(number=parent.number)


def _require_masses(row: PackedUnit) -> None:
    if row.gross_kg is not None and row.gross_kg < row.tare_kg:
        message = N_("A package weighs as much as its own packing at least.")
        raise Invalid(errors=[FieldError("/gross_kg", "less-than-tare", message)])


async def _flush(session: AsyncSession, row: PackedUnit) -> None:
    """Write a package. Raises what the database's guards of nesting mean."""
    number = row.number
    try:
        await session.flush()
    except DBAPIError as error:
        if refused_by(error, "ck_packages_nested_three_deep"):
            message = N_("Packages are nested three deep at most, and none is in itself.")
            raise Invalid(errors=[FieldError("/parent_id", "too-deep", message)]) from error
        if refused_by(error, "packages_parent_open", "packages_closed_stays"):
            raise PackageClosed(number=number) from error
        raise
    await session.refresh(row)


async def put_contents(
    session: AsyncSession, actor: Actor, package_id: UUID, contents: Sequence[ContentIn], *, expected: int | None
) -> PackedUnit:
    """Say all that is in a package. Raises `NotFound`, `PreconditionFailed`, `PackageClosed`, `Invalid`, `PackedTooMuch`."""
    row = (await queries.lock_packages(session, actor.organization_id, [package_id])).get(package_id)
    if row is None:
        raise NotFound()
    require_version(row.version, expected)
    if row.state != PackageState.OPEN:
        raise PackageClosed(number=row.number)
    await _fill(session, row, contents)
    row.version += 1
    await session.flush()
    after = {"contents": {str(one.pick_line_id): str(one.quantity) for one in contents}}
    await audit.record(session, actor, "package.fill", "package", row.id, after=after)
    return row


async def _fill(session: AsyncSession, row: PackedUnit, contents: Sequence[ContentIn]) -> None:
    before = await queries.contents(session, [row.id])
    if not before and not contents:
        return
    wanted = [one.pick_line_id for one in contents]
    lines = await queries.lock_pick_lines(session, [*wanted, *(one.pick_line_id for one in before)])
    items = await stock.items_by_id(session, (line.item_id for line in lines.values()))
    lots = await stock.lots_by_id(session, (line.lot_id for line in lines.values()))
    errors = []
    for at, one in enumerate(contents):
        line = lines.get(one.pick_line_id)
        if line is None or (line.warehouse_id, line.holder_id) != (row.warehouse_id, row.holder_id):
            message = N_("This was not picked here for the consignee of the package.")
            errors.append(FieldError(f"/contents/{at}/pick_line_id", "not-picked-for-them", message))
        elif wanted.index(one.pick_line_id) != at:
            errors.append(FieldError(f"/contents/{at}/pick_line_id", "named-twice", N_("Name each line once.")))
        elif not is_whole(one.quantity, items[line.item_id].unit):
            message = N_("These are counted in whole numbers.")
            errors.append(FieldError(f"/contents/{at}/quantity", "not-whole", message))
    if errors:
        raise Invalid(errors=errors)
    await queries.take_out(session, row.id)
    for at, one in enumerate(contents):
        line = lines[one.pick_line_id]
        item = items[line.item_id]
        values: dict[str, Any] = {name: getattr(row, name) for name in ("keeper_id", "warehouse_id", "holder_id")}
        values |= {"package_id": row.id, "pick_line_id": line.id, "quantity": one.quantity}
        values |= {
            "item_id": item.id,
            "owner_id": line.owner_id,
            "lot": lots[line.lot_id].code if line.lot_id else None,
        }
        values |= {name: getattr(item, name) for name in ("sku", "name", "unit", "mass_kg")}
        try:
            await queries.put_in(session, values)
        except DBAPIError as error:
            if refused_by(error, "ck_pick_lines_packed_was_picked"):
                message = N_("So much was not picked, or is in other packages already.")
                raise PackedTooMuch(errors=[FieldError(f"/contents/{at}/quantity", "not-picked", message)]) from error
            raise


async def close_package(session: AsyncSession, actor: Actor, package_id: UUID, *, now: datetime) -> PackedUnit:
    """Close a package; a second time changes nothing. Without a gross mass it weighs what its contents do, if that is known.

    Raises `NotFound`, or `PackageNotReady` with all that is missing.
    """
    row = (await queries.lock_packages(session, actor.organization_id, [package_id])).get(package_id)
    if row is None:
        raise NotFound()
    if row.state != PackageState.OPEN:
        return row
    contents = await queries.contents(session, [row.id])
    inner = await queries.inner_packages(session, [row.id])
    inner_kg = sum((one.gross_kg or Decimal(0) for one in inner), Decimal(0))
    least = least_mass_kg(row.tare_kg, ((one.quantity, one.mass_kg) for one in contents), inner_kg).quantize(MASS_STEP)
    if row.gross_kg is None and 0 < least <= MOST_KG and all(one.mass_kg is not None for one in contents):
        row.gross_kg = least
    errors = _not_ready(row, contents, inner, least)
    if errors:
        raise PackageNotReady(errors=errors)
    row.state, row.closed_at = PackageState.CLOSED, now
    row.version += 1
    await session.flush()
    await audit.record(session, actor, "package.close", "package", row.id, after={"gross_kg": str(row.gross_kg)})
    return row


def _not_ready(
    row: PackedUnit, contents: Sequence[PackageContent], inner: Sequence[PackedUnit], least: Decimal
) -> list[FieldError]:
    errors = [
        FieldError(f"/{name}", "missing", N_("Measure the package from outside."))
        for name in MEASURES
        if getattr(row, name) is None
    ]
    if not contents and not inner:
        errors.append(FieldError("/contents", "empty", N_("There is nothing in this package.")))
    if any(one.state == PackageState.OPEN for one in inner):
        errors.append(FieldError("/contents", "inner-open", N_("Close the packages in it first.")))
    if row.gross_kg is None:
        message = N_("Weigh the package: the mass of what is in it is not known.")
        errors.append(FieldError("/gross_kg", "missing", message))
    elif row.gross_kg < least:
        message = N_("With what is in it, the package weighs {least} kg at least.")
        errors.append(FieldError("/gross_kg", "less-than-contents", message, {"least": format(least, "f")}))
    return errors
