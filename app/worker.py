"""The job worker: runs what requests deferred, reactions to events, and the periodic work."""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import procrastinate
import structlog
import uvloop
from procrastinate import signals
from sqlalchemy import text

from app import wiring
from app.kit import logs
from app.kit.clock import Clock
from app.kit.db.engine import Database, Role, role_url
from app.kit.dispatch import HEARTBEAT_SECONDS, MISSED_AFTER_SECONDS, rescue
from app.kit.jobs import Runtime, jobs
from app.kit.rubbish import leave_alone_what_is_loaded
from app.settings import Settings, get_settings

log = structlog.get_logger(__name__)

# Jobs that wait for others' machines, or that work for minutes, run beside the rest, each kind with places of its own: a
# receiver of webhooks that takes its time holds up neither a mail nor a reaction, and neither does a supplier's whole list.
# Pictures take long as well, and so do load plans and the judges of invoices. What partners' systems send comes when they like,
# and as much as they like.
SLOW_QUEUES: tuple[tuple[str, ...], ...] = (
    ("webhooks",),
    ("mail", "translation"),
    ("fetches",),
    ("pictures",),
    ("imports",),
    ("solving",),
    ("incoming",),
    ("invoices",),
)

# Reading a list or a batch of events is work for a processor, not for a waiting place: two at a time leave the others theirs.
# A search for a load plan keeps a processor busy for as long as it may.
PLACES: dict[tuple[str, ...], int] = {("imports",): 2, ("solving",): 1, ("incoming",): 2}


def connector(settings: Settings, most: int) -> procrastinate.PsycopgConnector:
    """procrastinate's own pool of at most so many connections, under the `worker` role."""
    url = role_url(settings, Role.WORKER).set(drivername="postgresql")
    return procrastinate.PsycopgConnector(conninfo=url.render_as_string(hide_password=False), min_size=1, max_size=most)


async def run(
    settings: Settings,
    *,
    concurrency: int = 4,
    wait: bool = True,
    in_one_lane: bool = False,
    clock: Clock | None = None,
    database: Database | None = None,
) -> None:
    """Work until stopped, on `concurrency` jobs of a lane at the same time.

    With `wait=False`: until no job is due; periodic work is then left to workers that stay. `in_one_lane` spares the questions
    of eight where nobody minds who holds up whom. A given `database` is left open.
    """
    wiring.load_background()
    given, database = database, database or Database(settings)
    clock = clock or Clock()
    runtime = Runtime(settings, database, clock, wiring.gateways(settings, clock))
    if wait:
        leave_alone_what_is_loaded()
    try:
        # Who works off a queue and goes is gone before more connections would have paid.
        with jobs.replace_connector(connector(settings, 12 if wait else 2)) as app:
            async with app.open_async():
                await rescue()
                lanes = _lanes(app)
                if in_one_lane:
                    lanes = [tuple(queue for lane in lanes for queue in lane)]
                while True:
                    await _run_lanes(app, lanes, concurrency=concurrency, wait=wait, runtime=runtime)
                    # A job that ended last may have deferred others after the worker looked for the last time.
                    if wait or not await _due_jobs(database):
                        break
    finally:
        await wiring.close_gateways(runtime.gateways)
        if given is None:
            await database.close()


def _lanes(app: procrastinate.App) -> list[tuple[str, ...]]:
    """Every queue once: the slow ones by themselves, the rest together."""
    slow = {queue for lane in SLOW_QUEUES for queue in lane}
    return [*SLOW_QUEUES, tuple(sorted({task.queue for task in app.tasks.values()} - slow))]


def _without_periodic_work(app: procrastinate.App) -> procrastinate.App:
    """The same tasks on the same connections, but no clock that defers any of them.

    Every worker of procrastinate keeps such a clock. One for all lanes is enough, and stopping it in the middle of a
    statement costs a second.
    """
    quiet = procrastinate.App(connector=app.connector)
    quiet.tasks = app.tasks
    return quiet


async def _run_lanes(
    app: procrastinate.App, lanes: Sequence[tuple[str, ...]], *, concurrency: int, wait: bool, runtime: Runtime
) -> None:
    """One worker a lane. A signal stops them all, and so does the end of one that was to go on.

    The last lane, which does most of the periodic work, is the one that begins it.
    """
    options: dict[str, Any] = {
        "wait": wait,
        "install_signal_handlers": False,
        "listen_notify": wait,
        "delete_jobs": procrastinate.jobs.DeleteJobCondition.SUCCESSFUL,
        "additional_context": {"runtime": runtime},
        "update_heartbeat_interval": HEARTBEAT_SECONDS,
        "stalled_worker_timeout": MISSED_AFTER_SECONDS,
        "shutdown_graceful_timeout": 20,
    }
    quiet = _without_periodic_work(app)
    workers = [
        asyncio.create_task(
            (app if wait and lane == lanes[-1] else quiet).run_worker_async(
                queues=list(lane),
                name="+".join(lane),
                concurrency=min(concurrency, PLACES.get(lane, concurrency)),
                **options,
            )
        )
        for lane in lanes
    ]
    stopping = False

    def stop() -> None:
        # The first cancellation lets a worker end its jobs; a second one would not.
        nonlocal stopping
        if not stopping:
            stopping = True
            for worker in workers:
                worker.cancel()

    with signals.on_stop(stop) if wait else nullcontext():
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED if wait else asyncio.FIRST_EXCEPTION)
        finally:
            stop()
            ended = await asyncio.gather(*workers, return_exceptions=True)
    for outcome in ended:
        if isinstance(outcome, Exception):
            raise outcome


async def _due_jobs(database: Database) -> bool:
    """Whether a job waits that may run now."""
    async with database.transaction(Role.WORKER, readonly=True) as session:
        return bool(
            await session.scalar(
                text(
                    "SELECT EXISTS (SELECT 1 FROM procrastinate_jobs "
                    "WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()))"
                )
            )
        )


def main(concurrency: int = 4) -> None:
    """Run the worker in this process until SIGTERM or Ctrl-C."""
    settings = get_settings()
    logs.configure(settings)
    uvloop.run(run(settings, concurrency=concurrency))
