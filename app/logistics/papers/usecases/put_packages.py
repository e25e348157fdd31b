"""Tell what a shipment consists of."""

from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.logistics import queries as shipments
from app.logistics.models import Shipment
from app.logistics.papers import queries
from app.logistics.papers.errors import PackagesFixed
from app.logistics.papers.events import PackagesChanged
from app.logistics.papers.models import Cargo
from app.logistics.papers.schemas import ShipmentPackageIn, ShipmentPackagesIn
from app.logistics.states import SHIPMENT_STATE_LABELS, ShipmentState
from app.reference import facade as reference

OPEN = frozenset({ShipmentState.PLANNED, ShipmentState.BOOKED})
"""Before anything was picked up or cleared."""

_DANGEROUS = N_(
    "Dangerous goods are not taken here. Remove preservatives, gas springs and batteries that are dangerous goods, or book them "
    "with a forwarder who takes them."
)


async def put_packages(
    session: AsyncSession, actor: Actor, shipment_id: UUID, form: ShipmentPackagesIn, *, expected: int | None
) -> Cargo | None:
    """Replace a shipment's packages. Raises `NotFound`, `PreconditionFailed`, `Invalid`, `PackagesFixed`.

    The database decides that nothing was picked up yet: it holds the account of the shipment meanwhile.
    """
    shipment = await shipments.lock_shipment(session, actor.organization_id, shipment_id)
    if shipment is None:
        raise NotFound()
    before = await queries.cargo(session, shipment_id)
    require_version(before.version if before else 0, expected)
    rows, errors = _rows(shipment, form)
    if errors:
        raise Invalid(errors=errors)
    await _require_open(session, shipment_id)
    try:
        async with session.begin_nested():
            await queries.replace_packages(session, shipment_id, rows)
    except DBAPIError as error:
        if refused_by(error, "shipment_packages_open"):
            await _require_open(session, shipment_id)
        raise
    after = await queries.cargo(session, shipment_id)
    lines, pieces = (after.lines, after.pieces) if after else (0, 0)
    legs = await shipments.carried_legs(session, shipment_id)
    concerned = {shipment.shipper_id, shipment.consignee_id, *(leg.partner_id for leg in legs)}
    event = PackagesChanged(shipment_id=shipment_id, shipper_id=shipment.shipper_id, lines=lines, pieces=pieces)
    await announce(session, event, organizations=[one for one in concerned if one is not None])
    told = {"lines": lines, "pieces": pieces}
    await audit.record(session, actor, "shipment.pack", "shipment", shipment_id, after=told)
    return after


async def _require_open(session: AsyncSession, shipment_id: UUID) -> None:
    state = ShipmentState((await shipments.tracks(session, [shipment_id]))[shipment_id].state)
    if state not in OPEN:
        raise PackagesFixed(state=Labelled.of(state, SHIPMENT_STATE_LABELS))


def _rows(shipment: Shipment, form: ShipmentPackagesIn) -> tuple[list[dict[str, Any]], list[FieldError]]:
    rows: list[dict[str, Any]] = []
    errors: list[FieldError] = []
    named: set[str] = set()
    for at, package in enumerate(form.packages):
        sscc, container, wrong = _checked(shipment, package, f"/packages/{at}")
        if sscc is not None and sscc in named:
            message = N_("Each package has an SSCC of its own.")
            wrong.append(FieldError(f"/packages/{at}/sscc", "sscc-repeated", message))
        errors += wrong
        named |= {sscc} if sscc else set()
        kept = {"sscc": sscc, "container": container, "line": at + 1, "id": new_id()}
        kept |= {"shipment_id": shipment.id, "shipper_id": shipment.shipper_id}
        rows.append(package.model_dump(exclude={"dangerous"}) | kept)
    return rows, errors


def _checked(
    shipment: Shipment, package: ShipmentPackageIn, at: str
) -> tuple[str | None, str | None, list[FieldError]]:
    """Numbers in their kept form, and what is wrong."""
    errors = []
    if package.dangerous:
        errors.append(FieldError(f"{at}/dangerous", "dangerous-goods", _DANGEROUS))
    sscc = container = None
    if package.sscc is not None:
        found = reference.check_cargo_number("sscc", package.sscc)
        sscc = found.normalized
        if not found.ok:
            text = reference.CARGO_PROBLEM_TEXTS[found.problem_code or ""]
            errors.append(FieldError(f"{at}/sscc", found.problem_code or "", text))
        elif package.pieces != 1:
            errors.append(FieldError(f"{at}/pieces", "sscc-names-one", N_("An SSCC names one piece.")))
    if package.container is not None:
        container = reference.check_cargo_number("container", package.container).normalized
        if container not in shipment.containers:
            message = N_("Name one of the shipment's containers.")
            errors.append(FieldError(f"{at}/container", "unknown-container", message))
    return sscc, container, errors
