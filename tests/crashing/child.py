"""The process that workers are forked from, and what ends them: `python -m tests.crashing.child`, spoken to by `tests.crashing`.

A line with the settings comes first, then a line for each worker that is wanted; each is answered by the number it ended with.
"""

import asyncio
import base64
import functools
import inspect
import json
import os
import pickle
import sys
import traceback
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import timedelta
from importlib import import_module
from typing import Any

import psycopg
from procrastinate import JobContext
from sqlalchemy.pool.base import _ConnectionRecord

from app import wiring, worker
from app.kit import logs
from app.kit.clock import Clock
from app.kit.db.engine import Database, Role
from app.kit.jobs import defer, jobs
from app.kit.rubbish import leave_alone_what_is_loaded
from app.settings import Settings

KILLED = 137
SHOWN = 160

_job: ContextVar[str | None] = ContextVar("watched", default=None)
"""The watched job that runs here. It is not taken back: what the queue does to end a job belongs to it, and each has a task
of its own."""


class Stepper:
    """Counts steps, tells them, and ends the process at one of them."""

    def __init__(self, told: str, at: int, when: str) -> None:
        self._told = os.open(told, os.O_WRONLY | os.O_APPEND)
        self._at = at
        self._when = when
        self._number = 0

    async def take(self, kind: str, what: str, act: Callable[[], Awaitable[Any]]) -> Any:
        """Take a step, if a watched job takes it."""
        name = _job.get()
        if name is None:
            return await act()
        self._number += 1
        number = self._number
        os.write(self._told, json.dumps([number, kind, " ".join(what.split())[:SHOWN], name]).encode() + b"\n")
        if (number, "before") == (self._at, self._when):
            os._exit(KILLED)
        try:
            return await act()
        finally:
            if (number, "after") == (self._at, self._when):
                os._exit(KILLED)


def watch_jobs(named: frozenset[str], condition: str | None) -> None:
    """Let each task say that a watched job begins: one of those names, its own or its reaction's, or what meets the condition."""
    meets = found(condition) if condition else None

    def watched(run: Callable[..., Awaitable[None]], name: str) -> Callable[..., Awaitable[None]]:
        @functools.wraps(run)
        async def begin(context: JobContext, /, **arguments: Any) -> None:
            names = [name, str(arguments.get("reaction", ""))]
            if meets(name, arguments) if meets else named.intersection(names):
                _job.set(" ".join(filter(None, names)))
            await run(context, **arguments)

        return begin

    for task in jobs.tasks.values():
        task.func = watched(task.func, task.name)


def count_statements(stepper: Stepper) -> None:
    """Put the stepper around what is sent to PostgreSQL, by SQLAlchemy and by the queue alike."""

    def executed(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(method)
        async def execute(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
            what = query if isinstance(query, str) else str(query)
            if not what:
                # A pool asks whether a connection still answers.
                return await method(self, query, *arguments, **options)
            return await stepper.take("statement", what, lambda: method(self, query, *arguments, **options))

        return execute

    def ended(kind: str, method: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        @functools.wraps(method)
        async def end(self: psycopg.AsyncConnection[Any]) -> None:
            # A pool rolls back what it is given back, though nothing is open.
            if self.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
                await method(self)
            else:
                await stepper.take(kind, "", lambda: method(self))

        return end

    for cursor in (psycopg.AsyncCursor, psycopg.AsyncServerCursor):
        for name in ("execute", "executemany"):
            if name in vars(cursor):
                setattr(cursor, name, executed(getattr(cursor, name)))
    for kind in ("commit", "rollback"):
        setattr(psycopg.AsyncConnection, kind, ended(kind, getattr(psycopg.AsyncConnection, kind)))


def leave_connecting_aside() -> None:
    """What is said to the server to make a connection belongs to no job: the next one may find it made."""
    name = "_ConnectionRecord__connect"
    connect = getattr(_ConnectionRecord, name)

    @functools.wraps(connect)
    def unwatched(self: Any) -> None:
        token = _job.set(None)
        try:
            connect(self)
        finally:
            _job.reset(token)

    setattr(_ConnectionRecord, name, unwatched)


class Watched:
    """A gateway whose calls are steps."""

    def __init__(self, name: str, gateway: Any, stepper: Stepper) -> None:
        self._name = name
        self._gateway = gateway
        self._stepper = stepper

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(self._gateway, attribute)
        if not inspect.iscoroutinefunction(value):
            return value

        @functools.wraps(value)
        async def call(*arguments: Any, **options: Any) -> Any:
            return await self._stepper.take(
                "gateway", f"{self._name}.{attribute}", lambda: value(*arguments, **options)
            )

        return call


def count_calls(stepper: Stepper) -> None:
    """Put the stepper around the gateways that the worker is given."""
    given = wiring.gateways

    def gateways(*arguments: Any) -> dict[str, Any]:
        return {name: Watched(name, gateway, stepper) for name, gateway in given(*arguments).items()}

    wiring.gateways = gateways  # type: ignore[assignment]


def found(name: str) -> Callable[..., Any]:
    """What "module:function" names."""
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)  # type: ignore[no-any-return]


async def work(settings: Settings, asked: dict[str, Any]) -> None:
    """Be a worker, until no job is due."""
    clock = Clock(timedelta(seconds=asked["clock_offset_s"]))
    if asked["defer"]:
        database = Database(settings)
        async with database.transaction(Role.WORKER) as session:
            for name in asked["defer"]:
                await defer(session, name)
        await database.close()
    # One at a time, so that the steps are the same each time.
    await worker.run(settings, concurrency=1, wait=False, clock=clock)


def live(settings: Settings, asked: dict[str, Any]) -> int:
    """A worker's life; the number it ends with, unless it ends earlier."""
    os.dup2(2, 1)
    try:
        if asked["setup"]:
            found(asked["setup"])()
        stepper = Stepper(asked["told"], asked["at"], asked["when"])
        watch_jobs(frozenset(asked["jobs"]), asked["condition"])
        count_statements(stepper)
        leave_connecting_aside()
        count_calls(stepper)
        asyncio.run(work(settings, asked))
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    """Import everything once, then fork."""
    settings: Settings = pickle.loads(base64.b64decode(sys.stdin.buffer.readline()))
    logs.configure(settings)
    wiring.load_background()
    # Whoever looks for rubbish writes to every page that is shared with the forked ones.
    leave_alone_what_is_loaded()
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        for name in filter(None, (asked["setup"], asked["condition"])):
            # Imported here once, not by each worker.
            found(name)
        pid = os.fork()
        if pid == 0:
            os._exit(live(settings, asked))
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        print(code, flush=True)


if __name__ == "__main__":
    main()
