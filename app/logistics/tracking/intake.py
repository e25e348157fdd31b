"""A batch of tracking events judged one by one: the good ones stand, the bad ones are named. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.kit.locales import N_
from app.logistics.tracking.dcsa import MAX_EVENTS, EquipmentEvent, ShipmentEvent, TrackingEvent, TransportEvent

Event = ShipmentEvent | TransportEvent | EquipmentEvent

FUTURE_TOLERANCE = timedelta(minutes=5)
"""How far a partner's clock may run ahead of ours."""

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Times outside of these are typing errors, such as a year 0206."""

MAX_PROBLEMS = 5
"""Problems named per event."""

PROBLEM_TEXTS: dict[str, str] = {
    "event-malformed": N_("The field {field} is missing or does not have the form that the standard gives it."),
    "event-field-unknown": N_("The standard knows no field {field} in this kind of event."),
    "event-type-unknown": N_("This kind of event is not known here. Use SHIPMENT, TRANSPORT or EQUIPMENT."),
    "event-code-unknown": N_("The field {field} holds a code that the standard does not know."),
    "event-time-without-offset": N_("The time in {field} needs its offset from UTC."),
    "event-container-number-wrong": N_(
        "The container number in {field} is mistyped: its form or its check digit is wrong."
    ),
    "event-in-the-future": N_(
        "The time in {field} lies in the future, although it tells of something that has happened."
    ),
    "event-id-repeated": N_(
        "The batch holds different events under this number. Each event needs a number of its own."
    ),
    "unknown-booking": N_("Name the number of one booking that you carry, as a document reference of type BKG."),
    "event-differs": N_(
        "An event with this number stands already, and says something else. Give a correction a new number."
    ),
    "not-your-event": N_("Only the partner who told an event can take it back."),
}

_CODES = {
    "extra_forbidden": "event-field-unknown",
    "union_tag_invalid": "event-type-unknown",
    "union_tag_not_found": "event-type-unknown",
    "literal_error": "event-code-unknown",
    "timezone_aware": "event-time-without-offset",
    "container_number": "event-container-number-wrong",
}

_EVENTS: TypeAdapter[list[Event]] = TypeAdapter(list[TrackingEvent])


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong; `field` is a JSON Pointer into the event, empty when it is about the whole."""

    code: str
    field: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused event, by its place in the batch and by its number if it could be read."""

    index: int
    event_id: str | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch after judgement. An event sent twice in the same words stands once: `places` says where in the batch each of the
    accepted ones stood first."""

    accepted: tuple[Event, ...]
    refused: tuple[Refusal, ...]
    places: tuple[int, ...]


def judge(batch: Sequence[object], *, now: datetime) -> Judged:
    """Judge each event of a batch by itself.

    Refused are: what has not the standard's form or holds unknown codes, times of another century, actual events and
    statements that are more than `FUTURE_TOLERANCE` ahead of `now`, and different events under the same number (all of them: no
    order decides which is true).
    Raises ValueError for more than `MAX_EVENTS`.
    """
    if len(batch) > MAX_EVENTS:
        raise ValueError(f"a batch holds at most {MAX_EVENTS} events")
    found: dict[int, tuple[Problem, ...]] = {}
    try:
        read = list(enumerate(_EVENTS.validate_python(batch)))
    except ValidationError as error:
        found = _problems(error)
        rest = [index for index in range(len(batch)) if index not in found]
        read = list(zip(rest, _EVENTS.validate_python([batch[index] for index in rest]), strict=True))
    latest = now + FUTURE_TOLERANCE
    for index, event in read:
        problem = _untimely(event, latest)
        if problem is not None:
            found[index] = (problem,)
    standing: dict[str, tuple[int, Event]] = {}
    contradicted = set()
    for index, event in read:
        if index in found:
            continue
        _, first = standing.setdefault(event.event_id, (index, event))
        if first is not event and first != event:
            contradicted.add(event.event_id)
    for index, event in read if contradicted else ():
        if event.event_id in contradicted and index not in found:
            found[index] = (Problem("event-id-repeated", "/eventID"),)
            standing.pop(event.event_id, None)
    refused = tuple(Refusal(index, _event_id(batch[index]), found[index]) for index in sorted(found))
    return Judged(
        tuple(event for _, event in standing.values()), refused, tuple(index for index, _ in standing.values())
    )


def read_again(sent: Sequence[object]) -> list[Event]:
    """Events that stood when they were sent."""
    return _EVENTS.validate_python(sent)


def _untimely(event: Event, latest: datetime) -> Problem | None:
    if not EARLIEST < event.event_date_time < LATEST:
        return Problem("event-malformed", "/eventDateTime")
    if not event.event_created_date_time > EARLIEST:
        return Problem("event-malformed", "/eventCreatedDateTime")
    if event.event_created_date_time > latest:
        return Problem("event-in-the-future", "/eventCreatedDateTime")
    if event.event_classifier_code == "ACT" and event.event_date_time > latest:
        return Problem("event-in-the-future", "/eventDateTime")
    return None


def _problems(error: ValidationError) -> dict[int, tuple[Problem, ...]]:
    found: dict[int, list[Problem]] = defaultdict(list)
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        index, *path = one["loc"]
        if not isinstance(index, int) or len(found[index]) >= MAX_PROBLEMS:
            continue
        # Behind the index pydantic names the kind of event before the field.
        pointer = "".join("/" + str(step)[:60].replace("~", "~0").replace("/", "~1") for step in path[1:])
        found[index].append(Problem(_CODES.get(one["type"], "event-malformed"), pointer))
    return {index: tuple(problems) for index, problems in found.items()}


def _event_id(item: Any) -> str | None:
    given = item.get("eventID") if isinstance(item, Mapping) else None
    return given[:36].lower() if isinstance(given, str) else None
