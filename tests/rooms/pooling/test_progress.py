"""A campaign's progress as it happens: who is told what and when, and that nobody is kept waiting for it."""

import asyncio
import json

import pytest

from app.kit import closing
from app.kit.db.engine import Role
from app.pooling import board, streaming
from app.pooling.board import board_of
from tests.market import Market, Member
from tests.rooms.pooling.campaigns import campaign_form, committed, moment, opened
from tests.rooms.pooling.streams import listening
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements

LONG = {"stream_seconds": 60}


@pytest.fixture(autouse=True)
def quick(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams that last, and a board that is looked at often."""
    market.app.state.settings = market.settings.model_copy(update=LONG)
    monkeypatch.setattr(board, "LOOK_S", 0.05)


def _stream(campaign: dict[str, str]) -> str:
    return f"/v1/campaigns/{campaign['id']}/progress/stream"


async def test_each_change_is_told_until_the_freeze(market: Market) -> None:
    lead, member, watcher = [await market.people("buyer") for _ in range(3)]
    campaign = await opened(market, lead)
    path = _stream(campaign)
    async with (
        listening(market.app, path, watcher.headers) as other,
        listening(market.app, path, member.headers) as own,
    ):
        assert (own.status, own.headers["content-type"].partition(";")[0]) == (200, "text/event-stream")
        assert (own.headers["cache-control"], own.headers["x-accel-buffering"]) == (
            "private, no-store, no-transform",
            "no",
        )
        assert await own.frame() == "retry: 3000\n\n"
        before, _ = await own.event(), await other.event()
        assert (before["event"], json.loads(before["data"])["items"][0]["lots"]) == ("progress", 0)

        first = await committed(campaign, member, 600, 46000)
        event = await own.event()
        told, others = json.loads(event["data"]), json.loads((await other.event())["data"])
        item = told["items"][0]
        assert (item["lots"], item["own_lots"]) == (6, 6), told
        assert item["price"]["minor"] == 45000
        assert item["own_saving"]["minor"] == 6 * (52000 - 45000)
        assert (others["items"][0]["lots"], others["items"][0]["own_lots"]) == (6, 0)
        assert others["items"][0]["own_saving"] is None
        # Exactly what asking once tells, but for the time that has passed.
        answer = await member.get(path.removesuffix("/stream"))
        once = answer.json()
        assert answer.headers["etag"] == f'W/"{event["id"]}"'
        assert {name: told[name] for name in told if name not in ("at", "seconds_left")} == {
            name: once[name] for name in once if name not in ("at", "seconds_left")
        }

        await committed(campaign, lead, 100, 46000, place="ESBCN")
        await own.event()
        latest = await other.event()
        # Who has seen the latest is told the next.
        async with listening(market.app, path, {**watcher.headers, "Last-Event-ID": latest["id"]}) as again:
            assert await again.frame() == "retry: 3000\n\n"
            answer = await member.post(f"/v1/commitments/{first['id']}/withdrawal")
            assert answer.status_code == 200
            assert json.loads((await again.event())["data"])["items"][0]["lots"] == 1
        await own.event()
        await other.event()

        market.move_clock(minutes=11)
        last = await own.event()
        assert json.loads(last["data"])["state"]["code"] == "frozen"
        assert (await own.rest(), len(await other.rest())) == ([], 1)
    seen = await member.get(path, headers={"Last-Event-ID": last["id"]})
    assert (seen.status_code, seen.content) == (204, b"")
    assert len(board_of(market.db, market.clock)) == 0


async def test_waiting_holds_nothing_and_costs_one_look_for_all(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT_S", 0.1)
    lead, watcher = [await market.people("buyer") for _ in range(2)]
    campaign = await opened(market, lead)
    pool = market.db.engine(Role.APP).pool
    async with (
        listening(market.app, _stream(campaign), lead.headers) as one,
        listening(market.app, _stream(campaign), watcher.headers) as two,
    ):
        await one.event()
        await two.event()
        await asyncio.sleep(0.2)
        monkeypatch.setattr(board, "LOOK_S", 0.5)
        await asyncio.sleep(0.1)
        with count_statements(market.db) as asked:
            assert await one.frame() == ": \n\n"
            assert pool.checkedout() == 0  # type: ignore[attr-defined]
            await asyncio.sleep(1.0)
        # Two looks in a second, of two statements each, though two watch.
        assert len(asked) <= 3 * 2, asked
        monkeypatch.setattr(closing, "is_asked", lambda: True)
        assert set(await one.rest()) | set(await two.rest()) <= {": \n\n"}
    assert len(board_of(market.db, market.clock)) == 0


async def test_who_may_not_watch_and_how_many_do(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    lead, watcher = [await market.people("buyer") for _ in range(2)]
    draft = await made(lead, "/v1/campaigns", campaign_form(market))
    campaign = await opened(market, lead)
    path = _stream(campaign)
    assert (await market.nobody.get(path)).status_code == 401
    assert (await watcher.get(_stream(draft))).status_code == 404
    assert (await watcher.get(f"{path}x")).status_code == 404
    head = await watcher.request("HEAD", path)
    assert (head.status_code, head.headers["content-type"].partition(";")[0]) == (200, "text/event-stream")
    assert (await watcher.request("HEAD", _stream(draft))).status_code == 404
    monkeypatch.setattr(board, "MOST_OF_ORGANIZATION", 1)
    monkeypatch.setattr(board, "MOST_STREAMS", 2)
    async with listening(market.app, path, lead.headers), listening(market.app, path, watcher.headers) as stream:
        many = await lead.get(path)
        assert (many.status_code, many.headers["retry-after"]) == (429, "10")
        full = await (await market.people("buyer")).get(path)
        assert full.status_code == 503 and int(full.headers["retry-after"]) > 0
        # Whoever signs out is told nothing more.
        await stream.event()
        await _sign_out(watcher)
        await committed(campaign, lead)
        assert await stream.rest() == []
    assert len(board_of(market.db, market.clock)) == 0


async def test_a_stream_ends_in_time_and_more_time_is_told(market: Market) -> None:
    market.app.state.settings = market.settings
    lead = await market.people("buyer")
    campaign = await opened(market, lead)
    async with listening(market.app, _stream(campaign), lead.headers) as stream:
        first = await stream.event()
        later = moment(market, hours=2)
        given = await lead.post(f"/v1/campaigns/{campaign['id']}/extension", json={"closes_at": later})
        assert given.status_code == 200
        second = await stream.event()
        assert json.loads(second["data"])["seconds_left"] > json.loads(first["data"])["seconds_left"] + 3600
        assert await stream.rest() == []


async def _sign_out(member: Member) -> None:
    answer = await member.post("/v1/auth/sign-out")
    assert answer.status_code in (200, 204), answer.text
