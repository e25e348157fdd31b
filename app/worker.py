"""The job worker: runs what requests deferred, reactions to events, and the periodic work."""

import asyncio

import procrastinate
import structlog
from sqlalchemy import text

from app import wiring
from app.kit import logs
from app.kit.clock import Clock
from app.kit.db.engine import Database, Role, role_url
from app.kit.dispatch import HEARTBEAT_SECONDS, MISSED_AFTER_SECONDS, rescue
from app.kit.jobs import Runtime, jobs
from app.settings import Settings, get_settings

log = structlog.get_logger(__name__)


def connector(settings: Settings) -> procrastinate.PsycopgConnector:
    """procrastinate's own pool, under the `worker` role."""
    url = role_url(settings, Role.WORKER).set(drivername="postgresql")
    return procrastinate.PsycopgConnector(conninfo=url.render_as_string(hide_password=False), min_size=2, max_size=8)


async def run(settings: Settings, *, concurrency: int = 4, wait: bool = True, clock: Clock | None = None) -> None:
    """Work until stopped (or, with `wait=False`, until no job is due)."""
    wiring.load_background()
    database = Database(settings)
    runtime = Runtime(settings, database, clock or Clock(), wiring.gateways(settings))
    try:
        with jobs.replace_connector(connector(settings)) as app:
            async with app.open_async():
                await rescue()
                while True:
                    await app.run_worker_async(
                        concurrency=concurrency,
                        wait=wait,
                        install_signal_handlers=wait,
                        listen_notify=wait,
                        delete_jobs=procrastinate.jobs.DeleteJobCondition.SUCCESSFUL,
                        additional_context={"runtime": runtime},
                        update_heartbeat_interval=HEARTBEAT_SECONDS,
                        stalled_worker_timeout=MISSED_AFTER_SECONDS,
                        shutdown_graceful_timeout=20,
                    )
                    # A job that ended last may have deferred others after the worker looked for the last time.
                    if wait or not await _due_jobs(database):
                        break
    finally:
        await database.close()


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
    asyncio.run(run(settings, concurrency=concurrency))
