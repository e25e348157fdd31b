"""A shipment of this house as EPCIS events: what partners told of it, in terms of the things that travel.

Pure. What travels are the shipment's containers, by their ISO 6346 numbers; a shipment without any is one thing by itself, named
by its id as a UUID URN. The same events of partners give the same EPCIS events with the same hashes, in whatever order they came:
they are made from the account, which is a function of their set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from uuid import UUID

from app.logistics.epcis.document import Event, Step, events_of, steps_of
from app.logistics.epcis.keys import container_uri
from app.logistics.tracking.milestones import Plan
from app.logistics.tracking.summary import Observation, Summary
from app.logistics.tracking.track import track


def things_of(shipment_id: UUID, containers: Sequence[str]) -> list[str]:
    """URIs of what travels."""
    return [container_uri(number) for number in containers] or [shipment_id.urn]


def steps_told(summary: Summary, plan: Plan) -> list[tuple[Step, str]]:
    """The steps of a shipment, each with the number of the event that told its moment.

    Of several that tell the same moment, one at the step's own place goes first, then the least number: it decides nothing but
    which offset the time is written with.
    """
    actual: dict[datetime, list[Observation]] = {}
    for one in summary.observations.values():
        if one.classifier == "ACT":
            actual.setdefault(one.at, []).append(one)
    found = []
    for step in steps_of(track(summary, plan), plan):
        told = min(actual[step.at], key=lambda one: (one.place != step.place, one.event_id))
        found.append((step, told.event_id))
    return found


def shipped(things: Sequence[str], steps: Sequence[tuple[Step, str]], sent_at: Mapping[str, str]) -> list[Event]:
    """The events in the order in which they happened. `sent_at` gives the time of an event as its partner wrote it: its offset
    is the one that was in effect at the place."""
    local = [_in_offset_of(step, sent_at.get(event_id)) for step, event_id in steps]
    return events_of((), local, things=things)


def _in_offset_of(step: Step, written: str | None) -> Step:
    offset = datetime.fromisoformat(written).utcoffset() if written else None
    if offset is None or offset % timedelta(minutes=1):
        return step
    return replace(step, at=step.at.astimezone(timezone(offset)))
