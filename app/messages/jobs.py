"""Background work of the room: sending, and picking up what dead senders left."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for, acting_for
from app.kit.jobs import Runtime, defer, job
from app.messages.queries import mails, webhooks
from app.messages.usecases import deliver_event as delivering
from app.messages.usecases import replay_events as replaying
from app.messages.usecases import send_mail as mailing
from app.messages.usecases.queue_mail import SEND_MAIL

log = structlog.get_logger(__name__)

# Longer than any try takes. What is due for so long has lost its job.
FORGOTTEN_AFTER = timedelta(minutes=10)
SWEPT_AT_ONCE = 500


@job(SEND_MAIL, queue="mail")
async def send_mail(runtime: Runtime, *, organization_id: str, mail_id: str) -> None:
    """One try to send a mail."""
    await mailing.send_mail(runtime, organization_id=UUID(organization_id), mail_id=UUID(mail_id))


@job(delivering.DELIVER_EVENT, queue="webhooks")
async def deliver_event(runtime: Runtime, *, organization_id: str, delivery_id: str) -> None:
    """One try to deliver an event."""
    await delivering.deliver_event(runtime, organization_id=UUID(organization_id), delivery_id=UUID(delivery_id))


@job(replaying.REPLAY_EVENTS)
async def replay_events(
    runtime: Runtime,
    *,
    organization_id: str,
    endpoint_id: str,
    begins_at: str,
    ends_at: str,
    only_failed: bool,
    after: str | None = None,
) -> None:
    """Make one batch of past events wait for delivery again; defers the next batch."""
    span = replaying.Span(
        organization_id=UUID(organization_id),
        endpoint_id=UUID(endpoint_id),
        begins_at=datetime.fromisoformat(begins_at),
        ends_at=datetime.fromisoformat(ends_at),
        only_failed=only_failed,
    )
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, span.organization_id)
        await replaying.replay_batch(session, span, after=UUID(after) if after else None, now=runtime.clock.now())


@job("messages.forget_mails", cron="41 3 * * *")
async def forget_mails(runtime: Runtime) -> None:
    """Delete mails that ended long ago, with the addresses in them. Notifications stay."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await mails.delete_old(session)


@job("messages.sweep", cron="*/5 * * * *")
async def sweep(runtime: Runtime) -> None:
    """Give what has been due for long a new job: its own was lost with its worker."""
    now = runtime.clock.now()
    before = now - FORGOTTEN_AFTER
    async with runtime.database.transaction(Role.WORKER) as session:
        for organization_id, mail_id in await mails.overdue(session, before=before, limit=SWEPT_AT_ONCE):
            async with acting_for(session, organization_id):
                if await mails.touch(session, mail_id, before=before, now=now):
                    await defer(session, SEND_MAIL, organization_id=str(organization_id), mail_id=str(mail_id))
        for organization_id, delivery_id in await webhooks.overdue(session, before=before, limit=SWEPT_AT_ONCE):
            async with acting_for(session, organization_id):
                if await webhooks.touch(session, delivery_id, before=before, now=now):
                    await defer(
                        session,
                        delivering.DELIVER_EVENT,
                        organization_id=str(organization_id),
                        delivery_id=str(delivery_id),
                    )
