"""Who may come near an open item: authenticate, find in scope (404), permit (403), in this order."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.finance.receivables import queries
from app.finance.receivables.models import OpenItem
from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.db.session import Session
from app.kit.errors import NotFound


@dataclass(frozen=True, slots=True)
class AtItem:
    """An actor at an open item, on one of its sides."""

    actor: Actor
    row: OpenItem


async def at_item(open_item_id: UUID, actor: CurrentActor, session: Session) -> AtItem:
    """Whoever issued or received it."""
    row = await queries.item(session, open_item_id)
    if row is None or actor.organization_id not in (row.issuer_id, row.recipient_id):
        raise NotFound()
    actor.require(Permission.READ)
    return AtItem(actor, row)


async def own_item(open_item_id: UUID, actor: CurrentActor, session: Session) -> AtItem:
    """Its issuer's people who may invoice. For the recipient the verb does not exist."""
    row = await queries.item(session, open_item_id)
    if row is None or row.issuer_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.INVOICE)
    return AtItem(actor, row)


SeenItem = Annotated[AtItem, Depends(at_item)]
OwnItem = Annotated[AtItem, Depends(own_item)]
