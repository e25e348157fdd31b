"""Background work: following events, and picking up what dead workers left."""

from datetime import timedelta
from uuid import UUID

from app.finance.provider import queries
from app.finance.provider.usecases import follow_event as following
from app.finance.provider.usecases.receive_event import FOLLOW_EVENT
from app.kit.db.engine import Role
from app.kit.jobs import Runtime, defer, job

# Longer than tries are apart.
FORGOTTEN_AFTER = timedelta(hours=2)
SWEPT_AT_ONCE = 500


@job(FOLLOW_EVENT, queue="incoming")
async def follow_provider_event(runtime: Runtime, *, event_id: str) -> None:
    """One try to follow an event."""
    await following.follow_event(runtime, UUID(event_id))


@job("finance.sweep_provider_events", cron="*/15 * * * *")
async def sweep_provider_events(runtime: Runtime) -> None:
    """Give what has waited for long a new job: its own was lost with its worker, or the provider was silent for long."""
    now = runtime.clock.now()
    async with runtime.database.transaction(Role.WORKER) as session:
        for event_id in await queries.overdue(session, before=now - FORGOTTEN_AFTER, most=SWEPT_AT_ONCE):
            await queries.touch(session, event_id, now=now)
            await defer(session, FOLLOW_EVENT, event_id=str(event_id))


@job("finance.forget_provider_events", cron="53 3 * * *")
async def forget_provider_events(runtime: Runtime) -> None:
    """Delete events that ended and came more than 90 days ago."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await queries.delete_old(session)
