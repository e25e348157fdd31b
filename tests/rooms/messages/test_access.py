"""Who may do what: nobody, another organization, a colleague without the permission, the right one."""

from typing import Any

import psycopg
import pytest

from tests.market import Market, Member
from tests.rooms.messages.lamp import Receiver, light

Owner = psycopg.Connection[tuple[object, ...]]
SPAN = {"begins_at": "2026-01-01T00:00:00Z", "ends_at": "2026-01-02T00:00:00Z"}


def written(owner: Owner) -> list[tuple[object, ...]]:
    """Everything that a refused request must leave alone."""
    return owner.execute(
        "SELECT id::text, version, state, url, deleted_at IS NULL FROM webhook_endpoints "
        "UNION ALL SELECT id::text, attempts, state, '', true FROM webhook_deliveries "
        "UNION ALL SELECT 'audit', count(*), '', '', true FROM audit_entries "
        "UNION ALL SELECT 'events', count(*), '', '', true FROM outbox_events ORDER BY 1"
    ).fetchall()


async def delivered(market: Market, member: Member, receiver: Receiver) -> tuple[str, str]:
    made = await member.post("/v1/webhook-endpoints", json={"url": receiver.url, "event_types": ["test.*"]})
    await light(market, member.firm.id)
    await market.work()
    log = await member.get(f"/v1/webhook-endpoints/{made.json()['id']}/deliveries")
    return made.json()["id"], log.json()["items"][0]["id"]


async def test_endpoints_belong_to_their_organizations_managers(
    market: Market, receiver: Receiver, owner: Owner
) -> None:
    right = await market.people("buyer")
    colleague = await market.member(right.firm, "purchaser")
    stranger = await market.people("supplier")
    endpoint, delivery = await delivered(market, right, receiver)
    path = f"/v1/webhook-endpoints/{endpoint}"
    requests: list[tuple[str, str, Any, int]] = [
        ("GET", path, None, 200),
        ("GET", f"{path}/deliveries", None, 200),
        ("GET", f"{path}/deliveries/{delivery}/attempts", None, 200),
        ("PATCH", path, {"description": "ERP"}, 200),
        ("POST", f"{path}/rotate-secret", {"overlap_hours": 0}, 200),
        ("POST", f"{path}/ping", None, 202),
        ("POST", f"{path}/deliveries/{delivery}/replay", None, 202),
        ("POST", f"{path}/replay", SPAN, 202),
        ("POST", f"{path}/disable", None, 200),
        ("POST", f"{path}/enable", None, 200),
        ("DELETE", path, None, 204),
    ]
    before = written(owner)
    for method, at, body, _ in requests:
        options = {"json": body, "headers": {"If-Match": "*"}}
        assert (await market.nobody.request(method, at, **options)).status_code == 401, at
        assert (await stranger.request(method, at, **options)).status_code == 404, at
        refused = await colleague.request(method, at, **options)
        assert (refused.status_code, refused.json()["permission"]) == (403, "webhooks:manage"), at
    assert written(owner) == before
    for method, at, body, status in requests:
        answer = await right.request(method, at, json=body, headers={"If-Match": "*"})
        assert answer.status_code == status, answer.text
    assert (await right.get(path)).status_code == 404


async def test_making_an_endpoint_needs_the_permission(market: Market, receiver: Receiver, owner: Owner) -> None:
    right = await market.people("buyer")
    colleague = await market.member(right.firm, "sales")
    body = {"url": receiver.url}
    before = written(owner)
    assert (await market.nobody.post("/v1/webhook-endpoints", json=body)).status_code == 401
    assert (await colleague.post("/v1/webhook-endpoints", json=body)).status_code == 403
    assert (await colleague.get("/v1/webhook-endpoints")).status_code == 403
    assert written(owner) == before
    assert (await right.post("/v1/webhook-endpoints", json=body)).status_code == 201
    stranger = await market.people("buyer")
    assert (await stranger.get("/v1/webhook-endpoints")).json()["items"] == []


async def test_the_secret_is_shown_once_and_stored_nowhere(market: Market, receiver: Receiver, owner: Owner) -> None:
    right = await market.people("buyer")
    once = {"Idempotency-Key": "make-1"}
    first = await right.post("/v1/webhook-endpoints", json={"url": receiver.url}, headers=once)
    again = await right.post("/v1/webhook-endpoints", json={"url": receiver.url}, headers=once)
    assert again.json() == {**first.json(), "secret": None}
    secret = first.json()["secret"]
    shown = await right.get(f"/v1/webhook-endpoints/{first.json()['id']}")
    assert "secret" not in shown.json()
    for table in ("webhook_endpoints", "idempotency_answers", "audit_values", "outbox_events"):
        rows = owner.execute(f"SELECT t::text FROM {table} t").fetchall()
        assert not any(secret in str(row[0]) or secret.encode().hex() in str(row[0]) for row in rows)


async def test_addresses_inside_are_refused_when_an_endpoint_is_made_or_changed(
    market: Market, receiver: Receiver, owner: Owner
) -> None:
    right = await market.people("buyer", locale="en")
    made = (await right.post("/v1/webhook-endpoints", json={"url": receiver.url})).json()
    path = f"/v1/webhook-endpoints/{made['id']}"
    before = written(owner)
    for url, code in [
        ("https://10.0.0.1/", "webhook-address-forbidden"),
        ("https://169.254.169.254/latest", "webhook-address-forbidden"),
        ("https://[::ffff:127.0.0.1]/", "webhook-address-forbidden"),
        ("https://no-such-host.invalid/", "webhook-host-unknown"),
        ("ftp://127.0.0.1/", "webhook-url-invalid"),
        ("https://user:pass@127.0.0.1/", "webhook-url-invalid"),
    ]:
        for answer in (
            await right.post("/v1/webhook-endpoints", json={"url": url}),
            await right.patch(path, json={"url": url}, headers={"If-Match": "*"}),
        ):
            assert answer.status_code == 422, url
            assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("/url", code)]
    assert written(owner) == before
    changed = await right.patch(path, json={"url": receiver.url + "/new"}, headers={"If-Match": '"1-en"'})
    assert changed.json()["url"].endswith("/new")
    stale = await right.patch(path, json={"description": "x"}, headers={"If-Match": '"1-en"'})
    assert stale.status_code == 412
    assert (await right.patch(path, json={"description": "x"})).status_code == 428


@pytest.mark.parametrize(
    "body",
    [
        {}, {"url": ""}, {"url": 5}, {"url": "https://a.example", "event_types": []},
        {"url": "https://a.example", "event_types": ["procurement*"]},
        {"url": "https://a.example", "event_types": ["Procurement.*"]},
        {"url": "https://a.example", "event_types": ["*"] * 51}, {"url": "https://a.example", "secret": "mine"},
    ],
)  # fmt: skip
async def test_bad_input_is_named(market: Market, body: dict[str, Any]) -> None:
    right = await market.people("buyer")
    answer = await right.post("/v1/webhook-endpoints", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["errors"]


async def test_an_organization_has_a_bounded_number_of_endpoints(market: Market, receiver: Receiver) -> None:
    right = await market.people("buyer")
    for _ in range(20):
        assert (await right.post("/v1/webhook-endpoints", json={"url": receiver.url})).status_code == 201
    answer = await right.post("/v1/webhook-endpoints", json={"url": receiver.url})
    assert (answer.status_code, answer.json()["code"]) == (409, "too-many-webhook-endpoints")
