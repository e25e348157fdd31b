"""Deliveries to a real receiver over HTTP: signed, repeated, given up, replayed, never lost."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import func, select
from standardwebhooks.webhooks import Webhook

from app.kit.db.engine import Role
from app.kit.jobs import Runtime
from app.messages.jobs import sweep
from app.messages.models import WebhookDelivery
from tests.market import Market, Member
from tests.rooms.messages.lamp import Receiver, hurry, leave_job_to_a_dead_worker, light

Owner = psycopg.Connection[tuple[object, ...]]


async def endpoint(member: Member, receiver: Receiver, **overrides: Any) -> dict[str, Any]:
    given = {"url": receiver.url, "event_types": ["test.*"], **overrides}
    answer = await member.post("/v1/webhook-endpoints", json=given)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def log_of(member: Member, made: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
    answer = await member.get(f"/v1/webhook-endpoints/{made['id']}/deliveries{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_an_event_is_delivered_signed_in_a_cloud_events_envelope(market: Market, receiver: Receiver) -> None:
    buyer = await market.people("buyer")
    stranger = await market.people("supplier")
    made = await endpoint(buyer, receiver)
    await endpoint(stranger, receiver)
    assert made["secret"].startswith("whsec_")
    lamp = UUID(int=7)
    event_id = await light(market, buyer.firm.id, lamp_id=lamp, note="Lüdenscheid 金型")
    await market.work()

    [request] = receiver.received
    assert (request.method, request.path) == ("POST", "/hooks")
    assert request.headers["webhook-id"] == str(event_id)
    assert request.headers["content-type"].startswith("application/cloudevents+json")
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    envelope = Webhook(made["secret"]).verify(request.body, request.headers)
    assert envelope["specversion"] == "1.0"
    assert envelope["id"] == str(event_id)
    assert envelope["type"] == "test.lamp_lit.v1"
    assert envelope["subject"] == f"lamp/{lamp}"
    assert envelope["sequence"] == "1"
    assert envelope["data"] == {"lamp_id": str(lamp), "note": "Lüdenscheid 金型"}

    [entry] = await log_of(buyer, made)
    assert entry["state"] == {"code": "delivered", "label": "Delivered"}
    assert entry["event_id"] == str(event_id)
    assert entry["last_attempt"]["status"] == 204
    assert entry["last_attempt"]["duration_ms"] >= 0


async def test_only_where_somebody_has_an_endpoint_there_is_a_job_for_webhooks(
    market: Market, receiver: Receiver, owner: Owner
) -> None:
    buyer, deaf = await market.people("buyer"), await market.people("supplier")
    made = await endpoint(buyer, receiver)
    heard = await light(market, buyer.firm.id)
    unheard = await light(market, deaf.firm.id)
    await market.work()
    assert len(receiver.received) == 1
    gone = await buyer.delete(f"/v1/webhook-endpoints/{made['id']}", headers={"If-Match": "*"})
    assert gone.status_code == 204, gone.text
    after = await light(market, buyer.firm.id)
    await market.work()
    carried = (
        "SELECT event_id FROM reactions_done WHERE reaction = 'messages.carry_to_webhooks' AND event_id = ANY (%s)"
    )
    assert owner.execute(carried, ([heard, unheard, after],)).fetchall() == [(heard,)]


async def test_only_wanted_types_are_delivered(market: Market, receiver: Receiver) -> None:
    buyer = await market.people("buyer")
    await endpoint(buyer, receiver, event_types=["procurement.*", "test.lamp_lit.v2"])
    await light(market, buyer.firm.id)
    await market.work()
    assert receiver.received == []


async def test_a_failure_is_repeated_with_the_same_id_and_body(
    market: Market, receiver: Receiver, owner: Owner
) -> None:
    buyer = await market.people("buyer")
    made = await endpoint(buyer, receiver)
    receiver.answers = [
        (500, {}, b"boom whsec_abcdef \x00 v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        (302, {"location": "/x"}, b""),
    ]
    await light(market, buyer.firm.id)
    await market.work()
    [entry] = await log_of(buyer, made)
    assert entry["state"]["code"] == "waiting"
    assert entry["next_attempt_at"] is not None
    assert entry["last_attempt"]["status"] == 500
    assert "whsec_abc" not in entry["last_attempt"]["response_body"]
    assert "AAAA" not in entry["last_attempt"]["response_body"]
    assert hurry(owner) == 1
    await market.work()
    assert hurry(owner) == 1
    await market.work()

    assert len(receiver.received) == 3, "a redirect is a failure and is not followed"
    assert {request.path for request in receiver.received} == {"/hooks"}
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1
    assert len({request.body for request in receiver.received}) == 1
    [entry] = await log_of(buyer, made)
    assert (entry["state"]["code"], entry["attempts"]) == ("delivered", 3)
    tries = await buyer.get(f"/v1/webhook-endpoints/{made['id']}/deliveries/{entry['id']}/attempts")
    assert [one["status"] for one in tries.json()["items"]] == [204, 302, 500]


async def test_retry_after_is_honoured(market: Market, receiver: Receiver) -> None:
    buyer = await market.people("buyer")
    made = await endpoint(buyer, receiver)
    receiver.answers = [(503, {"retry-after": "3600"}, b"")]
    await light(market, buyer.firm.id)
    await market.work()
    async with market.db.transaction(Role.AUDITOR) as session:
        row = (await session.scalars(select(WebhookDelivery).where(WebhookDelivery.state == "waiting"))).one()
    assert row.endpoint_id == UUID(made["id"])
    assert row.next_attempt_at - market.clock.now() > timedelta(minutes=59)


async def test_it_is_given_up_after_ten_tries_and_replayed_on_wish(
    market: Market, receiver: Receiver, owner: Owner
) -> None:
    buyer = await market.people("buyer")
    made = await endpoint(buyer, receiver)
    receiver.answers = [(500, {}, b"no")] * 10
    await light(market, buyer.firm.id)
    await market.work()
    while hurry(owner):
        await market.work()
    assert len(receiver.received) == 10
    [entry] = await log_of(buyer, made)
    assert (entry["state"]["code"], entry["attempts"], entry["next_attempt_at"]) == ("dead", 10, None)

    path = f"/v1/webhook-endpoints/{made['id']}/deliveries/{entry['id']}/replay"
    again = await buyer.post(path)
    assert again.status_code == 202
    assert again.json()["state"]["code"] == "waiting"
    assert (await buyer.post(path)).json()["code"] == "webhook-delivery-under-way"
    await market.work()
    assert len(receiver.received) == 11
    assert receiver.received[10].headers["webhook-id"] == receiver.received[0].headers["webhook-id"]
    assert (await log_of(buyer, made))[0]["state"]["code"] == "delivered"


async def test_gone_disables_the_endpoint_and_tells_its_managers(market: Market, receiver: Receiver) -> None:
    buyer = await market.people("buyer")
    made = await endpoint(buyer, receiver)
    receiver.answers = [(410, {}, b"")]
    await light(market, buyer.firm.id)
    await market.work()
    shown = (await buyer.get(f"/v1/webhook-endpoints/{made['id']}")).json()
    assert shown["state"]["code"] == "gone"
    await light(market, buyer.firm.id)
    await market.work()
    assert len(receiver.received) == 1
    notices = (await buyer.get("/v1/notifications")).json()
    assert [item["notice"] for item in notices["items"]] == ["messages.webhook_endpoint_gone"]
    assert "127.0.0.1" in notices["items"][0]["body"]


async def test_a_span_of_time_is_replayed(market: Market, receiver: Receiver) -> None:
    buyer = await market.people("buyer")
    made = await endpoint(buyer, receiver)
    path = f"/v1/webhook-endpoints/{made['id']}"
    begins_at = market.clock.now() - timedelta(minutes=1)
    first = await light(market, buyer.firm.id)
    await market.work()
    await buyer.post(f"{path}/disable")
    missed = await light(market, buyer.firm.id)
    await market.work()
    span = {"begins_at": begins_at.isoformat(), "ends_at": (begins_at + timedelta(hours=1)).isoformat()}
    assert (await buyer.post(f"{path}/replay", json=span)).json()["code"] == "webhook-endpoint-disabled"
    await buyer.post(f"{path}/enable")
    backwards = {"begins_at": span["ends_at"], "ends_at": span["begins_at"]}
    assert (await buyer.post(f"{path}/replay", json=backwards)).json()["errors"][0]["pointer"] == "/ends_at"

    assert (await buyer.post(f"{path}/replay", json=span)).status_code == 202
    await market.work()
    assert [request.headers["webhook-id"] for request in receiver.received] == [str(first), str(missed)]
    assert (await buyer.post(f"{path}/replay", json={**span, "only_failed": False})).status_code == 202
    await market.work()
    # Both are under way side by side: which of them arrives first is nobody's promise.
    assert {request.headers["webhook-id"] for request in receiver.received[2:]} == {str(first), str(missed)}
    assert len(receiver.received) == 4


async def test_both_secrets_sign_during_the_overlap(market: Market, receiver: Receiver) -> None:
    buyer = await market.people("buyer")
    made = await endpoint(buyer, receiver)
    path = f"/v1/webhook-endpoints/{made['id']}"
    rotated = (await buyer.post(f"{path}/rotate-secret", json={"overlap_hours": 1})).json()
    assert rotated["secret"] != made["secret"]
    await light(market, buyer.firm.id)
    await market.work()
    for secret in (rotated["secret"], made["secret"]):
        Webhook(secret).verify(receiver.received[0].body, receiver.received[0].headers)
    market.move_clock(hours=2)
    buyer = await market.member(buyer.firm)
    await light(market, buyer.firm.id)
    await market.work()
    assert len(receiver.received[1].headers["webhook-signature"].split(" ")) == 1


async def test_a_ping_reaches_one_endpoint_whatever_it_wants(market: Market, receiver: Receiver) -> None:
    buyer = await market.people("buyer")
    made = await endpoint(buyer, receiver, event_types=["procurement.*"])
    await endpoint(buyer, receiver, event_types=["*"])
    answer = await buyer.post(f"/v1/webhook-endpoints/{made['id']}/ping")
    assert answer.status_code == 202
    await market.work()
    [request] = receiver.received
    assert request.headers["webhook-id"] == answer.json()["event_id"]
    Webhook(made["secret"]).verify(request.body, request.headers)
    await buyer.post(f"/v1/webhook-endpoints/{made['id']}/disable")
    refused = await buyer.post(f"/v1/webhook-endpoints/{made['id']}/ping")
    assert refused.json()["code"] == "webhook-endpoint-disabled"


async def test_what_a_killed_sender_left_is_sent_again_under_the_same_id(
    market: Market, receiver: Receiver, owner: Owner
) -> None:
    buyer = await market.people("buyer")
    made = await endpoint(buyer, receiver)
    receiver.answers = [(500, {}, b"")]
    event_id = await light(market, buyer.firm.id)
    await market.work()
    owner.execute("UPDATE webhook_deliveries SET state = 'sending'")
    leave_job_to_a_dead_worker(owner, "messages.deliver_event")
    hurry(owner)
    await market.work()
    assert [request.headers["webhook-id"] for request in receiver.received] == [str(event_id)] * 2
    assert receiver.received[0].body == receiver.received[1].body
    assert (await log_of(buyer, made))[0]["state"]["code"] == "delivered"


async def test_a_delivery_whose_job_was_lost_is_swept_up(market: Market, receiver: Receiver, owner: Owner) -> None:
    buyer = await market.people("buyer")
    await endpoint(buyer, receiver)
    receiver.answers = [(500, {}, b"")]
    await light(market, buyer.firm.id)
    await market.work()
    owner.execute("DELETE FROM procrastinate_jobs")
    market.move_clock(hours=1)
    await run_sweep(market)
    await run_sweep(market)
    await market.work()
    assert len(receiver.received) == 2


async def run_sweep(market: Market) -> None:
    await sweep(Runtime(market.settings, market.db, market.clock))


async def test_a_delivery_keeps_its_event_and_ends_only_once(market: Market, receiver: Receiver, owner: Owner) -> None:
    buyer = await market.people("buyer")
    await endpoint(buyer, receiver)
    await light(market, buyer.firm.id)
    await market.work()
    for change in ("state = 'sending'", "event_id = gen_random_uuid()"):
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute(f"UPDATE webhook_deliveries SET {change}")


async def test_one_delivery_per_endpoint_and_event(market: Market, receiver: Receiver) -> None:
    buyer = await market.people("buyer")
    await endpoint(buyer, receiver)
    await endpoint(buyer, receiver)
    await light(market, buyer.firm.id)
    await market.work()
    async with market.db.transaction(Role.AUDITOR) as session:
        assert await session.scalar(select(func.count()).select_from(WebhookDelivery)) == 2
    assert len(receiver.received) == 2
