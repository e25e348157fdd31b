"""Who may come near an incident: authenticate, find in scope (404), permit (403)."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.db.session import Session
from app.kit.errors import NotFound
from app.logistics.cases import queries
from app.logistics.cases.models import ShipmentIncident
from app.logistics.guards import require_shipper


@dataclass(frozen=True, slots=True)
class AtIncident:
    """An actor at an incident that he may see."""

    actor: Actor
    row: ShipmentIncident


async def at_incident(incident_id: UUID, actor: CurrentActor, session: Session) -> AtIncident:
    """Shipper, consignee, and the carriers that it has to do with."""
    row = await queries.incident(session, incident_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return AtIncident(actor, row)


SeenIncident = Annotated[AtIncident, Depends(at_incident)]


async def speaking(at: SeenIncident) -> AtIncident:
    """Those of their people who send, receive or carry goods."""
    require_shipper(at.actor)
    return at


async def owning(at: SeenIncident) -> AtIncident:
    """Who has to act. For others the verb does not exist."""
    if at.actor.organization_id != at.row.owner_id:
        raise NotFound()
    return await speaking(at)


async def steering(at: SeenIncident) -> AtIncident:
    """Who has to act, and the shipper, whose shipment it is."""
    if at.actor.organization_id not in (at.row.owner_id, at.row.shipper_id):
        raise NotFound()
    return await speaking(at)


async def complaining(at: SeenIncident) -> AtIncident:
    """Who opened it, and the shipper."""
    if at.actor.organization_id not in (at.row.opened_by, at.row.shipper_id):
        raise NotFound()
    return await speaking(at)


SpeakingParty = Annotated[AtIncident, Depends(speaking)]
IncidentOwner = Annotated[AtIncident, Depends(owning)]
IncidentSteerer = Annotated[AtIncident, Depends(steering)]
Complainant = Annotated[AtIncident, Depends(complaining)]
