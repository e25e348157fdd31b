"""Webhooks into the house: proved by their signature, kept once, handled once, and told of."""

import asyncio
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor, Permission
from app.kit.ids import new_id
from app.kit.jobs import Runtime
from app.kit.outbox import announce
from app.messages.incoming.jobs import forget_incoming, sweep_incoming
from app.messages.incoming.registry import HANDLERS, Handler
from app.messages.incoming.usecases import receive_message
from app.messages.incoming.usecases.take_message import take_message
from tests.market import Market
from tests.rooms.messages.lamp import LampLit, hurry
from tests.rooms.messages.sources import Source, source_of
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[object, ...]]


class LampIn(BaseModel):
    note: str


class Lamps:
    """A handler that lights a lamp, after it has broken down so many times."""

    def __init__(self) -> None:
        self.breakdowns = 0
        self.actors: list[Actor] = []

    async def __call__(self, session: AsyncSession, actor: Actor, form: LampIn, /, *, now: object) -> dict[str, Any]:
        self.actors.append(actor)
        await announce(session, LampLit(lamp_id=new_id(), note=form.note), organizations=[actor.organization_id])
        if self.breakdowns:
            self.breakdowns -= 1
            raise RuntimeError("the fuse blew")
        actor.require(Permission.STOCK)
        return {"lit": form.note}


@pytest.fixture
def lamps(monkeypatch: pytest.MonkeyPatch) -> Lamps:
    handler = Lamps()
    monkeypatch.setitem(HANDLERS, "test.lamp", Handler(LampIn, handler, dict))
    return handler


def lit(owner: Owner) -> int:
    return int(str(owner.execute("SELECT count(*) FROM outbox_events WHERE type = 'test.lamp_lit.v1'").fetchone()[0]))  # type: ignore[index]


async def keeper(market: Market, *scopes: str) -> Source:
    return await source_of(market, await market.people("supplier"), *(scopes or ("stock",)))


async def test_a_message_is_handled_once_with_the_scopes_of_its_source(
    market: Market, lamps: Lamps, owner: Owner
) -> None:
    source = await keeper(market)
    body = json.dumps({"type": "test.lamp", "data": {"note": "Lüdenscheid 金型"}, "vendor": {"v": 1}})
    headers = source.headers(body, webhook_id="msg_1")
    answers = await asyncio.gather(*(source.post(body, headers) for _ in range(4)))
    assert Counter(answer.status_code for answer in answers) == {202: 4}
    assert len({answer.json()["id"] for answer in answers}) == 1
    [waiting] = await source.log("?state=waiting")
    assert (waiting["state"]["code"], waiting["outcome"], waiting["ended_at"]) == ("waiting", None, None)
    runtime = Runtime(market.settings, market.db, market.clock)
    ids = {"organization_id": source_organization(owner, source), "message_id": waiting["id"]}
    await asyncio.gather(*(take_message(runtime, **ids) for _ in range(3)))
    await market.work()
    assert (await source.post(body, headers)).status_code == 202
    await market.work()
    [done] = await source.log()
    assert (done["state"], done["outcome"]) == (
        {"code": "handled", "label": "Handled"},
        {"lit": "Lüdenscheid 金型"},
    )
    assert (done["webhook_id"], done["type"], done["problem"], lit(owner)) == ("msg_1", "test.lamp", None, 1)
    [actor] = lamps.actors
    assert (actor.key, actor.permissions) == (f"webhook:{source.id}", frozenset({Permission.STOCK}))
    other = body.replace('"v": 1', '"v": 2')
    differs = await source.post(other, source.headers(other, webhook_id="msg_1"))
    assert (differs.status_code, differs.json()["code"]) == (409, "webhook-message-differs")


def source_organization(owner: Owner, source: Source) -> Any:
    row = owner.execute("SELECT organization_id FROM webhook_sources WHERE id = %s", (source.id,)).fetchone()
    assert row is not None
    return row[0]


async def test_without_a_good_signature_nothing_is_told(market: Market, owner: Owner) -> None:
    source = await keeper(market)
    body = json.dumps({"type": "test.lamp", "data": {}})
    good = source.headers(body, webhook_id="msg_1")
    bad = {**good, "webhook-signature": "v1,AAAA v1a,AAAA nonsense v1,ünïcode"}
    refused = []
    for headers in (
        bad,
        {**good, "webhook-id": "msg_2"},
        {name: value for name, value in good.items() if name != "webhook-signature"},
        {name: value for name, value in good.items() if name != "webhook-id"},
        {**good, "webhook-timestamp": "soon"},
        {**good, "webhook-timestamp": "-1"},
        source.headers(body, age=timedelta(minutes=6)),
        source.headers(body, age=timedelta(minutes=-6)),
    ):
        refused.append(await source.post(body, {name: value.encode() for name, value in headers.items()}))  # type: ignore[misc]
    refused.append(await source.post(body + " ", good))
    with count_statements(market.db) as at_known:
        refused.append(await source.post(body, {name: value.encode() for name, value in bad.items()}))  # type: ignore[misc]
    nowhere = Source(market, source.manager, str(new_id()), source.secret)
    with count_statements(market.db) as at_unknown:
        refused.append(await nowhere.post(body, good))
    assert len(at_known) == len(at_unknown) == 3
    revoked = await keeper(market)
    assert (await revoked.manager.delete(revoked.path)).status_code == 204
    refused.append(await revoked.post(body, revoked.headers(body)))
    told = {json.dumps({k: v for k, v in one.json().items() if k not in ("instance", "request_id")}) for one in refused}
    assert len(told) == 1, told
    assert {(one.status_code, one.json()["code"]) for one in refused} == {(401, "webhook-signature-invalid")}
    assert all("www-authenticate" in one.headers for one in refused)
    assert owner.execute("SELECT count(*) FROM incoming_messages").fetchone() == (0,)
    # Several signatures, of which one is good.
    many = " ".join(["v1a,x", "v1,AAAA", good["webhook-signature"]])
    assert (await source.post(body, {**good, "webhook-signature": many})).status_code == 202
    for wrong in (
        "[]",
        '{"type": "a b", "data": {}}',
        '{"type": "test.lamp"}',
        '{"type": "x", "data": {"a": "\\u0000"}}',
        "{",
        '{"type": "test.lamp", "data": {"a": "\\ud800"}}',
        '{"type": "test.lamp", "data": {"a": NaN}}',
        '{"type": "test.lamp", "data": {"a": ' + "[" * 100_000,
    ):
        answer = await source.post(wrong, source.headers(wrong))
        assert answer.status_code == 422, answer.text
    # No library signs what is no text.
    answer = await source.post_bytes(b'{"type": "test.lamp", "data": {"a": "\xff"}}')
    assert answer.status_code == 422, answer.text


async def test_secrets_overlap_and_are_shown_once(market: Market) -> None:
    manager = await market.people("supplier")
    key = {"Idempotency-Key": "one"}
    form = {"name": "TMS", "scopes": ["stock"]}
    first = await manager.post("/v1/webhook-sources", json=form, headers=key)
    again = await manager.post("/v1/webhook-sources", json=form, headers=key)
    assert first.json()["secret"].startswith("whsec_") and again.json()["secret"] is None
    assert again.json()["id"] == first.json()["id"]
    old = Source(market, manager, first.json()["id"], first.json()["secret"])
    rotated = await manager.post(f"{old.path}/rotate-secret", json={"overlap_hours": 2})
    new = Source(market, manager, old.id, rotated.json()["secret"])
    await old.send("test.unknown", {})
    await new.send("test.unknown", {})
    market.move_clock(hours=3)
    body = json.dumps({"type": "test.unknown", "data": {}})
    assert (await old.post(body, old.headers(body))).status_code == 401
    await new.send("test.unknown", {})
    manager = await market.member(manager.firm)
    assert (await manager.delete(new.path)).status_code == 204
    assert (await manager.delete(new.path)).status_code == 204
    late = await manager.post(f"{new.path}/rotate-secret", json={})
    assert (late.status_code, late.json()["code"]) == (409, "webhook-source-revoked")
    assert (await manager.get(new.path)).json()["revoked_at"] is not None


async def test_scopes_are_those_of_the_maker(market: Market, lamps: Lamps) -> None:
    """And what a machine made ends with that machine."""
    manager = await market.people("supplier")
    answer = await manager.post("/v1/webhook-sources", json={"name": "TMS", "scopes": ["read", "approve", "order"]})
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/scopes/1", "/scopes/2"]
    machine = await market.machine(manager, "webhooks:manage", "stock")
    wider = await machine.post("/v1/webhook-sources", json={"name": "TMS", "scopes": ["fulfil"]})
    assert wider.status_code == 422
    source = await source_of(market, machine, "stock")
    assert (await source.handled("test.lamp", {"note": "on"}))["state"]["code"] == "handled"
    client = (await manager.get("/v1/api-clients")).json()["items"][0]["id"]
    await manager.delete(f"/v1/api-clients/{client}")
    source.manager = manager
    ended = await source.handled("test.lamp", {"note": "off"})
    assert (ended["state"]["code"], ended["problem"]["code"]) == ("refused", "webhook-source-revoked")


async def test_what_is_refused_is_told_in_the_readers_language_and_once_a_day(
    market: Market, lamps: Lamps, owner: Owner
) -> None:
    source = await keeper(market, "read")
    manager = source.manager
    await source.send("test.unknown", {})
    await source.send("test.lamp", {"note": "on"})
    await source.send("test.lamp", {"note": 7})
    await market.work()
    invalid, forbidden, unknown = await source.log("?state=refused")
    assert unknown["problem"]["code"] == "webhook-message-type-unknown"
    assert "test.unknown" in unknown["problem"]["detail"] and "tracking.events" in unknown["problem"]["detail"]
    assert forbidden["problem"]["code"] == "forbidden"
    assert "Move stock" in forbidden["problem"]["detail"]
    assert [(one["pointer"], one["code"]) for one in invalid["problem"]["errors"]] == [("/data/note", "string-type")]
    # What the handler did before it refused is undone.
    assert lit(owner) == 0
    german = (await source.log("?type=test.lamp", headers={"Accept-Language": "de"}))[1]
    assert german["problem"]["title"] == "Dazu sind Sie nicht berechtigt"
    notices = (await manager.get("/v1/notifications")).json()["items"]
    assert [one["notice"] for one in notices] == ["messages.incoming_refused"]
    assert "TMS" in notices[0]["subject"] and "test.unknown" in notices[0]["body"]
    replayed = await manager.post(f"{source.path}/messages/{invalid['id']}/replay")
    assert (replayed.status_code, replayed.json()["code"]) == (409, "webhook-message-not-failed")
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute("UPDATE incoming_messages SET state = 'waiting', ended_at = NULL, problem = NULL")


async def test_a_breakdown_is_tried_again_and_at_last_given_up(market: Market, lamps: Lamps, owner: Owner) -> None:
    source = await keeper(market)
    lamps.breakdowns = 7
    await source.send("test.lamp", {"note": "on"})
    await market.work()
    [message] = await source.log()
    assert (message["state"]["code"], message["attempts"], lit(owner)) == ("waiting", 1, 0)
    assert hurry(owner) == 1
    runtime = Runtime(market.settings, market.db, market.clock)
    ids = {"organization_id": source_organization(owner, source), "message_id": message["id"]}
    for _ in range(5):
        await take_message(runtime, **ids)
    [failed] = await source.log("?state=failed")
    assert (failed["attempts"], failed["problem"]["code"], lit(owner)) == (6, "internal", 0)
    replayed = await source.manager.post(f"{source.path}/messages/{failed['id']}/replay")
    assert (replayed.status_code, replayed.json()["state"]["code"]) == (202, "waiting")
    await take_message(runtime, **ids)
    hurry(owner)
    await market.work()
    [message] = await source.log()
    # Several of its jobs are due at the same moment: each may count a try before one of them handles it, once.
    assert (message["state"]["code"], lit(owner)) == ("handled", 1)
    assert message["attempts"] >= 2
    # A try that never came to its end counts too.
    await source.send("test.lamp", {"note": "kills its worker"})
    owner.execute("UPDATE incoming_messages SET attempts = 6 WHERE state = 'waiting'")
    await market.work()
    assert [one["state"]["code"] for one in await source.log()] == ["failed", "handled"]


async def test_lost_jobs_are_found_and_old_messages_forgotten(market: Market, lamps: Lamps, owner: Owner) -> None:
    source = await keeper(market)
    await source.send("test.lamp", {"note": "on"})
    owner.execute("DELETE FROM procrastinate_jobs")
    runtime = Runtime(market.settings, market.db, market.clock)
    market.move_clock(minutes=11)
    await sweep_incoming(runtime)
    await sweep_incoming(runtime)
    assert owner.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (1,)
    await market.work()
    await source.send("test.lamp", {"note": "still waits"})
    assert lit(owner) == 1
    await forget_incoming(runtime)
    assert owner.execute("SELECT count(*) FROM incoming_messages").fetchone() == (2,)
    market.move_clock(days=91)
    await forget_incoming(runtime)
    assert owner.execute("SELECT state FROM incoming_messages").fetchall() == [("waiting",)]


async def test_only_so_many_messages_wait(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive_message, "MOST_WAITING", 2)
    source = await keeper(market)
    body = json.dumps({"type": "test.lamp", "data": {}})
    answers = await asyncio.gather(*(source.post(body, source.headers(body)) for _ in range(4)))
    assert Counter(answer.status_code for answer in answers) == {202: 2, 429: 2}
    assert next(one for one in answers if one.status_code == 429).headers["Retry-After"] == "30"
    assert len(await source.log()) == 2
    await market.work()
    await source.send("test.lamp", {})


async def test_lists_take_as_many_statements_for_many_as_for_one(market: Market, lamps: Lamps) -> None:
    source = await keeper(market)

    async def asked(path: str) -> tuple[int, int]:
        with count_statements(market.db) as seen:
            answer = await source.manager.get(f"{path}?limit=50")
        return len(seen), len(answer.json()["items"])

    await source.send("test.lamp", {"note": "on"})
    few = [await asked(path) for path in (f"{source.path}/messages", "/v1/webhook-sources")]
    assert [rows for _, rows in few] == [1, 1]
    for number in range(19):
        await source.send("test.lamp" if number % 2 else "test.unknown", {"note": "on"})
        await source_of(market, source.manager, "read")
    many = [await asked(path) for path in (f"{source.path}/messages", "/v1/webhook-sources")]
    assert many == [(statements, 20) for statements, _ in few]
    page = await source.manager.get(f"{source.path}/messages?limit=7")
    assert len(page.json()["items"]) == 7 and 'rel="next"' in page.headers["Link"]
    full = await source.manager.post("/v1/webhook-sources", json={"name": "TMS", "scopes": ["read"]})
    assert (full.status_code, full.json()["code"]) == (409, "too-many-webhook-sources")
