"""Each event of a batch is judged by itself."""

from datetime import timedelta
from typing import Any

import pytest

from app.logistics.schemas import TrackingEventsIn
from app.logistics.tracking.dcsa import MAX_EVENTS
from app.logistics.tracking.intake import MAX_PROBLEMS, PROBLEM_TEXTS, Problem, judge
from tests.rooms.logistics.events import document, equipment, journey, number, transport
from tests.rooms.logistics.moments import NOW

GOOD = transport(1, "DEPA", "CNSZX", "2026-09-14T20:00:00+08:00")


def test_a_good_journey_is_accepted_whole() -> None:
    judged = judge(journey(), now=NOW)
    assert judged.refused == ()
    assert [event.event_id for event in judged.accepted] == [number(n) for n in range(1, 20)]


def without(event: dict[str, Any], key: str) -> dict[str, Any]:
    """The event without a field."""
    return {name: value for name, value in event.items() if name != key}


AT = "2026-09-14T09:00:00Z"
REFERENCE = {"referenceType": "FF", "referenceValue": "1"}
BAD = [
    (equipment(7, "LOAD", "CNSZX", AT, box="CSQU3054384"), "event-container-number-wrong", "/equipmentReference"),
    (equipment(7, "FLYS", "CNSZX", "2026-09-14T09:00:00Z"), "event-code-unknown", "/equipmentEventTypeCode"),
    (equipment(7, "LOAD", "Shenzhen", "2026-09-14T09:00:00Z"), "event-malformed", "/transportCall/UNLocationCode"),
    (equipment(7, "LOAD", "CNSZX", AT, mode="SLEDGE"), "event-code-unknown", "/transportCall/modeOfTransport"),
    (document(7, "CONF", "XYZ", "2026-09-14T09:00:00Z"), "event-code-unknown", "/documentTypeCode"),
    (document(7, "CONF", "BKG", "2026-09-14T09:00:00Z", reason="x" * 251), "event-malformed", "/reason"),
    (document(7, "CONF", "BKG", "2026-09-14T09:00:00Z", classifier="REQ"), "event-code-unknown", "/eventClassifierCode"),
    (document(7, "CONF", "BKG", "2026-09-14T09:00:00"), "event-time-without-offset", "/eventCreatedDateTime"),
    ({**GOOD, "eventID": "seven"}, "event-malformed", "/eventID"),
    ({**GOOD, "eventID": number(7), "colour/~": 1}, "event-field-unknown", "/colour~1~0"),
    ({**GOOD, "eventID": number(7), "eventType": "OPERATIONS"}, "event-type-unknown", ""),
    (without({**GOOD, "eventID": number(7)}, "eventType"), "event-type-unknown", ""),
    (without({**GOOD, "eventID": number(7)}, "transportCall"), "event-malformed", "/transportCall"),
    ({**GOOD, "eventID": number(7), "references": [REFERENCE] * 51}, "event-malformed", "/references"),
    (transport(7, "DEPA", "CNSZX", "0001-01-01T00:00:00+14:00"), "event-malformed", "/eventDateTime"),
    (transport(7, "DEPA", "CNSZX", AT, said="0001-01-01T00:00:00+14:00"), "event-malformed", "/eventCreatedDateTime"),
    (transport(7, "ARRI", "CNSZX", "9999-12-31T23:59:59-14:00", said=AT, classifier="EST"), "event-malformed", "/eventDateTime"),
    ({**GOOD, "eventID": number(7), "eventDateTime": 1789000000}, "event-malformed", "/eventDateTime"),
    ({**GOOD, "eventID": number(7), "eventDateTime": "1789000000"}, "event-malformed", "/eventDateTime"),
    ({**GOOD, "eventID": number(7), "eventDateTime": "2026-09-14"}, "event-malformed", "/eventDateTime"),
    ("DEPA", "event-malformed", ""),
    (None, "event-malformed", ""),
]  # fmt: skip


@pytest.mark.parametrize(("event", "code", "field"), BAD)
def test_the_bad_one_is_named_and_the_others_stand(event: Any, code: str, field: str) -> None:
    judged = judge([GOOD, event, document(3, "CONF", "BKG", "2026-09-01T08:00:00Z")], now=NOW)
    assert [one.event_id for one in judged.accepted] == [number(1), number(3)]
    [refused] = judged.refused
    assert refused.index == 1
    assert refused.problems[0] == Problem(code, field)
    assert code in PROBLEM_TEXTS
    if isinstance(event, dict):
        assert refused.event_id == event["eventID"]


def test_what_happened_lies_not_in_the_future_but_for_a_clock_that_runs_ahead() -> None:
    def at(n: int, ahead: timedelta, classifier: str = "ACT", said: timedelta = timedelta()) -> dict[str, Any]:
        event = transport(n, "DEPA", "CNSZX", (NOW + ahead).isoformat(), said=(NOW + said).isoformat())
        return {**event, "eventClassifierCode": classifier}

    judged = judge(
        [
            at(1, timedelta(minutes=5)),
            at(2, timedelta(minutes=5, seconds=1)),
            at(3, timedelta(days=30), "EST"),
            at(4, timedelta(days=30), "EST", said=timedelta(minutes=6)),
        ],
        now=NOW,
    )
    assert [one.event_id for one in judged.accepted] == [number(1), number(3)]
    assert [(one.index, one.problems[0].field) for one in judged.refused] == [
        (1, "/eventDateTime"),
        (3, "/eventCreatedDateTime"),
    ]
    assert {one.problems[0].code for one in judged.refused} == {"event-in-the-future"}


def test_the_same_event_twice_stands_once() -> None:
    again = {**GOOD, "eventDateTime": "2026-09-14T12:00:00Z"}  # the same moment, written with another offset
    judged = judge([GOOD, dict(GOOD), again], now=NOW)
    assert len(judged.accepted) == 1 and judged.refused == ()


@pytest.mark.parametrize("turned", [False, True])
def test_different_events_under_one_number_are_all_refused(turned: bool) -> None:
    other = transport(1, "DEPA", "CNSZX", "2026-09-14T21:00:00+08:00")
    batch = [GOOD, document(2, "CONF", "BKG", "2026-09-01T08:00:00Z"), other]
    judged = judge(batch[::-1] if turned else batch, now=NOW)
    assert [one.event_id for one in judged.accepted] == [number(2)]
    assert [(one.index, one.problems[0].code) for one in judged.refused] == [
        (0, "event-id-repeated"),
        (2, "event-id-repeated"),
    ]


def test_an_event_names_few_problems_and_a_batch_is_bounded() -> None:
    judged = judge([{**GOOD, **{f"x{n}": n for n in range(20)}}], now=NOW)
    assert len(judged.refused[0].problems) == MAX_PROBLEMS
    with pytest.raises(ValueError, match="at most"):
        judge([GOOD] * (MAX_EVENTS + 1), now=NOW)


def test_numbers_are_normalized() -> None:
    event = equipment(0xABC, "LOAD", "CNSZX", "2026-09-14T09:00:00Z", box="csqu 305438-3")
    event["eventID"] = event["eventID"].upper()
    [accepted] = judge([event], now=NOW).accepted
    assert accepted.event_id == number(0xABC)
    assert accepted.event_type == "EQUIPMENT" and accepted.equipment_reference == "CSQU3054383"


def test_the_description_holds_examples_that_are_taken() -> None:
    described = TrackingEventsIn.model_json_schema()
    kinds = [described["$defs"][name] for name in ("ShipmentEvent", "TransportEvent", "EquipmentEvent")]
    assert [one["$ref"].rpartition("/")[2] for one in described["properties"]["events"]["items"]["oneOf"]] == [
        one["title"] for one in kinds
    ]
    assert kinds[2]["properties"]["equipmentEventTypeCode"]["enum"][0] == "LOAD"
    examples = [example | {"eventID": number(n)} for n, kind in enumerate(kinds) for example in kind["examples"]]
    assert len(examples) == 3
    judged = judge(examples, now=NOW)
    assert (judged.refused, judged.places) == ((), (0, 1, 2))


def test_an_accepted_event_is_named_by_its_own_place() -> None:
    malformed = {**GOOD, "colour": "red"}
    judged = judge([malformed, GOOD, dict(GOOD)], now=NOW)
    assert (judged.places, [one.index for one in judged.refused]) == ((1,), [0])
