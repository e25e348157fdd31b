"""What is announced about incidents that people open. No event says who carries."""

from datetime import datetime
from uuid import UUID

from app.kit.outbox import Event


class IncidentOpened(Event, name="logistics.incident_opened.v1", subject=("incident", "incident_id")):
    """Somebody has opened an incident, for the first time or again, or passed it on; `owner` has to act."""

    incident_id: UUID
    shipment_id: UUID
    shipper_id: UUID
    kind: str
    act: str
    owner: str
    answer_due: datetime
    settle_due: datetime


class IncidentAnswered(Event, name="logistics.incident_answered.v1", subject=("incident", "incident_id")):
    """Who has to act has taken an incident in hand, or it was resolved."""

    incident_id: UUID
    shipment_id: UUID
    shipper_id: UUID
    kind: str
    state: str


class IncidentOverdue(Event, name="logistics.incident_overdue.v1", subject=("incident", "incident_id")):
    """A deadline of an incident has passed: `answer` or `settle`. Told once for each."""

    incident_id: UUID
    shipment_id: UUID
    shipper_id: UUID
    kind: str
    owner: str
    deadline: str
