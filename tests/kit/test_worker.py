"""The worker: slow receivers keep nobody else's jobs waiting, and what was opened is closed."""

import asyncio

import pytest

from app import wiring, worker
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
    monkeypatch.setattr(wiring, "gateways", lambda settings: {"translator": line, "files": object()})
    await worker.run(market.settings, wait=False, clock=market.clock)
    assert line.closed
