"""The worker: slow receivers keep nobody else's jobs waiting, and what was opened is closed."""

import asyncio
import os
import signal

import pytest
from sqlalchemy import text

from app import wiring, worker
from app.kit.db.engine import Role
from app.kit.jobs import Runtime, defer, job
from tests.market import Market

_told = asyncio.Event()


@job("test.tell_slowly", queue="webhooks")
async def _tell_slowly(runtime: Runtime) -> None:
    async with asyncio.timeout(5):
        await _told.wait()


@job("test.react")
async def _react(runtime: Runtime) -> None:
    _told.set()


async def test_slow_receivers_hold_up_no_other_job(market: Market) -> None:
    _told.clear()
    async with market.db.transaction() as session:
        for _ in range(2):
            await defer(session, "test.tell_slowly")
        await defer(session, "test.react")
    await worker.run(market.settings, concurrency=2, wait=False, clock=market.clock)
    async with market.db.transaction() as session:
        connection = await session.connection()
        assert (await connection.exec_driver_sql("SELECT count(*) FROM procrastinate_jobs")).scalar() == 0


class _Line:
    closed = False

    async def aclose(self) -> None:
        self.closed = True


async def test_gateways_are_closed_with_the_worker(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    line = _Line()
    monkeypatch.setattr(wiring, "gateways", lambda *_: {"translator": line, "files": object()})
    await worker.run(market.settings, wait=False, clock=market.clock)
    assert line.closed


_begun = asyncio.Event()
_ended: list[str] = []


@job("test.take_a_while", queue="mail")
async def _take_a_while(runtime: Runtime) -> None:
    _begun.set()
    await asyncio.sleep(0.3)
    _ended.append("tidily")


async def test_a_worker_that_stays_begins_periodic_work_and_one_that_goes_does_not(market: Market) -> None:
    async def begun() -> set[str]:
        async with market.db.transaction(Role.WORKER) as session:
            rows = await session.execute(text("SELECT DISTINCT task_name FROM procrastinate_periodic_defers"))
            return set(rows.scalars())

    await worker.run(market.settings, wait=False, clock=market.clock)
    assert await begun() == set()
    working = asyncio.create_task(worker.run(market.settings, clock=market.clock))
    async with asyncio.timeout(20):
        while not {"kit.rescue_jobs", "kit.chain_audit"} <= await begun():  # noqa: ASYNC110 - it is the database that is waited for
            await asyncio.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)
        await working


async def test_sigterm_stops_every_lane_and_lets_jobs_end(market: Market) -> None:
    async with market.db.transaction() as session:
        await defer(session, "test.take_a_while")
    working = asyncio.create_task(worker.run(market.settings, clock=market.clock))
    async with asyncio.timeout(20):
        await _begun.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        await working
    assert _ended == ["tidily"]
