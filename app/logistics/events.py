"""What the logistics room announces."""

from datetime import datetime
from uuid import UUID

from app.kit.outbox import Event


class BookingOffered(Event, name="logistics.booking_offered.v1", subject=("booking", "booking_id")):
    """A partner is asked to carry a leg."""

    booking_id: UUID
    shipment_id: UUID
    shipper_id: UUID
    partner_id: UUID
    number: str
    mode: str
    from_place: str
    to_place: str
    expires_at: datetime


class BookingAnswered(Event, name="logistics.booking_answered.v1", subject=("booking", "booking_id")):
    """An offer ended: it was accepted, declined or withdrawn, or nobody answered in time."""

    booking_id: UUID
    shipment_id: UUID
    shipper_id: UUID
    partner_id: UUID
    state: str


class ShipmentMoved(Event, name="logistics.shipment_moved.v1", subject=("shipment", "shipment_id")):
    """A shipment's state, its expected arrival or what stops it has changed by what partners told.

    Who carries another leg is told what stands then, without what was before.
    """

    shipment_id: UUID
    shipper_id: UUID
    state: str
    eta: datetime | None
    incidents: list[str]
    state_before: str | None = None
    eta_before: datetime | None = None
    new_incidents: list[str] = []
