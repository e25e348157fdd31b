"""The operator sends a failed mail again, on its organization's behalf."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor, Permission
from app.kit.db.tenancy import acting_for
from app.kit.jobs import defer
from app.messages.errors import MailNotFailed
from app.messages.queries import mails as queries
from app.messages.states import MailState
from app.messages.usecases.queue_mail import SEND_MAIL


async def resend_for_operator(session: AsyncSession, actor: Actor, mail_id: UUID, *, note: str) -> None:
    """Queue the mail again, with all its tries and under the Message-ID it has. Raises `MailNotFailed` for any other.

    Its organization's audit log names the operator; the operator's own keeps the note. Nobody reads the mail for it.
    """
    actor.require(Permission.OPERATE)
    organization_id = await queries.queue_failed(session, mail_id)
    if organization_id is None:
        raise MailNotFailed()
    await defer(session, SEND_MAIL, organization_id=str(organization_id), mail_id=str(mail_id))
    await audit.record(session, actor, "mail.resend", "mail", mail_id, after={"note": note})
    async with acting_for(session, organization_id):
        await audit.record(
            session,
            replace(actor, organization_id=organization_id),
            "mail.resend",
            "mail",
            mail_id,
            before={"state": MailState.FAILED},
            after={"state": MailState.QUEUED},
        )
