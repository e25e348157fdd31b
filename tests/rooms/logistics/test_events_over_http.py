"""What partners tell of their shipments: batches, repetitions, corrections, and what is none of their business."""

import random
from datetime import datetime, timedelta, timezone
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import select

from app.kit.db.engine import Role
from app.kit.ids import new_id
from app.kit.outbox import OutboxEvent
from app.kit.verify import CHECKS
from app.logistics import checks
from app.logistics.events import ShipmentMoved
from tests.market import Market
from tests.proofs.tracking import EVENTS_EACH, batches, figures, made
from tests.proofs.tracking import told as taken_in
from tests.rooms.logistics.freight import Sent, event_of, second_leg, sent
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[object, ...]]


async def verified(market: Market) -> list[str]:
    """What the check of this room finds broken."""
    assert checks
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        looked, broken = await CHECKS["shipment accounts"](session)
    assert looked > 0
    return broken


def voyage(one: Sent, now: datetime) -> list[dict[str, Any]]:
    """From the gate in Ningbo to the delivery in Hamburg, with an arrival that moved twice."""

    def days(number: float) -> datetime:
        return now - timedelta(days=40 - number)

    def arrival(at: datetime, said: datetime) -> dict[str, Any]:
        return one.event(
            "TRANSPORT", "ARRI", at, place="DEHAM", classifier="EST", eventCreatedDateTime=said.isoformat()
        )

    return [
        one.event("EQUIPMENT", "GTIN", days(1)),
        one.event("EQUIPMENT", "LOAD", days(2)),
        one.event("TRANSPORT", "DEPA", days(3)),
        arrival(days(30), days(4)),
        arrival(days(33), days(20)),
        one.event("TRANSPORT", "ARRI", days(33.5), place="DEHAM"),
        one.event("EQUIPMENT", "DISC", days(34), place="DEHAM"),
        one.event("SHIPMENT", "HOLD", days(34.5), reason="Missing origin certificate"),
        one.event("SHIPMENT", "RELS", days(36)),
        one.event("EQUIPMENT", "GTOT", days(37), place="DEHAM"),
    ]


async def test_a_voyage_is_told(market: Market) -> None:
    one = await sent(market)
    now = market.clock.now()
    told = voyage(one, now)
    assert await one.tell(*told[:4]) == {"accepted": 4, "known": 0, "refused": []}
    shown = await one.read()
    assert (shown["state"]["code"], shown["track"]["events"]) == ("in_transit", 4)
    assert len(shown["track"]["eta_history"]) == 1
    await one.tell(*told[4:8])
    shown = await one.read()
    assert shown["state"]["code"] in ("arrived", "at_customs")
    assert {incident["kind"]["code"] for incident in shown["track"]["incidents"]} >= {"customs_hold"}
    assert shown["track"]["incidents"][0]["owner"]["label"]
    await one.tell(*told[8:])
    shown = await one.read()
    assert "customs_hold" not in {incident["kind"]["code"] for incident in shown["track"]["incidents"]}
    listed = (await one.shipper.get(f"{one.path}/events?limit=100")).json()["items"]
    assert [entry["event_id"] for entry in listed] == [
        event["eventID"] for event in sorted(told, key=lambda event: (event["eventDateTime"], event["eventID"]))
    ]
    # Whose word it was is told to the shipper and to whose it was, not to who carries the goods on.
    tellers = [
        {entry["partner_id"] for entry in (await who.get(f"{one.path}/events?limit=100")).json()["items"]}
        for who in (one.shipper, one.carrier, await second_leg(one))
    ]
    assert tellers == [{str(one.carrier.firm.id)}, {str(one.carrier.firm.id)}, {None}]
    assert await verified(market) == []
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        moved = (await session.scalars(select(OutboxEvent).where(OutboxEvent.type == ShipmentMoved.event_name))).all()
    assert {one.shipper.firm.id, one.carrier.firm.id} <= set(moved[0].organization_ids)


async def test_an_account_that_says_something_else_is_seen(market: Market, owner: Owner) -> None:
    one = await sent(market)
    await one.tell(*voyage(one, market.clock.now())[:3])
    assert await verified(market) == []
    for change in ("state = 'delivered'", "events = 7", "summary = NULL, state = 'in_transit', events = 0"):
        kept = owner.execute("SELECT state, events, summary FROM shipment_tracks").fetchone()
        owner.execute(f"UPDATE shipment_tracks SET {change}")  # type: ignore[arg-type]
        assert len(await verified(market)) == 1, change
        assert kept is not None
        owner.execute(
            "UPDATE shipment_tracks SET state = %s, events = %s, summary = %s", (kept[0], kept[1], Jsonb(kept[2]))
        )
    assert await verified(market) == []


async def test_the_list_of_events_takes_as_many_statements_for_twenty_as_for_one(market: Market) -> None:
    one = await sent(market)
    now = market.clock.now()

    async def asked() -> tuple[int, int]:
        with count_statements(market.db) as seen:
            answer = await one.shipper.get(f"{one.path}/events?limit=100")
        return len(seen), len(answer.json()["items"])

    await one.tell(one.event("EQUIPMENT", "GTIN", now))
    few, rows = await asked()
    assert rows == 1
    await one.tell(*(one.event("EQUIPMENT", "GTIN", now - timedelta(minutes=number)) for number in range(19)))
    assert await asked() == (few, 20)


async def test_a_batch_takes_as_many_statements_for_many_shipments_as_for_one(market: Market, owner: Owner) -> None:
    """A small version of `make prove POINT=tracking`, without its processes."""
    shipper, partner = await market.people("supplier"), await market.people("logistics")
    now = market.clock.now()
    numbers = made(owner, shipper.firm.id, partner.firm.id, 9, now)
    await taken_in(partner, batches(numbers[:1], 10, now, seed=1), tally := figures())
    with count_statements(market.db) as few:
        await taken_in(partner, iter([[estimate(number, now) for number in numbers[:1]]]), tally)
    with count_statements(market.db) as many:
        await taken_in(partner, iter([[estimate(number, now) for number in numbers[1:]]]), tally)
    # Each shipment that moves is announced; nothing else is done one by one.
    told = sum("outbox_events" in statement for statement in many) - sum("outbox_events" in one for one in few)
    assert len(many) - len(few) <= 4 * told + 2
    await taken_in(partner, batches(numbers[1:], 100, now, seed=2), tally)
    assert (tally["accepted"], tally["refused"], tally["statuses"]) == (9 * EVENTS_EACH + 9, 0, {200})
    assert await verified(market) == []


def estimate(number: str, now: datetime) -> dict[str, Any]:
    """An arrival that is expected."""
    return event_of(number, "TRANSPORT", "ARRI", now + timedelta(days=9), now=now, classifier="EST", place="DEHAM")


async def test_any_order_and_any_repetition_tell_the_same(market: Market) -> None:
    now = market.clock.now()
    plain, shuffled = await sent(market), await sent(market)
    luck = random.Random(5)
    told = voyage(plain, now)
    await plain.tell(*told)
    again = [
        event | {"eventID": str(new_id()), "documentReferences": [
            {"documentReferenceType": "BKG", "documentReferenceValue": shuffled.number}]}
        for event in told
    ]  # fmt: skip
    order = again * 2
    luck.shuffle(order)
    for begin in range(0, len(order), 3):
        batch = order[begin : begin + 3]
        result = await shuffled.tell(*batch)
        assert result["refused"] == [] and result["accepted"] + result["known"] == len(
            {one["eventID"] for one in batch}
        )
    one, other = (await plain.read())["track"], (await shuffled.read())["track"]
    assert one == other
    assert await verified(market) == []


async def test_the_good_ones_stand_and_the_bad_ones_are_named(market: Market) -> None:
    one = await sent(market)
    now = market.clock.now()
    batch = [one.event("EQUIPMENT", "GTIN", now - timedelta(minutes=number)) for number in range(2_000)]
    batch[1_234] = batch[1_234] | {"eventDateTime": (now + timedelta(days=2)).isoformat()}
    batch[77] = batch[77] | {"equipmentEventTypeCode": "FLYS"}
    result = await one.tell(*batch)
    assert result["accepted"] == 1_998
    assert [(bad["index"], bad["event_id"], bad["problems"][0]["code"]) for bad in result["refused"]] == [
        (77, batch[77]["eventID"], "event-code-unknown"),
        (1_234, batch[1_234]["eventID"], "event-in-the-future"),
    ]
    assert result["refused"][0]["problems"][0]["detail"]
    assert await one.tell(*batch) == {"accepted": 0, "known": 1_998, "refused": result["refused"]}


async def test_another_partners_shipment_is_none_of_his_business(market: Market) -> None:
    one, other = await sent(market), await sent(market)
    now = market.clock.now()
    foreign = event_of(one.number, "TRANSPORT", "DEPA", now, now=now)
    nameless = event_of("PL000000000000", "TRANSPORT", "DEPA", now, now=now)
    result = await other.tell(foreign, nameless)
    assert [bad["problems"][0]["code"] for bad in result["refused"]] == ["unknown-booking"] * 2
    assert (await one.read())["track"]["events"] == 0
    # Nor may he take back or rewrite what another said.
    mine = one.event("TRANSPORT", "DEPA", now - timedelta(hours=1))
    await one.tell(mine)
    rewritten = other.event("TRANSPORT", "DEPA", now - timedelta(hours=2)) | {"eventID": mine["eventID"]}
    result = await other.tell(rewritten)
    assert result["accepted"] == 0
    assert (await one.read())["track"]["events"] == 1
    assert await verified(market) == []


async def test_a_number_that_somebody_else_took_is_refused_and_named_by_its_place(market: Market) -> None:
    one, other = await sent(market), await sent(market)
    now = market.clock.now()
    mine = one.event("TRANSPORT", "DEPA", now - timedelta(hours=1))
    assert (await one.tell(mine))["accepted"] == 1
    # The same moment with another offset is the same word.
    at = datetime.fromisoformat(mine["eventDateTime"]).astimezone(timezone(timedelta(hours=8)))
    assert await one.tell(mine | {"eventDateTime": at.isoformat()}) == {"accepted": 0, "known": 1, "refused": []}
    # He does not see the other's event, and is not told that his own stands.
    taken = other.event("TRANSPORT", "DEPA", now) | {"eventID": mine["eventID"]}
    result = await other.tell(taken | {"colour": "red"}, taken, other.event("EQUIPMENT", "LOAD", now))
    assert (result["accepted"], result["known"]) == (1, 0)
    assert [(bad["index"], bad["problems"][0]["code"]) for bad in result["refused"]] == [
        (0, "event-field-unknown"),
        (1, "event-differs"),
    ]
    assert (await other.read())["track"]["events"] == 1
    assert await verified(market) == []


async def test_a_replay_with_another_body_is_refused(market: Market) -> None:
    one = await sent(market)
    now = market.clock.now()
    first = one.event("TRANSPORT", "DEPA", now - timedelta(hours=3))
    await one.tell(first)
    other = first | {"eventDateTime": (now - timedelta(hours=1)).isoformat()}
    result = await one.tell(other)
    assert [bad["problems"][0]["code"] for bad in result["refused"]] == ["event-differs"]
    back = one.event("TRANSPORT", "DEPA", now) | {"retractedEventID": first["eventID"]}
    assert (await one.tell(back))["accepted"] == 1
    assert (await one.read())["state"]["code"] == "booked"


async def test_who_was_only_asked_tells_nothing(market: Market) -> None:
    one = await sent(market)
    viewer = await market.member(one.carrier.firm, "viewer")
    event = one.event("TRANSPORT", "DEPA", market.clock.now())
    assert (await viewer.post("/v1/tracking-events", json={"events": [event]})).status_code == 403
    assert (await market.nobody.post("/v1/tracking-events", json={"events": [event]})).status_code == 401
    too_many = await one.carrier.post("/v1/tracking-events", json={"events": []})
    assert too_many.status_code == 422
