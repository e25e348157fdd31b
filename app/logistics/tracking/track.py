"""The account of a shipment: a pure function of the set of its events and of its plan.

Two orders are used. What *happened* is ordered by (event time, time of the statement, number): where the goods are, whether a
hold is still on. What was *said* about one and the same thing is ordered by (time of the statement, event time, number): the last
word stands, so that a correction needs no reference to what it corrects. Both are total, so the order of arrival cannot matter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from app.logistics.incidents import INCIDENT_KINDS, Incident
from app.logistics.states import ShipmentState
from app.logistics.tracking.dcsa import EquipmentEvent, ShipmentEvent, TransportEvent
from app.logistics.tracking.milestones import BOOKING_DOCUMENTS, Milestone, Plan, milestone_of
from app.logistics.tracking.summary import Observation, Summary, summarize

DELAY_THRESHOLD = timedelta(hours=24)
"""How much later than first announced an arrival must be to count as a delay."""

_CUSTOMS_PENDING = ("SUBM", "RECE", "PENA", "PENU", "PENC", "REQS", "HOLD")
_CUSTOMS_DONE = ("RELS", "CMPL")
_BOOKING_ENDED = ("VOID", "CANC", "REJE")
_said = attrgetter("said")


@dataclass(frozen=True, slots=True)
class MilestoneTimes:
    """When a milestone is planned, now estimated and was actually reached (UTC)."""

    planned: datetime | None = None
    estimated: datetime | None = None
    actual: datetime | None = None


@dataclass(frozen=True, slots=True)
class Eta:
    """One announcement of the arrival at the port of discharge. `reason` is the carrier's delay reason code (SMDG), if any."""

    said_at: datetime
    at: datetime
    classifier: str
    reason: str
    event_id: str


@dataclass(frozen=True, slots=True)
class LastSeen:
    """Where the goods were last seen, empty containers aside; `left`: they have left the place since."""

    place: str
    facility: str
    at: datetime
    left: bool
    event_id: str


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An exception that tracking shows to be open. `reason` is what the partner gave, unchanged."""

    kind: Incident
    since: datetime
    container: str
    reason: str
    event_id: str

    @property
    def answer_due(self) -> datetime:
        """Until when its owner has to say what is being done."""
        return INCIDENT_KINDS[self.kind].answer_due(self.since)

    @property
    def settle_due(self) -> datetime:
        """Until when it has to be settled."""
        return INCIDENT_KINDS[self.kind].settle_due(self.since)


@dataclass(frozen=True, slots=True)
class ShipmentTrack:
    """What the events say of a shipment. `eta` is the last of `eta_history`; equal successive announcements stand once."""

    state: ShipmentState
    milestones: Mapping[Milestone, MilestoneTimes]
    eta: Eta | None
    eta_history: tuple[Eta, ...]
    last_seen: LastSeen | None
    incidents: tuple[OpenIncident, ...]
    last_event_at: datetime | None

    @property
    def proved(self) -> bool:
        """Whether the delivery has been proved."""
        return Milestone.PROVED in self.milestones and self.milestones[Milestone.PROVED].actual is not None


def state_of(events: Iterable[ShipmentEvent | TransportEvent | EquipmentEvent], plan: Plan) -> ShipmentTrack:
    """The account of a shipment from all of its events, in any order, with any repetitions."""
    return track(summarize(events), plan)


def track(summary: Summary, plan: Plan) -> ShipmentTrack:
    """The account of a shipment from its summary. The plan is not part of a summary: after rebooking, ask again."""
    seen = sorted(summary.observations.values())
    actual = [one for one in seen if one.classifier == "ACT"]
    customs = [one for one in actual if one.document == "CUS"]
    times = _milestones(seen, plan)
    departed_at = _departed_at(actual, times, plan)
    times.update(_clearances(customs, departed_at))
    state = _state(times, actual, customs, departed_at)
    history = _eta_history(seen, plan)
    incidents = _incidents(actual, customs) + _delays(history, times)
    settled = state in (ShipmentState.DELIVERED, ShipmentState.CANCELLED)
    return ShipmentTrack(
        state=state,
        milestones={milestone: times[milestone] for milestone in Milestone if milestone in times},
        eta=history[-1] if history else None,
        eta_history=history,
        last_seen=_last_seen(actual),
        incidents=() if settled else tuple(sorted(incidents, key=lambda one: (one.since, one.kind, one.event_id))),
        last_event_at=actual[-1].at if actual else None,
    )


def _milestones(seen: Iterable[Observation], plan: Plan) -> dict[Milestone, MilestoneTimes]:
    """Per milestone the last word of each source of it, of these the earliest, of several containers the last."""
    words: dict[tuple[Milestone, str, str, str, str, str], Observation] = {}
    for one in seen:
        milestone = milestone_of(one, plan)
        if milestone is None or (plan.containers and one.container and one.container not in plan.containers):
            continue
        source = (milestone, one.classifier, one.container, one.code, one.place, one.mode)
        known = words.get(source)
        if known is None or one.said > known.said:
            words[source] = one
    earliest: dict[tuple[Milestone, str], dict[str, datetime]] = {}
    for (milestone, classifier, container, *_), one in words.items():
        of_containers = earliest.setdefault((milestone, classifier), {})
        if container not in of_containers or one.at < of_containers[container]:
            of_containers[container] = one.at
    found: dict[Milestone, MilestoneTimes] = {}
    for milestone in {milestone for milestone, _ in earliest}:
        planned, estimated, actual = (
            _of_all(earliest.get((milestone, classifier), {}), plan, all_needed=classifier == "ACT")
            for classifier in ("PLN", "EST", "ACT")
        )
        if planned or estimated or actual:
            found[milestone] = MilestoneTimes(planned, estimated, actual)
    return found


def _of_all(at: Mapping[str, datetime], plan: Plan, *, all_needed: bool) -> datetime | None:
    """When all containers were there. News that names no container is about all that have none of their own."""
    if not at:
        return None
    if not plan.containers or not all_needed:
        return max(at.values())
    of_each = [at.get(container, at.get("")) for container in plan.containers]
    known = [one for one in of_each if one is not None]
    return max(known) if len(known) == len(of_each) else None


def _departed_at(
    actual: Iterable[Observation], times: Mapping[Milestone, MilestoneTimes], plan: Plan
) -> datetime | None:
    """When the goods left the port of loading: as told, or else when they were first seen beyond it."""
    told = times.get(Milestone.DEPARTED)
    if told and told.actual:
        return told.actual
    behind_us = (plan.load, plan.from_door, "")
    return next(
        (
            one.at
            for one in actual
            if one.place not in behind_us and one.code in ("ARRI", "DISC") and one.mode == plan.carriage
        ),
        None,
    )


def _clearances(customs: Iterable[Observation], departed_at: datetime | None) -> dict[Milestone, MilestoneTimes]:
    """A release before departure is export clearance, one after it import clearance; of each the last counts."""
    found: dict[Milestone, MilestoneTimes] = {}
    for one in customs:
        if one.code == "RELS":
            export = departed_at is None or one.at < departed_at
            found[Milestone.EXPORT_CLEARED if export else Milestone.IMPORT_CLEARED] = MilestoneTimes(actual=one.at)
    return found


def _state(
    times: Mapping[Milestone, MilestoneTimes],
    actual: Iterable[Observation],
    customs: Iterable[Observation],
    departed_at: datetime | None,
) -> ShipmentState:
    done = {milestone for milestone, when in times.items() if when.actual is not None}
    if done & {Milestone.DELIVERED, Milestone.PROVED}:
        return ShipmentState.DELIVERED
    if Milestone.OUT_FOR_DELIVERY in done:
        return ShipmentState.OUT_FOR_DELIVERY
    if done & {Milestone.ARRIVED, Milestone.DISCHARGED}:
        return _state_at_arrival(done, customs, departed_at)
    if departed_at is not None:
        return ShipmentState.IN_TRANSIT
    booking = [one for one in actual if one.document in BOOKING_DOCUMENTS and one.code in ("CONF", *_BOOKING_ENDED)]
    if booking and booking[-1].code in _BOOKING_ENDED:
        return ShipmentState.CANCELLED
    if Milestone.EXPORT_CLEARED in done:
        return ShipmentState.EXPORT_CLEARED
    if done & {Milestone.PICKED_UP, Milestone.LOADED}:
        return ShipmentState.PICKED_UP
    return ShipmentState.BOOKED if Milestone.BOOKED in done else ShipmentState.PLANNED


def _state_at_arrival(
    done: set[Milestone], customs: Iterable[Observation], departed_at: datetime | None
) -> ShipmentState:
    last_of_each = {one.document_id: one for one in customs if departed_at is None or one.at >= departed_at}
    if any(one.code in _CUSTOMS_PENDING for one in last_of_each.values()):
        return ShipmentState.AT_CUSTOMS
    return ShipmentState.IMPORT_CLEARED if Milestone.IMPORT_CLEARED in done else ShipmentState.ARRIVED


def _eta_history(seen: Iterable[Observation], plan: Plan) -> tuple[Eta, ...]:
    announced = [
        one
        for one in seen
        if one.code == "ARRI" and one.classifier != "ACT" and one.place == plan.discharge and one.mode == plan.carriage
    ]
    announced.sort(key=_said)
    history: list[Eta] = []
    for one in announced:
        if not history or history[-1].at != one.at:
            history.append(Eta(one.said_at, one.at, one.classifier, one.reason, one.event_id))
    return tuple(history)


def _last_seen(actual: Iterable[Observation]) -> LastSeen | None:
    placed = [one for one in actual if one.place and not one.empty]
    if not placed:
        return None
    last = placed[-1]
    return LastSeen(last.place, last.facility, last.at, last.code in ("DEPA", "GTOT"), last.event_id)


def _incidents(actual: Iterable[Observation], customs: Iterable[Observation]) -> list[OpenIncident]:
    """Holds by document, inspections and left-behind containers until something else happens to them, replaced seals."""
    holds: dict[str, Observation] = {}
    for one in customs:
        if one.code == "HOLD":
            holds.setdefault(one.document_id, one)
        elif one.code in _CUSTOMS_DONE:
            holds.pop(one.document_id, None)
    found = [OpenIncident(Incident.CUSTOMS_HOLD, one.at, "", one.reason, one.event_id) for one in holds.values()]
    of_containers: dict[tuple[Incident, str], Observation] = {}
    for one in actual:
        if one.document or one.code in ("ARRI", "DEPA"):
            continue
        if one.code == "RSEA":
            of_containers[Incident.SEAL_CHANGED, one.container] = one
        elif one.code == "INSP":
            of_containers.setdefault((Incident.INSPECTION, one.container), one)
        elif one.code == "RMVD":
            of_containers.setdefault((Incident.LEFT_BEHIND, one.container), one)
        else:
            of_containers.pop((Incident.INSPECTION, one.container), None)
            if one.code != "GTIN":
                of_containers.pop((Incident.LEFT_BEHIND, one.container), None)
    return found + [
        OpenIncident(kind, one.at, container, "", one.event_id) for (kind, container), one in of_containers.items()
    ]


def _delays(history: tuple[Eta, ...], times: Mapping[Milestone, MilestoneTimes]) -> list[OpenIncident]:
    """A delay is open from the announcement since which the arrival has been late, until the goods arrive."""
    arrived = times.get(Milestone.ARRIVED)
    if not history or (arrived and arrived.actual):
        return []
    since: Eta | None = None
    for one in history:
        late = one.at - history[0].at >= DELAY_THRESHOLD
        since = (since or one) if late else None
    if since is None:
        return []
    return [OpenIncident(Incident.DELAY, since.said_at, "", history[-1].reason, since.event_id)]
