"""What follows from news of documents: those learn of it, too, whom the one who attached a document does not know."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, announce, reaction
from app.logistics import queries as shipments
from app.logistics.papers import queries
from app.logistics.papers.events import ShipmentDocumentAttached, ShipmentDocumentWithdrawn
from app.logistics.papers.usecases.attach_paper import readers


@reaction(ShipmentDocumentAttached, ShipmentDocumentWithdrawn, name="logistics.pass_on_document")
async def pass_on_document(session: AsyncSession, told: Told) -> None:
    """Announce it to the partners of other legs. A document that was withdrawn meanwhile is not announced as attached."""
    event: ShipmentDocumentAttached | ShipmentDocumentWithdrawn = told.event
    # What was passed on is not addressed to the shipper, and is passed on no further.
    if event.shipper_id not in told.organization_ids:
        return
    async with acting_for(session, event.shipper_id):
        row = await queries.paper(session, event.shipment_document_id)
        shipment = await shipments.shipment(session, event.shipment_id)
        if row is None or shipment is None:
            return
        if isinstance(event, ShipmentDocumentAttached) and row.withdrawn_at is not None:
            return
        legs = await shipments.carried_legs(session, shipment.id)
        others = [one for one in readers(row, shipment, legs) if one not in told.organization_ids]
        if others:
            await announce(session, event, organizations=others)
