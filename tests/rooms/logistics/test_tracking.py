"""What events say of a shipment, and that only the set of them counts."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.logistics.incidents import Incident
from app.logistics.states import SHIPMENT_STATE_LABELS, ShipmentState, may_be_reported, may_become
from app.logistics.tracking.milestones import MILESTONE_LABELS, Milestone, Plan
from app.logistics.tracking.summary import EMPTY, Summary, join, merge, pack, summarize, unpack
from app.logistics.tracking.track import state_of, track
from tests.rooms.logistics.events import (
    BOX,
    OTHER_BOX,
    PLAN,
    Event,
    document,
    equipment,
    journey,
    number,
    read,
    transport,
)

STATES_ON_THE_WAY = [
    "booked", "booked", "picked_up", "picked_up", "export_cleared", "export_cleared", "in_transit", "in_transit",
    "in_transit", "in_transit", "in_transit", "arrived", "arrived", "at_customs", "import_cleared", "out_for_delivery",
    "delivered", "delivered", "delivered",
]  # fmt: skip


def test_a_journey_goes_through_its_states() -> None:
    events = read(*journey())
    found = [state_of(events[: n + 1], PLAN).state for n in range(len(events))]
    assert found == STATES_ON_THE_WAY
    assert all(may_be_reported(before, after) for before, after in pairwise(found))


def test_milestones_have_planned_estimated_and_actual_times() -> None:
    found = state_of(read(*journey()), PLAN)
    assert list(found.milestones) == list(Milestone)
    arrived = found.milestones[Milestone.ARRIVED]
    assert arrived.planned == datetime(2026, 10, 15, 4, tzinfo=UTC)
    assert arrived.estimated == datetime(2026, 10, 15, 16, tzinfo=UTC)
    assert arrived.actual == datetime(2026, 10, 15, 15, tzinfo=UTC)
    assert found.milestones[Milestone.PICKED_UP].actual == datetime(2026, 9, 11, 1, tzinfo=UTC)
    assert found.milestones[Milestone.EXPORT_CLEARED].actual == datetime(2026, 9, 13, 2, tzinfo=UTC)
    assert found.milestones[Milestone.IMPORT_CLEARED].actual == datetime(2026, 10, 17, 8, tzinfo=UTC)
    assert found.proved
    assert [(eta.at.day, eta.at.hour, eta.classifier) for eta in found.eta_history] == [(15, 4, "PLN"), (15, 16, "EST")]
    assert found.eta == found.eta_history[-1]
    assert found.last_seen and (found.last_seen.place, found.last_seen.left) == ("DESTR", False)
    assert found.last_event_at == datetime(2026, 10, 21, 6, tzinfo=UTC)
    assert found.incidents == ()


def test_nothing_is_known_of_nothing() -> None:
    found = state_of((), PLAN)
    assert (found.state, found.milestones, found.eta, found.last_seen, found.proved) == (
        "planned",
        {},
        None,
        None,
        False,
    )


def test_a_correction_replaces_what_was_said_before() -> None:
    wrong = transport(1, "DEPA", "CNSZX", "2026-09-14T20:00:00Z", said="2026-09-14T20:05:00Z")
    right = transport(2, "DEPA", "CNSZX", "2026-09-14T18:00:00Z", said="2026-09-15T09:00:00Z")
    found = state_of(read(wrong, right), PLAN)
    assert found.milestones[Milestone.DEPARTED].actual == datetime(2026, 9, 14, 18, tzinfo=UTC)


def test_a_retraction_takes_back_even_before_it_comes() -> None:
    booked = document(1, "CONF", "BKG", "2026-09-01T08:00:00Z")
    left = transport(2, "DEPA", "CNSZX", "2026-09-14T20:00:00Z")
    back = transport(3, "DEPA", "CNSZX", "2026-09-14T21:00:00Z", retractedEventID=number(2))
    summary = merge(merge(EMPTY, read(booked, back)), read(left))
    assert track(summary, PLAN).state == "booked"
    assert track(merge(EMPTY, read(booked, left)), PLAN).state == "in_transit"


def test_after_a_retraction_the_word_before_it_stands_again() -> None:
    first = transport(1, "ARRI", "DEHAM", "2026-10-15T06:00:00Z", classifier="EST", said="2026-09-20T08:00:00Z")
    second = transport(
        2, "ARRI", "DEHAM", "2026-10-19T06:00:00Z", classifier="EST", said="2026-09-22T08:00:00Z", delayReasonCode="WEA"
    )
    back = transport(
        3,
        "ARRI",
        "DEHAM",
        "2026-10-19T06:00:00Z",
        classifier="EST",
        said="2026-09-23T08:00:00Z",
        retractedEventID=number(2),
    )
    late = state_of(read(first, second), PLAN)
    assert late.eta and late.eta.at.day == 19
    assert [(one.kind, one.reason, one.since.day) for one in late.incidents] == [(Incident.DELAY, "WEA", 22)]
    found = state_of(read(second, back, first), PLAN)
    assert found.eta and found.eta.at.day == 15 and found.incidents == ()


def test_the_eta_is_what_was_said_last_not_what_is_latest() -> None:
    later = transport(1, "ARRI", "DEHAM", "2026-10-15T20:00:00Z", classifier="EST", said="2026-09-20T08:00:00Z")
    earlier = transport(2, "ARRI", "DEHAM", "2026-10-15T06:00:00Z", classifier="EST", said="2026-09-22T08:00:00Z")
    again = transport(3, "ARRI", "DEHAM", "2026-10-15T06:00:00Z", classifier="EST", said="2026-09-23T08:00:00Z")
    found = state_of(read(again, earlier, later), PLAN)
    assert [eta.event_id for eta in found.eta_history] == [number(1), number(2)]
    assert found.eta and found.eta.at.hour == 6


def test_a_delay_ends_when_the_goods_arrive() -> None:
    first = transport(1, "ARRI", "DEHAM", "2026-10-15T06:00:00Z", classifier="PLN", said="2026-09-20T08:00:00Z")
    second = transport(2, "ARRI", "DEHAM", "2026-10-16T06:00:00Z", classifier="EST", said="2026-09-22T08:00:00Z")
    there = transport(3, "ARRI", "DEHAM", "2026-10-16T07:00:00Z")
    assert [one.kind for one in state_of(read(first, second), PLAN).incidents] == [Incident.DELAY]
    assert state_of(read(first, second, there), PLAN).incidents == ()


def test_a_hold_is_open_until_its_own_document_is_released() -> None:
    left = transport(1, "DEPA", "CNSZX", "2026-09-14T20:00:00Z")
    there = transport(2, "ARRI", "DEHAM", "2026-10-16T07:00:00Z")
    hold = document(3, "HOLD", "CUS", "2026-10-17T07:00:00Z", document_id="A", reason="origin unclear")
    again = document(4, "HOLD", "CUS", "2026-10-18T07:00:00Z", document_id="A")
    other = document(5, "RELS", "CUS", "2026-10-18T08:00:00Z", document_id="B")
    free = document(6, "RELS", "CUS", "2026-10-19T07:00:00Z", document_id="A")
    held = state_of(read(left, there, hold, again, other), PLAN)
    assert held.state == "at_customs"
    [incident] = held.incidents
    assert (incident.kind, incident.reason, incident.since.day) == (Incident.CUSTOMS_HOLD, "origin unclear", 17)
    assert incident.answer_due == datetime(2026, 10, 17, 15, tzinfo=UTC)
    assert incident.settle_due == datetime(2026, 10, 20, 7, tzinfo=UTC)
    released = state_of(read(left, there, hold, again, other, free), PLAN)
    assert (released.state, released.incidents) == ("import_cleared", ())


def test_clearance_before_arrival_shows_when_the_goods_arrive() -> None:
    left = transport(1, "DEPA", "CNSZX", "2026-09-14T20:00:00Z")
    free = document(2, "RELS", "CUS", "2026-10-10T07:00:00Z")
    there = transport(3, "ARRI", "DEHAM", "2026-10-16T07:00:00Z")
    assert state_of(read(left, free), PLAN).state == "in_transit"
    assert state_of(read(left, free, there), PLAN).state == "import_cleared"


def test_containers_are_waited_for() -> None:
    plan = replace(PLAN, containers=frozenset({BOX, OTHER_BOX}))
    one = equipment(1, "DROP", "DESTR", "2026-10-19T08:00:00Z", facility="CLOC")
    other = equipment(2, "DROP", "DESTR", "2026-10-20T08:00:00Z", box=OTHER_BOX)
    foreign = equipment(3, "DROP", "DESTR", "2026-10-20T09:00:00Z", box="MSKU9070323")
    assert state_of(read(one, foreign), plan).state == "planned"
    found = state_of(read(one, other), plan)
    assert found.state == "delivered"
    assert found.milestones[Milestone.DELIVERED].actual == datetime(2026, 10, 20, 8, tzinfo=UTC)
    all_at_once = equipment(4, "DROP", "DESTR", "2026-10-21T09:00:00Z", box=None)
    assert state_of(read(one, all_at_once), plan).state == "delivered"


def test_incidents_of_containers() -> None:
    seal = equipment(1, "RSEA", "SGSIN", "2026-09-20T08:00:00Z")
    check = equipment(2, "INSP", "SGSIN", "2026-09-20T09:00:00Z", box=OTHER_BOX)
    rolled = equipment(3, "RMVD", "SGSIN", "2026-09-20T10:00:00Z", box=OTHER_BOX)
    on = equipment(4, "LOAD", "SGSIN", "2026-09-27T10:00:00Z", mode="VESSEL", box=OTHER_BOX)
    found = state_of(read(rolled, check, seal), PLAN)
    assert [(one.kind, one.container) for one in found.incidents] == [
        (Incident.SEAL_CHANGED, BOX),
        (Incident.INSPECTION, OTHER_BOX),
        (Incident.LEFT_BEHIND, OTHER_BOX),
    ]
    assert [one.kind for one in state_of(read(rolled, check, seal, on), PLAN).incidents] == [Incident.SEAL_CHANGED]


@pytest.mark.parametrize("code", ["VOID", "CANC", "REJE"])
def test_a_booking_that_ended_cancels_unless_the_goods_have_left(code: str) -> None:
    booked = document(1, "CONF", "BKG", "2026-09-01T08:00:00Z")
    ended = document(2, code, "BKG", "2026-09-02T08:00:00Z")
    again = document(3, "CONF", "BKG", "2026-09-03T08:00:00Z", document_id="D2")
    left = transport(4, "DEPA", "CNSZX", "2026-09-14T20:00:00Z")
    assert state_of(read(booked, ended), PLAN).state == "cancelled"
    assert state_of(read(booked, ended, again), PLAN).state == "booked"
    assert state_of(read(booked, ended, left), PLAN).state == "in_transit"


def test_other_ways_to_travel() -> None:
    flight = Plan("CNSZX", "DEFRA", "AIR")
    lifted = transport(1, "DEPA", "CNSZX", "2026-09-14T20:00:00Z", mode="AIR")
    landed = transport(2, "ARRI", "DEFRA", "2026-09-15T06:00:00Z", mode="AIR")
    onward = transport(3, "DEPA", "DEFRA", "2026-09-16T06:00:00Z", mode="TRUCK")
    there = equipment(4, "DROP", "DEFRA", "2026-09-16T10:00:00Z", box=None)
    events = read(lifted, landed, onward, there)
    assert [state_of(events[:n], flight).state for n in range(1, 5)] == [
        "in_transit",
        "arrived",
        "out_for_delivery",
        "delivered",
    ]
    truck = Plan("PLWAW", "DESTR", "TRUCK")
    away = transport(1, "DEPA", "PLWAW", "2026-09-14T20:00:00Z", mode="TRUCK")
    here = transport(2, "ARRI", "DESTR", "2026-09-15T20:00:00Z", mode="TRUCK")
    assert [state_of(read(away, here)[:n], truck).state for n in (1, 2)] == ["in_transit", "arrived"]


def test_lost_news_of_departure_is_made_up_for_by_a_call_on_the_way() -> None:
    assert state_of(read(transport(1, "ARRI", "SGSIN", "2026-09-19T20:00:00Z")), PLAN).state == "in_transit"


def test_a_container_stripped_at_a_freight_station_is_not_delivered() -> None:
    plan = Plan("CNSZX", "DEHAM", "VESSEL")
    station = equipment(1, "STRP", "DEHAM", "2026-10-17T20:00:00Z", facility="COFS")
    customer = equipment(2, "STRP", "DEHAM", "2026-10-17T20:00:00Z", facility="CLOC")
    assert state_of(read(station), plan).state == "planned"
    assert state_of(read(customer), plan).state == "delivered"


def test_after_rebooking_the_same_summary_is_read_anew() -> None:
    summary = summarize(read(transport(1, "ARRI", "NLRTM", "2026-10-15T20:00:00Z")))
    assert track(summary, PLAN).state == "in_transit"
    assert track(summary, replace(PLAN, discharge="NLRTM")).state == "arrived"


def test_transitions() -> None:
    assert may_become(ShipmentState.PLANNED, ShipmentState.BOOKED)
    assert not may_become(ShipmentState.PLANNED, ShipmentState.DELIVERED)
    assert may_be_reported(ShipmentState.PLANNED, ShipmentState.DELIVERED)
    assert may_be_reported(ShipmentState.BOOKED, ShipmentState.BOOKED)
    assert not may_be_reported(ShipmentState.IN_TRANSIT, ShipmentState.CANCELLED)
    assert not may_be_reported(ShipmentState.DELIVERED, ShipmentState.IN_TRANSIT)
    assert set(SHIPMENT_STATE_LABELS) == set(ShipmentState)
    assert set(MILESTONE_LABELS) == set(Milestone)


# -- only the set of events counts -----------------------------------------------------------------------------------------------

PLACES = ("CNDGG", "CNSZX", "SGSIN", "DEHAM", "DESTR")
times = st.integers(0, 40).map(lambda hours: f"2026-09-{1 + hours // 2:02d}T{(hours % 2) * 12:02d}:00:00Z")
retractions = st.one_of(
    st.just({}), st.just({}), st.just({}), st.integers(1, 12).map(lambda n: {"retractedEventID": number(n)})
)


@st.composite
def news(draw: st.DrawFn) -> dict[str, Any]:
    """Any event, from so few numbers and times that they collide."""
    n, at, said, more = draw(st.integers(1, 12)), draw(times), draw(times), draw(retractions)
    classifier = draw(st.sampled_from(("ACT", "ACT", "EST", "PLN")))
    more = {**more, "said": said, "classifier": classifier}
    kind = draw(st.sampled_from(("transport", "equipment", "document")))
    if kind == "transport":
        code, mode = draw(st.sampled_from(("ARRI", "DEPA"))), draw(st.sampled_from(("VESSEL", "TRUCK")))
        return transport(n, code, draw(st.sampled_from(PLACES)), at, mode=mode, **more)
    if kind == "equipment":
        code = draw(
            st.sampled_from(("LOAD", "DISC", "GTIN", "GTOT", "STUF", "STRP", "PICK", "DROP", "INSP", "RSEA", "RMVD"))
        )
        box, empty = draw(st.sampled_from((BOX, OTHER_BOX, None))), draw(st.booleans())
        facility = draw(st.sampled_from((None, "CLOC", "COFS", "POTE")))
        return equipment(n, code, draw(st.sampled_from(PLACES)), at, box=box, empty=empty, facility=facility, **more)
    code = draw(st.sampled_from(("CONF", "VOID", "HOLD", "RELS", "SUBM", "RECE")))
    return document(
        n, code, draw(st.sampled_from(("BKG", "CUS", "POD"))), at, document_id=draw(st.sampled_from("AB")), **more
    )


def one_by_one(events: list[dict[str, Any]]) -> list[Event]:
    """The events read singly, so that even what contradicts itself comes through."""
    return [event for item in events for event in read(item)]


plans = st.sampled_from((PLAN, replace(PLAN, containers=frozenset({BOX, OTHER_BOX})), Plan("CNSZX", "DEHAM", "VESSEL")))


@settings(max_examples=150)
@given(st.lists(news(), max_size=25), plans, st.data())
def test_shuffles_repetitions_and_batches_change_nothing(
    items: list[dict[str, Any]], plan: Plan, data: st.DataObject
) -> None:
    events = one_by_one(items)
    expected = state_of(
        sorted(events, key=lambda one: (one.event_date_time, one.event_created_date_time, one.event_id)), plan
    )
    repeated = data.draw(st.lists(st.sampled_from(events), max_size=10)) if events else []
    shuffled = data.draw(st.permutations(events + repeated))
    assert state_of(shuffled, plan) == expected
    summary, rest = EMPTY, list(shuffled)
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        batch, rest = rest[:size], rest[size:]
        summary = unpack(pack(merge(summary, batch)))
    assert track(summary, plan) == expected
    assert pack(summary) == pack(summarize(events))


@settings(max_examples=80)
@given(st.lists(news(), max_size=10), st.lists(news(), max_size=10), st.lists(news(), max_size=10))
def test_summaries_join_like_sets(
    one: list[dict[str, Any]], two: list[dict[str, Any]], three: list[dict[str, Any]]
) -> None:
    a, b, c = (summarize(one_by_one(items)) for items in (one, two, three))
    assert join(a, b) == join(b, a)
    assert join(join(a, b), c) == join(a, join(b, c))
    assert join(a, a) == a == join(a, EMPTY)


def test_a_summary_of_another_version_is_not_read() -> None:
    with pytest.raises(ValueError, match="version 0"):
        unpack({"version": 0, "observations": [], "retracted": []})
    assert unpack(pack(Summary())) == EMPTY
