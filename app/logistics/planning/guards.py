"""Who may come near a load plan: authenticate, find in scope (404), permit (403)."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.db.session import Session
from app.kit.errors import NotFound
from app.logistics.guards import require_shipper
from app.logistics.planning import queries
from app.logistics.planning.models import LoadPlan


async def seen_load_plan(load_plan_id: UUID, actor: CurrentActor, session: Session) -> LoadPlan:
    """Who asked for it; once it is done, also who receives the shipment and who carries it."""
    row = await queries.load_plan(session, load_plan_id, whole=True)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def own_load_plan(load_plan_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """The people of who asked for it, as far as they may send goods. For others the verbs do not exist."""
    row = await queries.load_plan(session, load_plan_id)
    if row is None or row.owner_id != actor.organization_id:
        raise NotFound()
    require_shipper(actor)
    return actor


SeenLoadPlan = Annotated[LoadPlan, Depends(seen_load_plan)]
LoadPlanOwner = Annotated[Actor, Depends(own_load_plan)]
