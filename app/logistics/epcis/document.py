"""A shipment as an EPCIS 2.0 document (JSON-LD).

Which event says what: packing puts goods into a logistic unit and loading puts units into a container (AggregationEvent ADD),
unloading takes them out again (DELETE); shipping and receiving are observed of the units, departing and arriving of the
containers, or of the units where there is no container (ObjectEvent OBSERVE). Nothing is transformed in transit, and nothing is
associated for good, so these kinds of event do not occur.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Any, Literal

from app.logistics.epcis.hashing import event_hash
from app.logistics.epcis.keys import container_uri, place_uri, sscc_uri
from app.logistics.tracking.milestones import Milestone, Plan
from app.logistics.tracking.track import ShipmentTrack

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

Event = dict[str, Any]


class StepKind(StrEnum):
    """What happened to the packages of a shipment."""

    PACKED = "packed"
    STUFFED = "stuffed"
    SHIPPED = "shipped"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    STRIPPED = "stripped"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Unit:
    """A package with its SSCC. `contents`: URIs of the goods in it; `container`: the ISO 6346 number of what it travels in."""

    sscc: str
    contents: tuple[str, ...] = ()
    container: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened at a place (UN/LOCODE). `at` is aware, in the offset that was in effect there."""

    kind: StepKind
    at: datetime
    place: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that shipping and receiving refer to, by the CBV's type of business transaction and a URI."""

    kind: Literal["bol", "po", "desadv", "inv"]
    uri: str


@dataclass(frozen=True, slots=True)
class _Meaning:
    biz_step: str
    disposition: str
    stays: bool
    """Whether the goods are at the place afterwards (a `bizLocation`), not only seen there."""


# CBV 2.0, sections 7.1 (business steps) and 7.2 (dispositions), in the bare words that the JSON-LD context resolves.
_MEANINGS: dict[StepKind, _Meaning] = {
    StepKind.PACKED: _Meaning("packing", "in_progress", stays=True),
    StepKind.STUFFED: _Meaning("loading", "in_progress", stays=True),
    StepKind.SHIPPED: _Meaning("shipping", "in_transit", stays=False),
    StepKind.DEPARTED: _Meaning("departing", "in_transit", stays=False),
    StepKind.ARRIVED: _Meaning("arriving", "in_progress", stays=True),
    StepKind.STRIPPED: _Meaning("unloading", "in_progress", stays=True),
    StepKind.RECEIVED: _Meaning("receiving", "in_progress", stays=True),
}

_STEP_OF_MILESTONE: dict[Milestone, StepKind] = {
    Milestone.PICKED_UP: StepKind.SHIPPED,
    Milestone.DEPARTED: StepKind.DEPARTED,
    Milestone.ARRIVED: StepKind.ARRIVED,
    Milestone.DELIVERED: StepKind.RECEIVED,
}


def steps_of(track: ShipmentTrack, plan: Plan, zone_of: Callable[[str], tzinfo] = lambda _: UTC) -> list[Step]:
    """The steps that tracking tells of. `zone_of` gives the time zone of a place, where the caller knows it."""
    places = {
        StepKind.SHIPPED: plan.from_door,
        StepKind.DEPARTED: plan.load,
        StepKind.ARRIVED: plan.discharge,
        StepKind.RECEIVED: plan.to_door,
    }
    found = []
    for milestone, times in track.milestones.items():
        kind = _STEP_OF_MILESTONE.get(milestone)
        if kind is not None and times.actual is not None:
            place = places[kind]
            found.append(Step(kind, times.actual.astimezone(zone_of(place)), place))
    return found


def document(events: Sequence[Event], *, created_at: datetime) -> Event:
    """The events as one EPCIS document."""
    return _framed("EPCISDocument", {"eventList": list(events)}, created_at)


def query_document(events: Sequence[Event], *, created_at: datetime) -> Event:
    """The events as the answer to a simple event query."""
    found = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": list(events)}}
    return _framed("EPCISQueryDocument", {"queryResults": found}, created_at)


def _framed(kind: str, body: Event, created_at: datetime) -> Event:
    return {
        "@context": [CONTEXT],
        "type": kind,
        "schemaVersion": "2.0",
        "creationDate": _written(created_at.astimezone(UTC)),
        "epcisBody": body,
    }


def events_of(
    units: Sequence[Unit],
    steps: Iterable[Step],
    papers: Sequence[Paper] = (),
    *,
    things: Sequence[str] = (),
    location_of: Callable[[str], str] = place_uri,
) -> list[Event]:
    """The EPCIS events of a shipment, in the order in which they happened, each with its hash as `eventID`.

    `things` are URIs of what travels beside the units, such as containers whose packages nobody knows: each step but packing,
    stuffing and stripping sees them. `location_of` gives the URI of a UN/LOCODE place: a caller who knows GLNs gives those. A
    step says nothing where there is nothing to say: packing without known contents, stuffing without containers. Raises
    ValueError for wrong numbers and for times without an offset.
    """
    found = []
    for step in steps:
        for body in _bodies(step, units, papers, things):
            found.append(_event(step, body, location_of))
    return sorted(found, key=lambda event: (datetime.fromisoformat(event["eventTime"]), event["eventID"]))


def _bodies(step: Step, units: Sequence[Unit], papers: Sequence[Paper], things: Sequence[str]) -> list[Event]:
    if step.kind == StepKind.PACKED:
        filled = [unit for unit in units if unit.contents]
        return [_aggregation("ADD", sscc_uri(unit.sscc), sorted(unit.contents)) for unit in filled]
    in_containers = _in_containers(units)
    if step.kind in (StepKind.STUFFED, StepKind.STRIPPED):
        action: Literal["ADD", "DELETE"] = "ADD" if step.kind == StepKind.STUFFED else "DELETE"
        return [_aggregation(action, parent, children) for parent, children in in_containers.items()]
    if step.kind in (StepKind.DEPARTED, StepKind.ARRIVED):
        loose = [sscc_uri(unit.sscc) for unit in units if unit.container is None]
        return _observation([*in_containers, *loose, *things], ())
    return _observation([*(sscc_uri(unit.sscc) for unit in units), *things], papers)


def _in_containers(units: Iterable[Unit]) -> Mapping[str, list[str]]:
    found = defaultdict(list)
    for unit in units:
        if unit.container is not None:
            found[container_uri(unit.container)].append(sscc_uri(unit.sscc))
    return {parent: sorted(children) for parent, children in sorted(found.items())}


def _aggregation(action: Literal["ADD", "DELETE"], parent: str, children: list[str]) -> Event:
    return {"type": "AggregationEvent", "parentID": parent, "childEPCs": children, "action": action}


def _observation(uris: Sequence[str], papers: Sequence[Paper]) -> list[Event]:
    if not uris:
        return []
    event: Event = {"type": "ObjectEvent", "epcList": sorted(set(uris)), "action": "OBSERVE"}
    if papers:
        event["bizTransactionList"] = [{"type": one.kind, "bizTransaction": one.uri} for one in papers]
    return [event]


def _event(step: Step, body: Event, location_of: Callable[[str], str]) -> Event:
    if step.at.tzinfo is None:
        raise ValueError("a step needs a time with its offset")
    meaning, place = _MEANINGS[step.kind], {"id": location_of(step.place)}
    written = _written(step.at)
    event = {**body, "eventTime": written, "eventTimeZoneOffset": written[-6:], "readPoint": place}
    event |= {"bizStep": meaning.biz_step, "disposition": meaning.disposition}
    if meaning.stays:
        event["bizLocation"] = place
    return {"eventID": event_hash(event), **event}


def _written(at: datetime) -> str:
    """To the millisecond, with a numeric offset."""
    return at.isoformat(timespec="milliseconds")
