"""Who may come near a reorder rule: its organization (404), those who move stock (403)."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.db.session import Session
from app.kit.errors import NotFound
from app.warehousing.watching import queries
from app.warehousing.watching.models import ReorderRule


async def own_rule(reorder_rule_id: UUID, actor: CurrentActor, session: Session) -> ReorderRule:
    """A rule of the actor's organization."""
    row = await queries.rule(session, actor.organization_id, reorder_rule_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def rule_keeper(reorder_rule_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """The same for those who may change it."""
    await own_rule(reorder_rule_id, actor, session)
    actor.require(Permission.STOCK)
    return actor


OwnRule = Annotated[ReorderRule, Depends(own_rule)]
RuleKeeper = Annotated[Actor, Depends(rule_keeper)]
