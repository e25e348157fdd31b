"""Open an incident, or pass it on: who has to act, until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.logistics import queries as shipments
from app.logistics.cases import queries
from app.logistics.cases.errors import IncidentResolved
from app.logistics.cases.events import IncidentOpened
from app.logistics.cases.models import ShipmentIncident
from app.logistics.cases.schemas import IncidentIn, IncidentOwnerIn
from app.logistics.cases.states import OWNERS, Act, IncidentState
from app.logistics.incidents import INCIDENT_KINDS, Incident, Owner
from app.logistics.models import Booking, Shipment


@dataclass(frozen=True, slots=True)
class Assigned:
    """Who has to act, and by which booking when it is a carrier."""

    role: Owner
    id: UUID
    booking_id: UUID | None = None


async def open_incident(
    session: AsyncSession, actor: Actor, shipment: Shipment, form: IncidentIn, *, now: datetime
) -> ShipmentIncident:
    """Open an incident with the deadlines of its kind. Raises `Invalid`."""
    kind = INCIDENT_KINDS[form.kind]
    legs = await shipments.carried_legs(session, shipment.id)
    owner = _assigned(actor, shipment, legs, form.owner or kind.owner, form.booking_id, named=form.owner is not None)
    row = ShipmentIncident(
        id=new_id(),
        shipment_id=shipment.id,
        shipper_id=shipment.shipper_id,
        kind=form.kind,
        description=form.description,
        opened_by=actor.organization_id,
        owner_role=owner.role,
        owner_id=owner.id,
        booking_id=owner.booking_id,
        party_ids=sorted({actor.organization_id, owner.id}),
        opened_at=now,
        answer_due=kind.answer_due(now),
        settle_due=kind.settle_due(now),
    )
    session.add(row)
    await session.flush()
    await session.refresh(row)
    await write(session, row, Act.OPENED, actor, form.description)
    await tell_opened(session, row, Act.OPENED)
    after = form.model_dump(mode="json")
    await audit.record(session, actor, "incident.open", "incident", row.id, after=after)
    return row


async def pass_on(
    session: AsyncSession, actor: Actor, incident_id: UUID, form: IncidentOwnerIn, *, now: datetime
) -> ShipmentIncident:
    """Another side has to act: it has to answer anew. Raises `NotFound`, `IncidentResolved`, `Invalid`."""
    row = await locked(session, incident_id)
    if actor.organization_id not in (row.owner_id, row.shipper_id):
        raise NotFound()
    shipment = await shipments.shipment(session, row.shipment_id)
    if shipment is None:
        raise NotFound()
    legs = await shipments.carried_legs(session, shipment.id)
    before = row.owner_role
    owner = _assigned(actor, shipment, legs, form.owner, form.booking_id, named=True)
    row.owner_role, row.owner_id, row.booking_id = owner.role, owner.id, owner.booking_id
    row.party_ids = sorted({*row.party_ids, owner.id})
    begin_anew(row)
    row.answer_due = INCIDENT_KINDS[Incident(row.kind)].answer_due(now)
    await session.flush()
    await write(session, row, Act.ASSIGNED, actor, form.text)
    await tell_opened(session, row, Act.ASSIGNED)
    after = form.model_dump(mode="json")
    await audit.record(session, actor, "incident.pass_on", "incident", row.id, before={"owner": before}, after=after)
    return row


async def locked(session: AsyncSession, incident_id: UUID) -> ShipmentIncident:
    """An incident that is still open, locked. Raises `NotFound`, `IncidentResolved`."""
    row = await queries.lock_incident(session, incident_id)
    if row is None:
        raise NotFound()
    if row.state == IncidentState.RESOLVED:
        raise IncidentResolved()
    return row


def begin_anew(row: ShipmentIncident) -> None:
    """Whoever has to act now has not answered yet."""
    row.state = IncidentState.OPEN
    row.acknowledged_at = row.answer_overdue_at = None
    row.version += 1


async def write(session: AsyncSession, row: ShipmentIncident, act: Act, actor: Actor | None, text: str = "") -> None:
    """Write into the history, with who has to act from then on."""
    values = {
        "id": new_id(),
        "incident_id": row.id,
        "shipper_id": row.shipper_id,
        "act": act,
        "author_id": actor.organization_id if actor else None,
        "person_id": actor.person_id if actor else None,
        "text": text,
        "owner_role": row.owner_role,
        "owner_id": row.owner_id,
    }
    await queries.insert_entry(session, values)


async def tell_opened(session: AsyncSession, row: ShipmentIncident, act: Act) -> None:
    """Announce who has to act until when."""
    event = IncidentOpened(
        incident_id=row.id,
        shipment_id=row.shipment_id,
        shipper_id=row.shipper_id,
        kind=row.kind,
        act=act,
        owner=row.owner_role,
        answer_due=row.answer_due,
        settle_due=row.settle_due,
    )
    await announce(session, event, organizations=await concerned(session, row))


async def concerned(session: AsyncSession, row: ShipmentIncident) -> list[UUID]:
    """Who learns of what happens to an incident: all that read it."""
    shipment = await shipments.shipment(session, row.shipment_id)
    consignee = {shipment.consignee_id} if shipment and shipment.consignee_id else set()
    return sorted({row.shipper_id, *row.party_ids, *consignee})


def _assigned(
    actor: Actor,
    shipment: Shipment,
    legs: Sequence[Booking],
    role: Owner,
    booking_id: UUID | None,
    *,
    named: bool,
) -> Assigned:
    """Who has to act. Of carriers everybody knows himself alone, but the shipper, who knows all."""
    shipper = Assigned(Owner.SHIPPER, shipment.shipper_id)
    if role == Owner.CONSIGNEE and shipment.consignee_id is not None:
        return Assigned(Owner.CONSIGNEE, shipment.consignee_id)
    if role == Owner.CONSIGNEE and named:
        message = N_("This shipment names no consignee.")
        raise Invalid(errors=[FieldError("/owner", "no-consignee", message)])
    if role != Owner.CARRIER or role not in OWNERS:
        return shipper
    meant = [leg for leg in legs if booking_id in (None, leg.id)]
    if len({leg.partner_id for leg in meant}) == 1:
        return Assigned(Owner.CARRIER, meant[0].partner_id, meant[0].id)
    if actor.organization_id == shipment.consignee_id or (not named and not legs):
        return shipper
    message = N_("Say by its booking which carrier has to act.")
    raise Invalid(errors=[FieldError("/booking_id", "carrier-missing", message)])
