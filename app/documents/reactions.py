"""What the room does on others' news."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import queries
from app.documents.usecases.show_certificate import CERTIFICATE
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.parties.events import CertificateRemoved


@reaction(CertificateRemoved, name="documents.hide_certificate_file")
async def hide_certificate_file(session: AsyncSession, told: Told) -> None:
    """A certificate that is no longer on its holder's page has no file for everybody."""
    event: CertificateRemoved = told.event
    async with acting_for(session, event.organization_id):
        await queries.set_published(session, (CERTIFICATE, event.certificate_id), published=False)
