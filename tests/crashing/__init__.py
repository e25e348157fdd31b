"""Crashes at every step: the real worker in a process of its own, which ends itself before or after its n-th step.

A step is a database statement, a commit, a rollback or a call of a gateway, counted while a watched job runs (what the queue does
to end that job included). The product knows nothing of it: `tests/crashing/child.py` puts itself around psycopg and the gateways.

    async with Crashing(settings, jobs={"logistics.solve_load_plan"}, log=folder / "crashes.log") as crashing:
        found = await campaign(crashing, prepare, check)

`prepare` makes one thing that is to be worked on, `check` says what is wrong with it once a worker that nobody kills has come by.
"""

import asyncio
import base64
import contextlib
import json
import os
import pickle
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self, TypeVar

import psycopg

from app.kit.clock import Clock
from app.settings import Settings

KILLED = 137
PATIENCE_S = 120.0
ROUNDS = 10
ROOT = Path(__file__).resolve().parents[2]
Prepared = TypeVar("Prepared")

_DECLARE_DEAD = "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
_STILL_THERE = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND usename = 'partingline_worker' AND xact_start IS NOT NULL
"""
# What failed is tried again after a while; here the while has passed. Others' machines are not waited for.
_NEXT_ATTEMPT = """
    UPDATE procrastinate_jobs SET scheduled_at = now()
     WHERE status = 'todo' AND attempts > 0 AND scheduled_at > now()
       AND queue_name NOT IN ('mail', 'webhooks', 'fetches', 'translation')
    RETURNING task_name
"""
_UNFINISHED = """
    SELECT DISTINCT task_name || ' is ' || status FROM procrastinate_jobs
     WHERE status = 'doing' OR (status = 'failed' AND queue_name NOT IN ('mail', 'webhooks', 'fetches', 'translation'))
     ORDER BY 1
"""


class When(StrEnum):
    """On which side of the step the process ends."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a watched job. `kind` is `statement`, `commit`, `rollback` or `gateway`; `job` names the reaction too."""

    number: int
    kind: str
    what: str
    job: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How a worker ended: by itself, or by a crash at the last of its steps."""

    crashed: bool
    steps: tuple[Step, ...]


@dataclass(slots=True)
class Found:
    """What a campaign found. `missed` counts crashes that did not come about, since fewer steps were taken that time."""

    steps: tuple[Step, ...]
    crashes: int = 0
    missed: int = 0
    wrong: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """For a record: how many steps of which kind, and what came of them."""
        kinds = [step.kind for step in self.steps]
        return {
            "steps": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
            "crashes": self.crashes,
            "missed": self.missed,
            "wrong": self.wrong,
        }


class Crashing:
    """Workers that crash. One process imports the application once; each worker is forked from it."""

    def __init__(
        self,
        settings: Settings,
        *,
        log: Path,
        jobs: Collection[str] = (),
        condition: str | None = None,
        setup: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`jobs` are the watched names, of jobs or of reactions; `condition` ("module:function") is asked of
        (name, arguments) instead. `setup` ("module:function") is called in each worker before it begins: it may register
        jobs of the test or put something quick in the place of something slow. The workers' clock is `clock` as it stands
        when one begins; what they write goes to `log`."""
        self._settings = settings
        self._log = log
        self._clock = clock or Clock()
        self._watching = {"jobs": sorted(jobs), "condition": condition, "setup": setup}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crashing-")))
            self._log.parent.mkdir(parents=True, exist_ok=True)
            output = stack.enter_context(self._log.open("ab"))
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.crashing.child"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=output,
                env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
                start_new_session=True,
            )
            stack.push_async_callback(self._end)
            assert self._process.stdin is not None
            self._process.stdin.write(base64.b64encode(pickle.dumps(self._settings)) + b"\n")
            # Nothing is left behind by one that did not come up.
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def steps(self) -> tuple[Step, ...]:
        """Let a worker do all that is due, and tell the steps that it took."""
        return (await self._worker(at=0, when=When.BEFORE)).steps

    async def crash_at(self, number: int, when: When = When.BEFORE) -> Ended:
        """Let a worker begin with what is due, and end it before or after its n-th step, counted from 1."""
        return await self._worker(at=number, when=when)

    async def recover(self, *, periodic: Sequence[str] = ()) -> list[str]:
        """Let workers that nobody kills do what is left, until nothing is: what failed meanwhile is tried again at once.

        The dead ones are taken for dead without waiting for their heartbeat to be missed. `periodic` names jobs of the
        clock that shall run first, as they would within a minute. Jobs that are neither done nor waiting are told, and those
        that have failed each time.
        """
        failing: list[str] = []
        async with await self._owner() as owner:
            await self._gone(owner)
            await owner.execute(_DECLARE_DEAD)
            for _ in range(ROUNDS):
                await self._worker(at=0, when=When.BEFORE, defer=periodic)
                failing = [f"{row[0]} fails each time" for row in await (await owner.execute(_NEXT_ATTEMPT)).fetchall()]
                if not failing:
                    break
                periodic = ()
        return sorted({*await self.unfinished(), *failing})

    async def unfinished(self) -> list[str]:
        """Jobs that are neither done nor waiting."""
        async with await self._owner() as owner:
            return [row[0] for row in await (await owner.execute(_UNFINISHED)).fetchall()]

    async def _owner(self) -> psycopg.AsyncConnection[tuple[Any, ...]]:
        url = self._settings.database_url.get_secret_value()
        return await psycopg.AsyncConnection.connect(url, autocommit=True)

    async def _gone(self, owner: psycopg.AsyncConnection[tuple[Any, ...]]) -> None:
        """Wait until the server has noticed who died, so that no lock of his is in the way."""
        for _ in range(500):
            row = await (await owner.execute(_STILL_THERE)).fetchone()
            if row == (0,):
                return
            await asyncio.sleep(0.01)
        raise RuntimeError("a transaction of the worker's role is still open")

    async def _worker(self, *, at: int, when: When, defer: Sequence[str] = ()) -> Ended:
        told = self._folder / "steps"
        told.write_bytes(b"")
        asked = self._watching | {
            "at": at,
            "when": when,
            "defer": defer,
            "told": str(told),
            "clock_offset_s": self._clock.offset.total_seconds(),
        }
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        stdin.write(json.dumps(asked).encode() + b"\n")
        await stdin.drain()
        async with asyncio.timeout(PATIENCE_S):
            answer = await stdout.readline()
        code = int(answer) if answer.strip() else None
        if code not in (0, KILLED):
            lines = self._log.read_text(errors="replace").splitlines()
            raise RuntimeError("\n".join([f"the worker ended with {code}", *lines[-20:]]))
        return Ended(code == KILLED, tuple(Step(*json.loads(line)) for line in told.read_text().splitlines()))

    async def _end(self) -> None:
        """Its input ends, and so does it; then what hangs, or was left by the dead."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await self._process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()


async def campaign(
    crashing: Crashing,
    prepare: Callable[[], Awaitable[Prepared]],
    check: Callable[[Prepared], Awaitable[Sequence[str]]],
    *,
    choose: Callable[[Sequence[Step]], Iterable[Step]] = list,
    sides: Sequence[When] = tuple(When),
    periodic: Sequence[str] = (),
) -> Found:
    """Count the steps of one thing that is done in peace, then crash before and after each of those that `choose` picks, each
    time with a new thing, and let a worker come by that nobody kills."""

    thing = await prepare()
    found = Found(await crashing.steps())
    found.wrong += [f"in peace: {one}" for one in [*await crashing.unfinished(), *await check(thing)]]
    for step in choose(found.steps):
        for when in sides:
            thing = await prepare()
            ended = await crashing.crash_at(step.number, when)
            found.crashes += ended.crashed
            found.missed += not ended.crashed
            last = ended.steps[-1] if ended.crashed else step
            unfinished = await crashing.recover(periodic=periodic)
            where = f"{when} step {step.number}, {last.kind} {last.what}"
            found.wrong += [f"{where}: {one}" for one in [*unfinished, *await check(thing)]]
    return found
