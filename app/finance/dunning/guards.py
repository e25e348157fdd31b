"""Who may come near a letter: authenticate, find in scope (404), permit (403), in this order."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.finance.dunning import queries
from app.finance.dunning.models import DunningNotice
from app.kit.actor import Actor, CurrentActor, Permission, permitted
from app.kit.db.session import Session
from app.kit.errors import NotFound

Invoicer = Annotated[Actor, Depends(permitted(Permission.INVOICE))]


def seen(row: DunningNotice | None, actor: Actor) -> DunningNotice:
    """Whoever wrote or received it."""
    if row is None or actor.organization_id not in (row.issuer_id, row.recipient_id):
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def at_notice(dunning_notice_id: UUID, actor: CurrentActor, session: Session) -> DunningNotice:
    """One letter, for its two sides."""
    return seen(await queries.notice(session, dunning_notice_id), actor)


SeenNotice = Annotated[DunningNotice, Depends(at_notice)]
