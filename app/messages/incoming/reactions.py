"""Tell those who manage webhooks that messages are refused."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.messages.incoming import queries
from app.messages.incoming.events import IncomingRefused
from app.messages.usecases.notify import notify


@reaction(IncomingRefused, name="messages.tell_incoming_refused")
async def tell_incoming_refused(session: AsyncSession, told: Told) -> None:
    """Those who manage the organization's webhooks."""
    event: IncomingRefused = told.event
    async with acting_for(session, event.organization_id):
        source = await queries.source(session, event.organization_id, event.source_id)
        if source is None:
            return
        await notify(
            session,
            organization_id=event.organization_id,
            permission=Permission.WEBHOOKS_MANAGE,
            notice="messages.incoming_refused",
            params={"source": source.name, "type": event.message_type, "source_id": source.id},
            entity=("webhook_source", source.id),
            dedupe=told.id,
        )
