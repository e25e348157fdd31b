"""Take packages of a warehouse over into the packing list of a shipment."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.logistics import queries as shipments
from app.logistics.models import Shipment
from app.logistics.papers import queries
from app.logistics.papers.models import Cargo
from app.logistics.papers.packing_list import change, checked_goods, require_open, too_much
from app.logistics.papers.schemas import MAX_LINES, PackedPackagesIn
from app.warehousing import facade as warehousing
from app.warehousing.facade import PackedPackage

_UNKNOWN = N_("There is no closed outer package with this id that was packed by your organization, or for it.")
_LISTED = N_("This package is on the list already.")
TOO_MANY = N_("The packing list of a shipment has at most {most} lines.")


async def add_packed(
    session: AsyncSession, actor: Actor, shipment_id: UUID, form: PackedPackagesIn, *, expected: int | None
) -> Cargo | None:
    """Add packages as they were packed, after those there are.

    Raises `NotFound`, `PreconditionFailed`, `Invalid`, `PackagesFixed`.
    """
    shipment = await shipments.lock_shipment(session, actor.organization_id, shipment_id)
    if shipment is None:
        raise NotFound()
    before = await queries.cargo(session, shipment_id)
    require_version(before.version if before else 0, expected)
    lines = before.lines if before else 0
    if lines + len(form.packages) > MAX_LINES:
        raise Invalid(errors=[FieldError("/packages", "too-many-lines", TOO_MANY, {"most": MAX_LINES})])
    packed = await warehousing.packed_packages(session, [one.package_id for one in form.packages])
    rows, errors = _rows(shipment, form, packed, await queries.listed_numbers(session, shipment_id), lines)
    errors += too_much(rows, before)
    if errors:
        raise Invalid(errors=errors)
    await require_open(session, shipment)
    return await change(session, actor, shipment, queries.add_packages(session, rows))


def _rows(
    shipment: Shipment, form: PackedPackagesIn, packed: dict[UUID, PackedPackage], listed: set[str], lines: int
) -> tuple[list[dict[str, Any]], list[FieldError]]:
    rows: list[dict[str, Any]] = []
    errors: list[FieldError] = []
    named: set[UUID] = set()
    for at, one in enumerate(form.packages):
        goods, wrong = checked_goods(shipment, one, f"/packages/{at}")
        errors += wrong
        package = packed.get(one.package_id)
        if package is None:
            errors.append(FieldError(f"/packages/{at}/package_id", "unknown-package", _UNKNOWN))
            continue
        if one.package_id in named or package.sscc in listed:
            errors.append(FieldError(f"/packages/{at}/package_id", "package-listed", _LISTED))
        named.add(one.package_id)
        rows.append(goods | _as_packed(package) | {
            "id": new_id(),
            "shipment_id": shipment.id,
            "shipper_id": shipment.shipper_id,
            "line": lines + at + 1,
        })  # fmt: skip
    return rows, errors


def _as_packed(package: PackedPackage) -> dict[str, Any]:
    return {
        "pieces": 1,
        "package_type": package.type,
        "sscc": package.sscc,
        "length_mm": package.length_mm,
        "width_mm": package.width_mm,
        "height_mm": package.height_mm,
        "gross_mass_kg": package.gross_mass_kg,
        "marks": package.marks,
    }
