"""Who may come near a credit line: authenticate, find in scope (404), permit (403), in this order."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.finance.credit import queries
from app.finance.credit.models import CreditLine
from app.kit.actor import Actor, CurrentActor, Permission, permitted
from app.kit.db.session import Session
from app.kit.errors import NotFound

Grantor = Annotated[Actor, Depends(permitted(Permission.INVOICE))]


@dataclass(frozen=True, slots=True)
class AtLine:
    """An actor at a credit line, on one of its sides."""

    actor: Actor
    row: CreditLine


async def at_line(credit_line_id: UUID, actor: CurrentActor, session: Session) -> AtLine:
    """Whoever grants it or is granted it."""
    row = await queries.line(session, credit_line_id)
    if row is None or actor.organization_id not in (row.supplier_id, row.buyer_id):
        raise NotFound()
    actor.require(Permission.READ)
    return AtLine(actor, row)


async def own_line(credit_line_id: UUID, actor: CurrentActor, session: Session) -> AtLine:
    """Its supplier's people who may invoice. For the buyer the verb does not exist."""
    row = await queries.line(session, credit_line_id)
    if row is None or row.supplier_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.INVOICE)
    return AtLine(actor, row)


SeenLine = Annotated[AtLine, Depends(at_line)]
OwnLine = Annotated[AtLine, Depends(own_line)]
