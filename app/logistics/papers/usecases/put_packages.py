"""Tell what a shipment consists of."""

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
from app.logistics.papers.schemas import ShipmentPackageIn, ShipmentPackagesIn
from app.reference import facade as reference


async def put_packages(
    session: AsyncSession, actor: Actor, shipment_id: UUID, form: ShipmentPackagesIn, *, expected: int | None
) -> Cargo | None:
    """Replace a shipment's packages. Raises `NotFound`, `PreconditionFailed`, `Invalid`, `PackagesFixed`."""
    shipment = await shipments.lock_shipment(session, actor.organization_id, shipment_id)
    if shipment is None:
        raise NotFound()
    before = await queries.cargo(session, shipment_id)
    require_version(before.version if before else 0, expected)
    rows, errors = listed(shipment, form)
    errors += too_much(rows)
    if errors:
        raise Invalid(errors=errors)
    await require_open(session, shipment)
    return await change(session, actor, shipment, queries.replace_packages(session, shipment_id, rows))


def listed(shipment: Shipment, form: ShipmentPackagesIn) -> tuple[list[dict[str, Any]], list[FieldError]]:
    """The lines of a packing list as they are kept, and what is wrong with them."""
    rows: list[dict[str, Any]] = []
    errors: list[FieldError] = []
    named: set[str] = set()
    for at, package in enumerate(form.packages):
        goods, wrong = checked_goods(shipment, package, f"/packages/{at}")
        sscc, misnumbered = _number(package, f"/packages/{at}")
        wrong = [*misnumbered, *wrong]
        if sscc is not None and sscc in named:
            message = N_("Each package has an SSCC of its own.")
            wrong.append(FieldError(f"/packages/{at}/sscc", "sscc-repeated", message))
        errors += wrong
        named |= {sscc} if sscc else set()
        kept = goods | {"sscc": sscc, "line": at + 1, "id": new_id()}
        kept |= {"shipment_id": shipment.id, "shipper_id": shipment.shipper_id}
        rows.append(package.model_dump(exclude={"dangerous"}) | kept)
    return rows, errors


def _number(package: ShipmentPackageIn, at: str) -> tuple[str | None, list[FieldError]]:
    """An SSCC in its kept form, and what is wrong with it."""
    if package.sscc is None:
        return None, []
    found = reference.check_cargo_number("sscc", package.sscc)
    if not found.ok:
        text = reference.CARGO_PROBLEM_TEXTS[found.problem_code or ""]
        return found.normalized, [FieldError(f"{at}/sscc", found.problem_code or "", text)]
    if package.pieces != 1:
        return found.normalized, [FieldError(f"{at}/pieces", "sscc-names-one", N_("An SSCC names one piece."))]
    return found.normalized, []
