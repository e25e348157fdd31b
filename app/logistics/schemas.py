"""What comes into the logistics room and what goes out."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, Output, ShortText
from app.logistics.cases.schemas import ShipmentIncidentOut
from app.logistics.papers.schemas import CargoOut, ShipmentDocumentOut
from app.logistics.states import Mode
from app.logistics.tracking.dcsa import MAX_EVENTS, AnyEvent

Place = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$"), Field(description="UN/LOCODE.")]
ContainerText = Annotated[str, StringConstraints(min_length=11, max_length=15)]


class ShipmentIn(Input):
    """Goods to be sent from one door to another."""

    mode: Mode = Field(description="Of the main leg, from `load` to `discharge`.")
    load: Place
    discharge: Place
    origin: Place | None = Field(default=None, description="The door that goods are picked up at; `load` when absent.")
    destination: Place | None = Field(default=None, description="The door that they go to; `discharge` when absent.")
    ready_on: date
    consignee_id: UUID | None = Field(
        default=None, description="The organization that receives them; it may read all of it."
    )
    reference: Annotated[str, StringConstraints(max_length=80)] = ""
    containers: Annotated[list[ContainerText], Field(max_length=100)] = []


class ShipmentChange(Input):
    """What changes of a shipment; what is absent stays."""

    ready_on: date | None = None
    reference: Annotated[str, StringConstraints(max_length=80)] | None = None
    containers: Annotated[list[ContainerText], Field(max_length=100)] | None = None


class BookingIn(Input):
    """A partner is asked to carry a leg."""

    partner_id: UUID
    leg: int = Field(ge=1, le=9, description="In the order of the way.")
    mode: Mode
    from_place: Place
    to_place: Place
    hours: int = Field(default=48, ge=1, le=720, description="How long the offer stands.")
    freight_option_id: UUID | None = Field(
        default=None,
        description="An option of a freight quote, or of an offer that you took: its price is the booking's.",
    )
    note: Annotated[str, StringConstraints(max_length=1000)] = ""


class AcceptanceIn(Input):
    """The partner takes the booking."""

    partner_reference: Annotated[str, StringConstraints(max_length=80)] | None = None
    answer: Annotated[str, StringConstraints(max_length=1000)] | None = None


class RefusalIn(Input):
    """The partner does not take it."""

    answer: ShortText


class BookingOut(Output):
    """What a partner was asked to carry."""

    id: UUID
    number: str = Field(description="To be named in every event, as a document reference of type `BKG`.")
    shipment_id: UUID
    shipper_id: UUID
    shipper_name: str
    partner_id: UUID
    partner_name: str
    leg: int
    mode: Labelled
    from_place: str
    to_place: str
    note: str
    state: Labelled
    expires_at: datetime
    partner_reference: str | None
    answer: str | None
    ended_at: datetime | None
    freight_option_id: UUID | None
    price_minor: int | None = Field(description="Of the option, in minor units; between you and the other side.")
    currency: str | None
    version: int


class MilestoneOut(Output):
    """When something was planned, is expected and happened."""

    milestone: Labelled
    planned: datetime | None
    estimated: datetime | None
    actual: datetime | None


class EtaOut(Output):
    """What was said of the arrival, and when."""

    said_at: datetime
    at: datetime
    classifier: str
    reason: str


class IncidentOut(Output):
    """What keeps the goods from going on as planned, who has to act, until when."""

    kind: Labelled
    owner: Labelled
    since: datetime
    answer_due: datetime
    settle_due: datetime
    stops: bool
    container: str
    reason: str


class SeenOut(Output):
    """Where the goods were seen last."""

    place: str
    facility: str
    at: datetime
    left: bool


class TrackOut(Output):
    """What the partners' events say."""

    milestones: list[MilestoneOut]
    eta: EtaOut | None
    eta_history: list[EtaOut]
    last_seen: SeenOut | None
    incidents: list[IncidentOut]
    proved: bool = Field(description="Whether there is a proof of delivery.")
    events: int
    last_event_at: datetime | None


class ShipmentSummary(Output):
    """A shipment in a list."""

    id: UUID
    shipper_id: UUID
    shipper_name: str
    consignee_id: UUID | None
    reference: str
    mode: Labelled
    origin: str
    load: str
    discharge: str
    destination: str
    ready_on: date
    containers: list[str]
    state: Labelled
    last_event_at: datetime | None
    version: int
    created_at: datetime


class InboundOut(Output):
    """What is told of the consolidated shipment by which goods come to where their own shipment begins."""

    mode: Labelled
    origin: str
    load: str
    discharge: str
    destination: str = Field(description="The hub, where the goods of each are taken out.")
    ready_on: date
    state: Labelled
    track: TrackOut


class ShipmentOut(ShipmentSummary):
    """A shipment with its bookings and what is told of it."""

    bookings: list[BookingOut]
    cargo: CargoOut
    track: TrackOut
    incidents: list[ShipmentIncidentOut] = Field(
        description="Those that people have opened and are not resolved; tracking tells others in `track`. At most 100."
    )
    proofs: list[ShipmentDocumentOut] = Field(
        description="Proofs of delivery that were attached; `track.proved` tells whether a carrier's events prove it."
    )
    inbound: InboundOut | None = Field(
        default=None,
        description="Of goods that come to `origin` together with those of others: how far they are. For who sends and who "
        "receives them.",
    )
    onward_ids: list[UUID] = Field(
        default=[], description="Shipments that go on from `destination`, as far as you see them."
    )


class TrackingEventsIn(Input):
    """Events in the form of DCSA Track & Trace 2.2, each naming your booking's number as a document reference of type `BKG`.

    One that has not that form is refused by itself; the others stand.
    """

    events: Annotated[list[AnyEvent], Field(min_length=1, max_length=MAX_EVENTS)]


class EventProblemOut(Output):
    """What is wrong with an event."""

    code: str
    field: str = Field(description="JSON Pointer into the event; empty when it is about the whole.")
    detail: str


class RefusedEventOut(Output):
    """An event that does not stand, by its place in the batch."""

    index: int
    event_id: str | None
    problems: list[EventProblemOut]


class TrackingResultOut(Output):
    """What became of a batch: the good ones stand, the bad ones are named."""

    accepted: int = Field(description="New events that stand now.")
    known: int = Field(description="Events that stood already, in the same words.")
    refused: list[RefusedEventOut]


class TrackingEventOut(Output):
    """An event as its partner sent it."""

    event_id: UUID
    partner_id: UUID | None = Field(description="Who told it: for the shipper, and for a partner where it is himself.")
    received_at: datetime
    event: dict[str, Any]
