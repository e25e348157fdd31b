"""Withdraw a document of a shipment. It is never deleted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import NotFound
from app.kit.outbox import announce
from app.logistics import queries as shipments
from app.logistics.papers import queries
from app.logistics.papers.errors import PaperWithdrawn
from app.logistics.papers.events import ShipmentDocumentWithdrawn
from app.logistics.papers.models import ShipmentPaper
from app.logistics.papers.usecases.attach_paper import readers


async def withdraw_paper(
    session: AsyncSession, actor: Actor, paper_id: UUID, reason: str, *, now: datetime
) -> ShipmentPaper:
    """It stays in the list with the reason; its file is shown to nobody but its owner. Raises `NotFound`, `PaperWithdrawn`."""
    row = await queries.lock_paper(session, paper_id)
    shipment = await shipments.shipment(session, row.shipment_id) if row else None
    if row is None or shipment is None or row.owner_id != actor.organization_id:
        raise NotFound()
    if row.withdrawn_at is not None:
        raise PaperWithdrawn()
    row.withdrawn_at, row.withdrawn_because = now, reason
    row.version += 1
    await session.flush()
    legs = await shipments.carried_legs(session, row.shipment_id)
    event = ShipmentDocumentWithdrawn(
        shipment_document_id=row.id,
        shipment_id=row.shipment_id,
        shipper_id=row.shipper_id,
        type=row.type,
        audience=row.audience,
    )
    await announce(session, event, organizations=readers(row, shipment, legs))
    after = {"document": str(row.id), "reason": reason}
    await audit.record(session, actor, "shipment.detach", "shipment", row.shipment_id, after=after)
    return row
