"""Who may pass: managers of webhooks, to their organization's sources."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.db.session import SAFE_METHODS, Session
from app.kit.errors import NotFound
from app.messages.incoming import queries
from app.messages.incoming.models import WebhookSource


@dataclass(frozen=True, slots=True)
class ManagedSource:
    """A source of the actor's organization; locked when the request changes something."""

    actor: Actor
    source: WebhookSource


async def managed_source(request: Request, source_id: UUID, actor: CurrentActor, session: Session) -> ManagedSource:
    """404 before 403: whoever does not belong to the organization must not learn that the source exists."""
    find = queries.source if request.method in SAFE_METHODS else queries.lock_source
    source = await find(session, actor.organization_id, source_id)
    if source is None:
        raise NotFound()
    actor.require(Permission.WEBHOOKS_MANAGE)
    return ManagedSource(actor, source)


Managed = Annotated[ManagedSource, Depends(managed_source)]
