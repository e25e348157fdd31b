"""What tracking remembers of a shipment: of each event the few facts that count. Summaries merge in any order.

A summary is a set, and merging is the union of sets: associative, commutative and idempotent, so that batches may come in any
order, twice, and late. It keeps every observation, not only the one that stands, because any event may be retracted later and the
one before it then stands again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from app.logistics.tracking.dcsa import EquipmentEvent, ShipmentEvent, TransportEvent

_VERSION = 1


class Observation(NamedTuple):
    """The facts of one event; what an event does not say is empty text.

    Observations are compared as tuples, and the first three fields are the order of events: when it happened, when that was said,
    the event's number. No two events are equal in it. Times are UTC.
    """

    at: datetime
    said_at: datetime
    event_id: str
    code: str
    classifier: str
    place: str
    mode: str
    facility: str
    container: str
    empty: bool
    document: str
    document_id: str
    reason: str

    @property
    def said(self) -> tuple[datetime, datetime, str]:
        """The order of statements: of two about the same thing, the one said later stands."""
        return self.said_at, self.at, self.event_id


@dataclass(frozen=True, slots=True)
class Summary:
    """Observations by their event's number, without those that were retracted; and the numbers of all retracted events.

    A retraction is final: it may come before the event that it retracts, and it cannot itself be retracted.
    """

    observations: Mapping[str, Observation] = field(default_factory=dict)
    retracted: frozenset[str] = frozenset()


EMPTY = Summary()


def observe(event: ShipmentEvent | TransportEvent | EquipmentEvent) -> Observation:
    """The facts of an event."""
    at = event.event_date_time.astimezone(UTC)
    said_at = event.event_created_date_time.astimezone(UTC)
    classifier = event.event_classifier_code
    code: str
    if isinstance(event, ShipmentEvent):
        document, document_id = event.document_type_code, event.document_id
        code, reason = event.shipment_event_type_code, event.reason or ""
        return Observation(
            at, said_at, event.event_id, code, classifier, "", "", "", "", False, document, document_id, reason
        )
    call = event.transport_call
    place = call.un_location_code or (call.location.un_location_code if call.location else None) or ""
    mode, facility = call.mode_of_transport, call.facility_type_code or ""
    if isinstance(event, TransportEvent):
        code, reason = event.transport_event_type_code, event.delay_reason_code or ""
        return Observation(
            at, said_at, event.event_id, code, classifier, place, mode, facility, "", False, "", "", reason
        )
    if not place and event.event_location is not None:
        place = event.event_location.un_location_code or ""
    container, empty = event.equipment_reference or "", event.empty_indicator_code == "EMPTY"
    code = event.equipment_event_type_code
    return Observation(
        at, said_at, event.event_id, code, classifier, place, mode, facility, container, empty, "", "", ""
    )


def summarize(events: Iterable[ShipmentEvent | TransportEvent | EquipmentEvent]) -> Summary:
    """The summary of some events of one shipment."""
    seen: dict[str, Observation] = {}
    retracted = set()
    for event in events:
        if event.retracted_event_id is not None:
            retracted.add(event.retracted_event_id)
            continue
        found = observe(event)
        known = seen.get(found.event_id)
        # The same number with other facts should not come through the intake; if it does, any order gives the same answer.
        if known is None or found > known:
            seen[found.event_id] = found
    return _without_retracted(seen, frozenset(retracted))


def join(one: Summary, other: Summary) -> Summary:
    """What two summaries know together."""
    seen = dict(one.observations)
    for event_id, found in other.observations.items():
        known = seen.get(event_id)
        if known is None or found > known:
            seen[event_id] = found
    return _without_retracted(seen, one.retracted | other.retracted)


def merge(summary: Summary, events: Iterable[ShipmentEvent | TransportEvent | EquipmentEvent]) -> Summary:
    """The summary with further events of the same shipment; those that it knows already change nothing."""
    return join(summary, summarize(events))


def _without_retracted(seen: dict[str, Observation], retracted: frozenset[str]) -> Summary:
    for event_id in retracted:
        seen.pop(event_id, None)
    return Summary(seen, retracted)


def pack(summary: Summary) -> dict[str, Any]:
    """A summary as JSON values, the same for the same set of events."""
    rows = [
        [found.at.isoformat(), found.said_at.isoformat(), *found[2:]] for found in sorted(summary.observations.values())
    ]
    return {"version": _VERSION, "observations": rows, "retracted": sorted(summary.retracted)}


def unpack(packed: Mapping[str, Any]) -> Summary:
    """A summary from its JSON values. Raises ValueError for those of another version: read the events again."""
    if packed["version"] != _VERSION:
        raise ValueError(f"a summary of version {packed['version']} cannot be read")
    rows = (
        Observation(datetime.fromisoformat(row[0]), datetime.fromisoformat(row[1]), *row[2:])
        for row in packed["observations"]
    )
    return Summary({row.event_id: row for row in rows}, frozenset(packed["retracted"]))
