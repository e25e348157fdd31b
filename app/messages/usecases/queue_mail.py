"""Write mails down and defer their sending: both in the running transaction, or neither."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.jobs import defer
from app.messages.queries import mails as queries
from app.messages.queries.mails import Recipient
from app.parties.facade import PersonRef

SEND_MAIL = "messages.send_mail"


async def queue_mails(
    session: AsyncSession,
    *,
    organization_id: UUID,
    people: Sequence[PersonRef],
    notice: str,
    params: dict[str, Any],
    entity: tuple[str, UUID],
    event_id: UUID,
) -> None:
    """One mail to each of these people, in the language and time zone he reads in now."""
    recipients = [
        Recipient(
            address=person.email, name=person.name, locale=person.locale, time_zone=person.time_zone, id=person.id
        )
        for person in people
    ]
    await queue_mails_to(
        session,
        organization_id=organization_id,
        recipients=recipients,
        notice=notice,
        params=params,
        entity=entity,
        event_id=event_id,
    )


async def queue_mails_to(
    session: AsyncSession,
    *,
    organization_id: UUID,
    recipients: Sequence[Recipient],
    notice: str,
    params: dict[str, Any],
    entity: tuple[str, UUID],
    event_id: UUID,
) -> None:
    """The same for addresses, which may belong to nobody here yet. A mail of the same event is not written twice."""
    mail_ids = await queries.insert_mails(
        session,
        organization_id=organization_id,
        recipients=recipients,
        notice=notice,
        params=params,
        entity=entity,
        event_id=event_id,
    )
    for mail_id in mail_ids:
        await defer(session, SEND_MAIL, organization_id=str(organization_id), mail_id=str(mail_id))
