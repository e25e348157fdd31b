"""Incidents as their readers see them. Of carriers, each reader is told the names that he knows anyhow."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.schemas import Labelled, labelled
from app.logistics import queries as shipments
from app.logistics.cases.models import IncidentEntry, ShipmentIncident
from app.logistics.cases.schemas import IncidentEntryOut, ShipmentIncidentOut
from app.logistics.cases.states import ACT_LABELS, INCIDENT_STATE_LABELS
from app.logistics.incidents import INCIDENT_KINDS, INCIDENT_LABELS, OWNER_LABELS, Incident, Owner
from app.logistics.models import Booking, Shipment
from app.parties import facade as parties


class _Sides:
    """Who is who at a shipment, for one reader."""

    def __init__(self, shipment: Shipment, names: dict[UUID, str]) -> None:
        self._shipment, self._names = shipment, names

    def role(self, organization_id: UUID) -> Labelled:
        """Shipper, consignee or carrier."""
        found = Owner.CARRIER
        if organization_id == self._shipment.shipper_id:
            found = Owner.SHIPPER
        elif organization_id == self._shipment.consignee_id:
            found = Owner.CONSIGNEE
        return labelled(found, OWNER_LABELS)

    def name(self, organization_id: UUID) -> str | None:
        """The name, where the reader may know it."""
        return self._names.get(organization_id)


async def _sides(session: AsyncSession, shipment: Shipment, bookings: Sequence[Booking]) -> _Sides:
    """Carriers are known by the bookings that the reader sees: the shipper sees all, a carrier his own, a consignee none."""
    known = {shipment.shipper_id, *(one.partner_id for one in bookings)}
    found = await parties.organizations(session, known | ({shipment.consignee_id} if shipment.consignee_id else set()))
    return _Sides(shipment, {one: firm.legal_name_local for one, firm in found.items()})


async def _bookings(session: AsyncSession, shipment: Shipment) -> list[Booking]:
    return (await shipments.bookings(session, [shipment.id])).get(shipment.id, [])


async def incidents_out(
    session: AsyncSession, shipment: Shipment, rows: Sequence[ShipmentIncident]
) -> list[ShipmentIncidentOut]:
    """Incidents of a shipment, in as many statements for many as for one."""
    if not rows:
        return []
    bookings = await _bookings(session, shipment)
    sides = await _sides(session, shipment, bookings)
    legs = {one.id: one.leg for one in bookings}
    return [_incident_out(row, sides, legs) for row in rows]


def _incident_out(row: ShipmentIncident, sides: _Sides, legs: dict[UUID, int]) -> ShipmentIncidentOut:
    values = {name: getattr(row, name) for name in ShipmentIncidentOut.model_fields if hasattr(row, name)}
    return ShipmentIncidentOut(
        **values
        | {
            "kind": labelled(row.kind, INCIDENT_LABELS),
            "state": labelled(row.state, INCIDENT_STATE_LABELS),
            "owner": labelled(row.owner_role, OWNER_LABELS),
            "owner_name": sides.name(row.owner_id),
            "leg": legs.get(row.booking_id) if row.booking_id else None,
            "opened_by": sides.role(row.opened_by),
            "opened_by_name": sides.name(row.opened_by),
            "stops": INCIDENT_KINDS[Incident(row.kind)].stops,
            "answer_overdue": row.answer_overdue_at is not None,
            "settle_overdue": row.settle_overdue_at is not None,
        }
    )


async def entries_out(
    session: AsyncSession, shipment: Shipment, rows: Sequence[IncidentEntry]
) -> list[IncidentEntryOut]:
    """The history of an incident."""
    sides = await _sides(session, shipment, await _bookings(session, shipment))
    return [
        IncidentEntryOut(
            id=row.id,
            act=labelled(row.act, ACT_LABELS),
            author=sides.role(row.author_id) if row.author_id else None,
            author_name=sides.name(row.author_id) if row.author_id else None,
            text=row.text,
            owner=labelled(row.owner_role, OWNER_LABELS),
            created_at=row.created_at,
        )
        for row in rows
    ]
