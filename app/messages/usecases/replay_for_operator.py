"""The operator sends an ended webhook delivery again, on its organization's behalf."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor, Permission
from app.kit.db.tenancy import acting_for
from app.kit.errors import NotFound
from app.messages.models import WebhookDelivery
from app.messages.queries import webhooks as queries
from app.messages.usecases.replay_events import replay_delivery


async def replay_for_operator(
    session: AsyncSession, actor: Actor, delivery_id: UUID, *, note: str, now: datetime
) -> None:
    """Make the delivery wait again. Its organization's audit log names the operator; the operator's own keeps the note."""
    actor.require(Permission.OPERATE)
    known = (
        await session.execute(
            select(WebhookDelivery.organization_id, WebhookDelivery.endpoint_id).where(
                WebhookDelivery.id == delivery_id
            )
        )
    ).first()
    if known is None:
        raise NotFound()
    organization_id, endpoint_id = known
    await audit.record(session, actor, "webhook_delivery.replay", "webhook_delivery", delivery_id, after={"note": note})
    async with acting_for(session, organization_id):
        endpoint = await queries.endpoint(session, organization_id, endpoint_id)
        delivery = await queries.lock_delivery(session, organization_id, endpoint_id, delivery_id)
        if endpoint is None or delivery is None:
            raise NotFound()
        await replay_delivery(session, replace(actor, organization_id=organization_id), endpoint, delivery, now=now)
