"""What receiving announces."""

from decimal import Decimal
from uuid import UUID

from app.kit.outbox import Event


class ArrivalAnnounced(Event, name="warehousing.arrival_announced.v1", subject=("arrival", "arrival_id")):
    """Goods were announced to the keeper of a warehouse."""

    arrival_id: UUID
    sender_id: UUID
    keeper_id: UUID
    owner_id: UUID
    warehouse_id: UUID


class ArrivalCancelled(Event, name="warehousing.arrival_cancelled.v1", subject=("arrival", "arrival_id")):
    """They will not come, or the keeper does not take them."""

    arrival_id: UUID
    sender_id: UUID
    keeper_id: UUID
    owner_id: UUID


class ArrivalReceived(Event, name="warehousing.arrival_received.v1", subject=("arrival", "arrival_id")):
    """The keeper has received all that he expects. Numbers of lines that differ; all zero when everything came as announced."""

    arrival_id: UUID
    sender_id: UUID
    keeper_id: UUID
    owner_id: UUID
    short: int
    over: int
    damaged: int
    unannounced: int


class InspectionDecided(Event, name="warehousing.inspection_decided.v1", subject=("inspection", "inspection_id")):
    """Goods on quality hold were accepted, rejected, or accepted under concession."""

    inspection_id: UUID
    keeper_id: UUID
    owner_id: UUID
    sender_id: UUID | None
    item_id: UUID
    quantity: Decimal
    state: str
