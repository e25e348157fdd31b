"""Background work by procrastinate: a job is deferred on the session's own connection, so it commits with the data.

A job that calls out is two transactions: claim, call with none open, record. It is given the `Runtime`, not a session.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import procrastinate
from procrastinate import JobContext, RetryStrategy
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import Clock
from app.kit.context import set_trace
from app.kit.db.engine import Database
from app.settings import Settings

ATTEMPTS = 12

jobs = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=""))
"""The one registry of tasks. The worker replaces its connector; requests defer on their own connection."""


@dataclass
class Runtime:
    """What a job needs beside its arguments."""

    settings: Settings
    database: Database
    clock: Clock
    gateways: dict[str, Any] = field(default_factory=dict)


Handler = Callable[..., Awaitable[None]]


def backoff(attempts: int = ATTEMPTS) -> RetryStrategy:
    """Retry after 2, 4, 8 … seconds, at most an hour apart."""
    return RetryStrategy(max_attempts=attempts, exponential_wait=2)


def job(
    name: str, *, queue: str = "default", retry: RetryStrategy | None = None, cron: str | None = None
) -> Callable[[Handler], Handler]:
    """Register `async def handler(runtime, **arguments)` as the job `name`; `cron` makes it periodic (UTC)."""

    def register(handler: Handler) -> Handler:
        async def run(context: JobContext, /, **arguments: Any) -> None:
            arguments.pop("timestamp", None)
            set_trace(f"job-{context.job.id}")
            runtime: Runtime = context.additional_context["runtime"]
            await handler(runtime, **arguments)

        task = jobs.task(name=name, queue=queue, retry=retry or backoff(), pass_context=True)(run)
        if cron:
            jobs.periodic(cron=cron)(task)  # type: ignore[arg-type]
        return handler

    return register


async def defer(
    session: AsyncSession,
    name: str,
    *,
    queueing_lock: str | None = None,
    lock: str | None = None,
    at: datetime | None = None,
    **arguments: Any,
) -> None:
    """Save a job in the running transaction. It exists if and only if the transaction commits.

    A job with the `queueing_lock` of one that still waits raises `procrastinate.exceptions.AlreadyEnqueued`.
    """
    connection = (await (await session.connection()).get_raw_connection()).driver_connection
    options: dict[str, Any] = {"connection": connection}
    if queueing_lock:
        options["queueing_lock"] = queueing_lock
    if lock:
        options["lock"] = lock
    if at:
        options["schedule_at"] = at
    await jobs.configure_task(name, allow_unknown=False, **options).defer_async(**arguments)
