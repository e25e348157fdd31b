"""What the warehousing room announces."""

from decimal import Decimal
from uuid import UUID

from app.kit.outbox import Event


class BackorderFilled(Event, name="warehousing.backorder_filled.v1", subject=("reservation", "reservation_id")):
    """Some of what a reservation waited for has come and is held."""

    reservation_id: UUID
    organization_id: UUID
    item_id: UUID
    quantity: Decimal


class ReservationExpired(Event, name="warehousing.reservation_expired.v1", subject=("reservation", "reservation_id")):
    """A reservation's time has come; what it held is free again."""

    reservation_id: UUID
    organization_id: UUID
