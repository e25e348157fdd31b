"""Incidents that people open, in and out."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, Output
from app.logistics.incidents import Incident, Owner

Words = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Side = Literal[Owner.SHIPPER, Owner.CONSIGNEE, Owner.CARRIER]


class IncidentIn(Input):
    """What went wrong."""

    kind: Incident
    description: Words
    owner: Side | None = Field(
        default=None,
        description="Who has to act; by the kind when absent. What a consignee has against a carrier goes to the shipper first, "
        "who knows the carriers.",
    )
    booking_id: UUID | None = Field(
        default=None, description="Whose leg it is about, when a carrier has to act and the shipment has several."
    )


class IncidentTextIn(Input):
    """What is said, is being done or was done."""

    text: Words


class IncidentOwnerIn(Input):
    """Who has to act from now on."""

    owner: Side
    booking_id: UUID | None = Field(default=None, description="The carrier's, when the shipment has several.")
    text: Words


class ShipmentIncidentOut(Output):
    """An incident that somebody opened. A carrier's name is shown to the shipper and to himself."""

    id: UUID
    shipment_id: UUID
    kind: Labelled
    description: str
    state: Labelled
    owner: Labelled
    owner_name: str | None
    leg: int | None = Field(description="The carrier's leg, where you may know it.")
    opened_by: Labelled
    opened_by_name: str | None
    stops: bool = Field(description="Whether the goods do not move until it is resolved.")
    opened_at: datetime
    answer_due: datetime
    settle_due: datetime
    answer_overdue: bool
    settle_overdue: bool
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    reopened: bool
    version: int


class IncidentEntryOut(Output):
    """What happened to an incident."""

    id: UUID
    act: Labelled
    author: Labelled | None = Field(description="None where a deadline passed.")
    author_name: str | None
    text: str
    owner: Labelled
    created_at: datetime
