"""Who may see what differs: the operator's people."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.finance.reconciliation import difference_queries
from app.finance.reconciliation.models import ReconciliationDifference
from app.kit.actor import Actor, Permission, permitted
from app.kit.db.session import Session
from app.kit.errors import NotFound

Operator = Annotated[Actor, Depends(permitted(Permission.OPERATE))]


async def seen_difference(difference_id: UUID, actor: Operator, session: Session) -> ReconciliationDifference:
    """One difference."""
    row = await difference_queries.difference(session, difference_id)
    if row is None:
        raise NotFound()
    return row


SeenDifference = Annotated[ReconciliationDifference, Depends(seen_difference)]
