"""How often a machine may ask: what is left is told, and over it a request is refused before anything is opened."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.kit.allowance import Rate, draw
from app.kit.db.engine import Database, Role
from app.kit.dispatch import tidy
from app.kit.errors import TooManyRequests
from app.kit.ids import new_id
from app.kit.jobs import Runtime
from tests.market import Market

FEW = {"client_requests_per_minute": 60, "client_burst": 3}


@pytest.fixture
def few(market: Market) -> Market:
    """A market whose machines may ask three times at once and then once a second."""
    market.app.state.settings = market.settings.model_copy(update=FEW)
    return market


async def test_a_machine_is_told_what_is_left_and_when_to_come_again(few: Market) -> None:
    owner = await few.people("logistics")
    machine = await few.machine(owner, "read")
    left = []
    for _ in range(3):
        answer = await machine.get("/v1/bookings")
        assert answer.status_code == 200
        left.append(answer.headers["RateLimit"])
    assert left == ['"client";r=2', '"client";r=1', '"client";r=0']
    assert answer.headers["RateLimit-Policy"] == '"client";q=60;w=60;burst=3'

    refused = await machine.request("GET", "/v1/bookings", headers={"Accept-Language": "de"})
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["Content-Language"] == "de"
    assert refused.json()["code"] == "too-many-requests"
    # It is refused wherever it knocks, for writing too and before its body is looked at.
    assert (await machine.post("/v1/tracking-events", content=b"{")).status_code == 429

    # Another machine of the firm has an allowance of its own, and people are not counted.
    assert (await (await few.machine(owner, "read")).get("/v1/bookings")).status_code == 200
    for _ in range(5):
        answer = await owner.get("/v1/bookings")
        assert answer.status_code == 200 and "RateLimit" not in answer.headers


async def test_a_forged_token_takes_nothing_of_anybodys_allowance(few: Market) -> None:
    machine = await few.machine(await few.people("logistics"), "read")
    forged = machine.headers["Authorization"][:-8] + "AAAAAAAA"
    for _ in range(5):
        answer = await few.nobody.get("/v1/bookings", headers={"Authorization": forged})
        assert answer.status_code == 401
    assert (await machine.get("/v1/bookings")).headers["RateLimit"] == '"client";r=2'


async def test_what_is_drawn_at_once_is_never_more_than_the_burst(market: Market) -> None:
    """Twenty transactions at once over two pools, as of two processes: exactly the burst is admitted."""
    client, rate = new_id(), Rate(per_minute=1, burst=7)
    other = Database(market.settings)
    try:

        async def ask(database: Database) -> bool:
            try:
                async with database.transaction(Role.APP) as session:
                    await draw(session, client, rate)
            except TooManyRequests:
                return False
            return True

        admitted = await asyncio.gather(*(ask(at) for at in (market.db, other) for _ in range(10)))
    finally:
        await other.close()
    assert sum(admitted) == 7


async def test_what_was_used_up_comes_back_and_is_forgotten(market: Market) -> None:
    client, rate = new_id(), Rate(per_minute=60, burst=2)

    async def ask() -> int:
        async with market.db.transaction(Role.APP) as session:
            return await draw(session, client, rate)

    assert [await ask(), await ask()] == [1, 0]
    with pytest.raises(TooManyRequests):
        await ask()
    market.move_clock(seconds=1)
    assert await ask() == 0
    market.move_clock(hours=1)
    assert await ask() == 1
    runtime = Runtime(market.settings, market.db, market.clock)
    market.move_clock(hours=26)
    await tidy(runtime)
    async with market.db.transaction(Role.WORKER) as session:
        assert await session.scalar(text("SELECT count(*) FROM client_allowances")) == 0


@given(st.integers(1, 10_000), st.integers(1, 1000))
def test_the_wait_is_long_enough_and_no_longer(per_minute: int, burst: int) -> None:
    rate = Rate(per_minute, burst)
    whole = burst * rate.interval_s
    assert rate.left(0) == burst
    assert rate.left(whole) == 0
    wait = rate.wait_s(whole)
    # After it one more fits; a second earlier it did not, unless a second is the least that is told.
    assert max(0.0, whole - wait) + rate.interval_s <= whole + 1e-6
    assert wait == 1 or (whole - (wait - 1)) + rate.interval_s > whole
