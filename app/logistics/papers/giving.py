"""Files are opened because of a shipment only by who has to do with it at that moment."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents.facade import register_giver
from app.logistics.papers import queries


@register_giver("shipment")
async def given_with_shipment(session: AsyncSession, document_id: UUID) -> bool:
    """Whether the acting organization is shown the file with one of its shipments."""
    return await queries.is_given(session, document_id)
