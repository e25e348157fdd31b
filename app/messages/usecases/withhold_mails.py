"""Withhold mails that were written down and not yet sent: nobody is mailed of what happened long ago."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.dispatch import take_back
from app.messages.queries import mails as queries
from app.messages.usecases.queue_mail import SEND_MAIL


async def withhold_mails(session: AsyncSession, organization_id: UUID) -> int:
    """Suppress an organization's queued mails; how many. Call it under the `worker` role, acting for the organization."""
    withheld = await queries.suppress_queued(session, organization_id)
    if withheld:
        await take_back(session, SEND_MAIL, "mail_id", withheld)
    return len(withheld)
