"""Who may come near documents of a shipment: authenticate, find in scope (404), permit (403)."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.db.session import Session
from app.kit.errors import NotFound
from app.logistics.guards import AtShipment, PartyOfShipment, require_shipper
from app.logistics.papers import queries
from app.logistics.papers.models import ShipmentPaper


async def attaching(at: PartyOfShipment) -> AtShipment:
    """Who sends or carries it. For its consignee the verb does not exist."""
    if at.actor.organization_id == at.row.consignee_id:
        raise NotFound()
    require_shipper(at.actor)
    return at


async def seen_paper(shipment_document_id: UUID, actor: CurrentActor, session: Session) -> ShipmentPaper:
    """Whoever it is for."""
    row = await queries.paper(session, shipment_document_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def own_paper(shipment_document_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """Whoever attached it."""
    row = await queries.paper(session, shipment_document_id)
    if row is None or row.owner_id != actor.organization_id:
        raise NotFound()
    require_shipper(actor)
    return actor


AttachingParty = Annotated[AtShipment, Depends(attaching)]
SeenPaper = Annotated[ShipmentPaper, Depends(seen_paper)]
PaperOwner = Annotated[Actor, Depends(own_paper)]
