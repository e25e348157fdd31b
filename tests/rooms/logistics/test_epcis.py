"""EPCIS documents of a shipment, and their event hashes against those of the public reference implementation.

The hashes in this file were computed by epcis-event-hash-generator 1.9.3 (`generator document.jsonld`) from the same documents.
"""

import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.logistics.epcis.document import CONTEXT, Event, Paper, Step, StepKind, Unit, document, events_of, steps_of
from app.logistics.epcis.hashing import canonical_time, event_hash, pre_hash
from app.logistics.epcis.keys import container_uri, giai_uri, place_uri, sgtin_uri, sscc_uri
from app.logistics.epcis.shipped import shipped, steps_told, things_of
from app.logistics.tracking.summary import Summary, merge, pack, summarize, unpack
from app.logistics.tracking.track import state_of
from tests.rooms.logistics.events import BOX, PLAN, equipment, journey, read

CHINA, GERMANY = timezone(timedelta(hours=8)), timezone(timedelta(hours=1))
MOULD = giai_uri("0614141ABC-12/34")
UNITS = (
    Unit("106141412345678908", (MOULD, sgtin_uri("4006381333931", "A1")), BOX),
    Unit("006141410000000128", (), BOX),
    Unit("006141410000000135"),
)
PAPERS = (Paper("po", "https://buyer.example/orders/4711"), Paper("bol", "https://carrier.example/bol/HLCU1"))
STEPS = (
    Step(StepKind.PACKED, datetime(2026, 9, 11, 8, tzinfo=CHINA), "CNDGG"),
    Step(StepKind.STUFFED, datetime(2026, 9, 11, 9, 30, 0, 123_000, tzinfo=CHINA), "CNDGG"),
    Step(StepKind.SHIPPED, datetime(2026, 9, 11, 10, tzinfo=CHINA), "CNDGG"),
    Step(StepKind.DEPARTED, datetime(2026, 9, 14, 20, tzinfo=CHINA), "CNSZX"),
    Step(StepKind.ARRIVED, datetime(2026, 10, 15, 17, tzinfo=GERMANY), "DEHAM"),
    Step(StepKind.STRIPPED, datetime(2026, 10, 19, 9, tzinfo=GERMANY), "DESTR"),
    Step(StepKind.RECEIVED, datetime(2026, 10, 19, 10, tzinfo=GERMANY), "DESTR"),
)
EXPECTED_HASHES = [
    "2f1f58c1380ec52f4d988cd10c310c159f863f69cff8222cb24acf84bca01fc7",
    "00b60717eebc6234af25cd19f1d02ffcd49fe3174b355aa7ea242352ee8e2fd5",
    "58f0c14616bce498ac893a9b89efd8e3d23169b4458814700724b6be99b7b1d4",
    "dc94dde583842cc00aa96f74e2349f6513539d2bffb0f478714e2e997deb6df2",
    "6e68e268ab29891ac303c25e4578b800a3b1ef913bcab051da432391dda3982e",
    "dae9284a0bc8ac0f5cf5017a9985e4cd2a38947fd2cf6b8d5122d9269c9c61c4",
    "09ae7e09089c1be34a722fe40c3f736f539e9e8ad7306b909f031a4394135555",
]


def sample() -> list[Event]:
    """The events of a whole shipment."""
    return events_of(UNITS, STEPS, PAPERS)


def test_the_events_of_a_shipment() -> None:
    events = sample()
    assert [(one["type"], one["action"], one["bizStep"], one["disposition"]) for one in events] == [
        ("AggregationEvent", "ADD", "packing", "in_progress"),
        ("AggregationEvent", "ADD", "loading", "in_progress"),
        ("ObjectEvent", "OBSERVE", "shipping", "in_transit"),
        ("ObjectEvent", "OBSERVE", "departing", "in_transit"),
        ("ObjectEvent", "OBSERVE", "arriving", "in_progress"),
        ("AggregationEvent", "DELETE", "unloading", "in_progress"),
        ("ObjectEvent", "OBSERVE", "receiving", "in_progress"),
    ]
    packing, loading, shipping, departing = events[:4]
    assert packing["parentID"] == "https://id.gs1.org/00/106141412345678908"
    assert packing["childEPCs"] == [
        "https://id.gs1.org/01/04006381333931/21/A1",
        "https://id.gs1.org/8004/0614141ABC-12%2F34",
    ]
    assert loading["parentID"] == "urn:epc:id:bic:CSQU3054383"
    assert len(loading["childEPCs"]) == 2
    assert (loading["eventTime"], loading["eventTimeZoneOffset"]) == ("2026-09-11T09:30:00.123+08:00", "+08:00")
    assert len(shipping["epcList"]) == 3 and len(shipping["bizTransactionList"]) == 2
    assert "bizLocation" not in departing
    assert departing["epcList"] == ["https://id.gs1.org/00/006141410000000135", "urn:epc:id:bic:CSQU3054383"]
    assert "bizTransactionList" not in departing
    assert events[-1]["bizLocation"] == {"id": place_uri("DESTR")}


def test_a_document_has_the_standards_frame() -> None:
    found = document(sample(), created_at=datetime(2026, 11, 26, 12, tzinfo=UTC))
    assert found["@context"] == [CONTEXT]
    assert (found["type"], found["schemaVersion"]) == ("EPCISDocument", "2.0")
    assert found["creationDate"] == "2026-11-26T12:00:00.000+00:00"
    assert len(found["epcisBody"]["eventList"]) == 7


def test_hashes_are_those_of_the_reference_implementation() -> None:
    assert [one["eventID"] for one in sample()] == [f"ni:///sha-256;{digest}?ver=CBV2.0" for digest in EXPECTED_HASHES]


PUBLISHED: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2005-04-03T20:33:31.116-06:00",
    "eventTimeZoneOffset": "-06:00",
    "epcList": ["https://id.gs1.org/01/10614141073464/21/2018", "https://id.gs1.org/01/10614141073464/21/2017"],
    "action": "OBSERVE",
    "bizStep": "shipping",
    "disposition": "in_transit",
    "readPoint": {"id": "https://id.gs1.org/414/0614141073467/254/1234"},
    "bizTransactionList": [{"type": "po", "bizTransaction": "http://transaction.acme.com/po/12345678"}],
}
"""The example that several implementations publish with its pre-hash."""


def test_the_published_pre_hash() -> None:
    assert pre_hash(PUBLISHED) == (
        "eventType=ObjectEventeventTime=2005-04-04T02:33:31.116ZeventTimeZoneOffset=-06:00epcListepc=https://id.gs1.org/01/"
        "10614141073464/21/2017epc=https://id.gs1.org/01/10614141073464/21/2018action=OBSERVEbizStep=https://ref.gs1.org/cbv/"
        "BizStep-shippingdisposition=https://ref.gs1.org/cbv/Disp-in_transitreadPointid=https://id.gs1.org/414/0614141073467/"
        "254/1234bizTransactionListtype=https://ref.gs1.org/cbv/BTT-pobizTransaction=http://transaction.acme.com/po/12345678"
    )


def test_the_hash_is_of_what_happened_not_of_how_it_is_written() -> None:
    same = {**PUBLISHED, "eventTime": "2005-04-04T02:33:31.116Z", "eventID": "x", "recordTime": "2026-01-01T00:00:00Z"}
    same["epcList"] = PUBLISHED["epcList"][::-1]
    assert event_hash(dict(reversed(same.items()))) == event_hash(PUBLISHED)
    for changed in (
        {"action": "ADD"},
        {"eventTime": "2005-04-04T02:33:31.117Z"},
        {"epcList": PUBLISHED["epcList"][:1]},
    ):
        assert event_hash({**PUBLISHED, **changed}) != event_hash(PUBLISHED)


@pytest.mark.parametrize(
    "more",
    [
        {"sensorElementList": []},
        {"readPoint": {"id": "https://id.gs1.org/414/0614141073467", "ext": 1}},
        {"epcList": ["urn:epc:id:sscc:4012345.1112223334"]},
    ],
)
def test_what_has_no_canonical_form_here_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"canonical form|nothing else|Digital Link"):
        event_hash({**PUBLISHED, **more})


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_times_are_one_moment_in_every_offset(at: datetime, minutes: int) -> None:
    moment = at.replace(tzinfo=UTC)
    shown = canonical_time(moment.isoformat())
    assert canonical_time(moment.astimezone(timezone(timedelta(minutes=minutes))).isoformat()) == shown
    assert abs(datetime.fromisoformat(shown) - moment) <= timedelta(microseconds=500)


def test_tracking_tells_four_of_the_steps() -> None:
    found = steps_of(state_of(read(*journey()), PLAN), PLAN, lambda place: CHINA if place.startswith("CN") else GERMANY)
    assert [(step.kind, step.place, step.at.isoformat()) for step in found] == [
        (StepKind.SHIPPED, "CNDGG", "2026-09-11T09:00:00+08:00"),
        (StepKind.DEPARTED, "CNSZX", "2026-09-14T20:00:00+08:00"),
        (StepKind.ARRIVED, "DEHAM", "2026-10-15T16:00:00+01:00"),
        (StepKind.RECEIVED, "DESTR", "2026-10-19T07:00:00+01:00"),
    ]
    assert [one["bizStep"] for one in events_of(UNITS, found)] == ["shipping", "departing", "arriving", "receiving"]


@given(st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_the_same_events_give_the_same_hashes_in_any_order(luck: random.Random) -> None:
    # Somebody else tells of the moment of departure too, with another offset.
    told = [equipment(90, "GTOT", "CNSZX", "2026-09-14T12:00:00Z"), *journey()]
    order = told + luck.choices(told, k=8)
    luck.shuffle(order)
    summary = Summary()
    while order:
        summary = merge(summary, read(*(order.pop() for _ in range(min(len(order), luck.randint(1, 6))))))
    sent_at = {event["eventID"]: event["eventDateTime"] for event in told}
    things = things_of(UUID(int=1), [BOX])
    found, expected = (
        shipped(things, steps_told(one, PLAN), sent_at) for one in (unpack(pack(summary)), summarize(read(*told)))
    )
    assert found == expected
    assert [one["bizStep"] for one in found] == ["shipping", "departing", "arriving", "receiving"]
    assert found[1]["eventTimeZoneOffset"] == "+08:00"


def test_nothing_is_said_of_nothing() -> None:
    assert events_of((), STEPS) == []
    assert [one["bizStep"] for one in events_of(UNITS[2:], STEPS)] == ["shipping", "departing", "arriving", "receiving"]


def test_wrong_numbers_and_times_are_refused() -> None:
    for make, wrong in ((sscc_uri, "106141412345678907"), (container_uri, "CSQU3054384"), (giai_uri, "?")):
        with pytest.raises(ValueError, match="is no number"):
            make(wrong)
    with pytest.raises(ValueError, match="is no number"):
        sgtin_uri("4006381333932", "1")
    with pytest.raises(ValueError, match="offset"):
        events_of(UNITS, [Step(StepKind.SHIPPED, datetime(2026, 9, 11), "CNDGG")])  # noqa: DTZ001
