"""Take in what a partner tells of the shipments that he carries: the good events stand, the bad ones are named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.logistics import queries
from app.logistics.models import Booking
from app.logistics.tracking.intake import Event, Problem, Refusal, judge
from app.logistics.usecases.account import take_in

BOOKING_REFERENCE = "BKG"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: how many events are new, how many stood already, which are refused."""

    accepted: int
    known: int
    refused: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class _Fresh:
    """An event to be appended: its place in the batch, whose it is, and its words."""

    index: int
    event: Event
    booking: Booking
    sent: dict[str, Any]
    digest: bytes


async def take_events(session: AsyncSession, actor: Actor, batch: Sequence[Any], *, now: datetime) -> Taken:
    """Append the good events of a batch and bring the accounts of their shipments up to date.

    Refused one by one are: what has not the standard's form, comes from the future, names no booking that the partner carries,
    bears the number of an event that says something else, or takes back another partner's event.
    """
    judged = judge(batch, now=now)
    refused = list(judged.refused)
    bookings = await queries.carried_by(session, actor.organization_id, _numbers(judged.accepted))
    known = await queries.known_events(session, _ids(judged.accepted))
    fresh: list[_Fresh] = []
    stood = 0
    for index, event in zip(judged.places, judged.accepted, strict=True):
        booking = _booking(event, bookings)
        sent = _as_sent(event)
        digest = _digest(event, sent)
        problem = _problem(event, booking, digest, known, actor.organization_id)
        if problem is not None:
            refused.append(Refusal(index, event.event_id, (problem,)))
        elif UUID(event.event_id) in known:
            stood += 1
        elif booking is not None:
            fresh.append(_Fresh(index, event, booking, sent, digest))
    new = await _keep(session, fresh)
    if len(new) < len(fresh):
        late = [one for one in fresh if UUID(one.event.event_id) not in new]
        differing = await _came_second(session, late)
        refused += differing
        stood += len(late) - len(differing)
    return Taken(len(new), stood, tuple(sorted(refused, key=lambda one: one.index)))


async def _came_second(session: AsyncSession, late: Sequence[_Fresh]) -> list[Refusal]:
    """Of events whose numbers somebody else took meanwhile, or long ago where this partner does not see it: those that do not
    stand as they were sent now."""
    known = await queries.known_events(session, (UUID(one.event.event_id) for one in late))
    return [
        Refusal(one.index, one.event.event_id, (Problem("event-differs", "/eventID"),))
        for one in late
        if known.get(UUID(one.event.event_id)) != (one.booking.shipment_id, one.booking.partner_id, one.digest)
    ]


def _numbers(events: Sequence[Event]) -> set[str]:
    return {
        one.document_reference_value
        for event in events
        for one in event.document_references
        if one.document_reference_type == BOOKING_REFERENCE
    }


def _ids(events: Sequence[Event]) -> set[UUID]:
    """Numbers of events, and of those that they take back."""
    return {UUID(one) for event in events for one in (event.event_id, event.retracted_event_id) if one is not None}


def _booking(event: Event, bookings: Mapping[str, Booking]) -> Booking | None:
    """The partner's booking that an event names; None when it names none of his, or several."""
    found = {number for number in _numbers([event]) if number in bookings}
    return bookings[found.pop()] if len(found) == 1 else None


def _as_sent(event: Event) -> dict[str, Any]:
    return event.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _digest(event: Event, sent: dict[str, Any]) -> bytes:
    """Of what an event says. The same moment with another offset is the same word, as it is within a batch."""
    moments = {
        "eventDateTime": event.event_date_time.astimezone(UTC).isoformat(),
        "eventCreatedDateTime": event.event_created_date_time.astimezone(UTC).isoformat(),
    }
    return sha256(orjson.dumps(sent | moments, option=orjson.OPT_SORT_KEYS)).digest()


def _problem(
    event: Event,
    booking: Booking | None,
    digest: bytes,
    known: Mapping[UUID, tuple[UUID, UUID, bytes]],
    partner_id: UUID,
) -> Problem | None:
    if booking is None:
        return Problem("unknown-booking", "/documentReferences")
    before = known.get(UUID(event.event_id))
    if before is not None and before != (booking.shipment_id, partner_id, digest):
        return Problem("event-differs", "/eventID")
    taken_back = known.get(UUID(event.retracted_event_id)) if event.retracted_event_id else None
    if taken_back is not None and taken_back[:2] != (booking.shipment_id, partner_id):
        return Problem("not-your-event", "/retractedEventID")
    return None


async def _keep(session: AsyncSession, fresh: Sequence[_Fresh]) -> set[UUID]:
    """Append events, and merge those that are new into the accounts of their shipments."""
    if not fresh:
        return set()
    rows = [
        {
            "event_id": UUID(one.event.event_id),
            "shipment_id": one.booking.shipment_id,
            "booking_id": one.booking.id,
            "partner_id": one.booking.partner_id,
            "classifier": one.event.event_classifier_code,
            "event_at": one.event.event_date_time,
            "said_at": one.event.event_created_date_time,
            "event": one.sent,
            "digest": one.digest,
        }
        for one in fresh
    ]
    new = await queries.insert_events(session, rows)
    by_shipment: dict[UUID, list[Event]] = {}
    for one in fresh:
        if UUID(one.event.event_id) in new:
            by_shipment.setdefault(one.booking.shipment_id, []).append(one.event)
    await take_in(session, by_shipment)
    return new
