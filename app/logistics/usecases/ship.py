"""Plan a shipment, change it, give it up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.logistics import queries
from app.logistics.errors import ContainerPacked, ShipmentUnderWay
from app.logistics.models import Shipment, TrackedShipment
from app.logistics.papers import queries as papers
from app.logistics.places import place_errors
from app.logistics.schemas import ShipmentChange, ShipmentIn
from app.logistics.states import SHIPMENT_STATE_LABELS, BookingState, ShipmentState, may_become
from app.logistics.usecases.account import tell_anew
from app.logistics.usecases.book import end_booking
from app.parties import facade as parties
from app.reference import facade as reference


async def plan_shipment(session: AsyncSession, actor: Actor, form: ShipmentIn) -> Shipment:
    """A new shipment of the actor's organization. Raises `Invalid`."""
    wanted = [one for one in (actor.organization_id, form.consignee_id) if one is not None]
    known = await parties.organizations(session, wanted)
    values, errors = checked(form, known[actor.organization_id], known)
    if form.load == form.discharge:
        errors.insert(0, FieldError("/discharge", "same-place", N_("The goods must go somewhere else.")))
    if errors:
        raise Invalid(errors=errors)
    row = Shipment(id=new_id(), shipper_id=actor.organization_id, created_by=actor.person_id, **values)
    session.add(row)
    await session.flush()
    session.add(TrackedShipment(shipment_id=row.id, shipper_id=row.shipper_id))
    await session.flush()
    await session.refresh(row)
    after = form.model_dump(mode="json")
    await audit.record(session, actor, "shipment.plan", "shipment", row.id, after=after)
    return row


def checked(
    form: ShipmentIn, own: parties.OrganizationRef, known: Mapping[UUID, parties.OrganizationRef]
) -> tuple[dict[str, Any], list[FieldError]]:
    """What a form says of a shipment that `own` sends, and what is wrong with it; `known` are those who may receive it."""
    errors = []
    if form.consignee_id is not None:
        consignee = known.get(form.consignee_id)
        if consignee is None or consignee.id == own.id or not own.deals_with(consignee):
            message = N_("Name another organization that is registered here.")
            errors.append(FieldError("/consignee_id", "unknown-organization", message))
    errors += place_errors(own, {name: getattr(form, name) for name in ("load", "discharge", "origin", "destination")})
    containers, wrong = _containers(form.containers)
    values = form.model_dump() | {
        "origin": form.origin or form.load,
        "destination": form.destination or form.discharge,
        "containers": containers,
    }
    return values, [*errors, *wrong]


def _containers(given: list[str]) -> tuple[list[str], list[FieldError]]:
    """Container numbers in their kept form, each once, and what is wrong with others."""
    kept: dict[str, None] = {}
    errors = []
    for at, number in enumerate(given):
        checked = reference.check_cargo_number("container", number)
        if checked.ok:
            kept[checked.normalized] = None
        else:
            message = reference.CARGO_PROBLEM_TEXTS[checked.problem_code or ""]
            errors.append(FieldError(f"/containers/{at}", "container-number", message))
    return list(kept), errors


async def change_shipment(
    session: AsyncSession, actor: Actor, shipment_id: UUID, form: ShipmentChange, *, expected: int | None
) -> Shipment:
    """Other containers make another account of the same events. Raises `NotFound`, `PreconditionFailed`, `Invalid`,
    `ContainerPacked`."""
    row = await queries.lock_shipment(session, actor.organization_id, shipment_id)
    if row is None:
        raise NotFound()
    require_version(row.version, expected)
    given = form.model_dump(exclude_unset=True, exclude_none=True)
    if "containers" in given:
        given["containers"], wrong = _containers(given["containers"])
        if wrong:
            raise Invalid(errors=wrong)
        packed = await papers.packed_containers(session, row.id) - set(given["containers"])
        if packed:
            raise ContainerPacked(container=min(packed))
    before = {name: getattr(row, name) for name in given}
    for name, value in given.items():
        setattr(row, name, value)
    row.version += 1
    await session.flush()
    if "containers" in given:
        await tell_anew(session, row)
    after = form.model_dump(mode="json", exclude_unset=True)
    await audit.record(session, actor, "shipment.change", "shipment", row.id, before=before, after=after)
    return row


async def cancel_shipment(session: AsyncSession, actor: Actor, shipment_id: UUID, *, now: datetime) -> Shipment:
    """Give a shipment up that has not left; its bookings are withdrawn. Raises `NotFound`, `ShipmentUnderWay`."""
    row = await queries.lock_shipment(session, actor.organization_id, shipment_id)
    if row is None:
        raise NotFound()
    if row.cancelled_at is not None:
        return row
    track = (await queries.lock_tracks(session, [row.id]))[row.id]
    if not may_become(ShipmentState(track.state), ShipmentState.CANCELLED):
        raise ShipmentUnderWay(state=Labelled.of(track.state, SHIPMENT_STATE_LABELS))
    for booking in (await queries.bookings(session, [row.id])).get(row.id, ()):
        if booking.state in (BookingState.OFFERED, BookingState.ACCEPTED):
            await end_booking(session, actor, booking, BookingState.WITHDRAWN, now=now)
    row.cancelled_at = now
    row.version += 1
    track.state = ShipmentState.CANCELLED
    track.version += 1
    await session.flush()
    await audit.record(session, actor, "shipment.cancel", "shipment", row.id)
    return row
