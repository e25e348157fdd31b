"""Background work: handling what came in, and picking up what dead workers left."""

from datetime import timedelta
from uuid import UUID

from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.jobs import Runtime, job
from app.messages.incoming import queries
from app.messages.incoming.usecases import take_message as taking
from app.messages.incoming.usecases.receive_message import TAKE_MESSAGE, defer_first_try

# Longer than any try takes. What is due for so long has lost its job.
FORGOTTEN_AFTER = timedelta(minutes=10)
SWEPT_AT_ONCE = 500


@job(TAKE_MESSAGE, queue="incoming")
async def take_message(runtime: Runtime, *, organization_id: str, message_id: str) -> None:
    """One try to handle a message."""
    await taking.take_message(runtime, organization_id=UUID(organization_id), message_id=UUID(message_id))


@job("messages.forget_incoming", cron="47 3 * * *")
async def forget_incoming(runtime: Runtime) -> None:
    """Delete messages that ended and came more than 90 days ago."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await queries.delete_old(session)


@job("messages.sweep_incoming", cron="*/5 * * * *")
async def sweep_incoming(runtime: Runtime) -> None:
    """Give what has waited for long a new job, behind the others of its source: its own was lost with its worker."""
    now = runtime.clock.now()
    before = now - FORGOTTEN_AFTER
    async with runtime.database.transaction(Role.WORKER) as session:
        for row in await queries.overdue(session, before=before, limit=SWEPT_AT_ONCE):
            async with acting_for(session, row.organization_id):
                if await queries.touch(session, row.id, before=before, now=now):
                    await defer_first_try(session, row.organization_id, row.source_id, row.id)
