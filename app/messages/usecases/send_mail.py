"""Send one mail: claim it, hand it over with no transaction open, record how it went. At least once, under one Message-ID."""

import random
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.gateways.errors import GatewayError
from app.gateways.mail import Mailer, MailLoginRefused, OutgoingMail
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, defer
from app.messages.links import PREFERENCES_PATH, link_of
from app.messages.models import Mail
from app.messages.queries import mails as queries
from app.messages.registry import NOTICES
from app.messages.rendering import Letter, render_mail, render_notice
from app.messages.rules import MAIL_DELAYS, delay_after
from app.messages.states import ALWAYS_MAILED, MailState
from app.messages.usecases.queue_mail import SEND_MAIL
from app.parties import facade as parties
from app.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that this job sends, as it stood when it was claimed."""

    mail: Mail
    message_id: str
    organization: str


async def send_mail(runtime: Runtime, *, organization_id: UUID, mail_id: UUID) -> None:
    """One try. A try that failed for now defers the next one."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, organization_id)
        claimed = await claim(session, runtime.settings, mail_id, now=runtime.clock.now())
    if claimed is None:
        return
    mailer: Mailer = runtime.gateways["mailer"]
    error: str | None = None
    final = False
    try:
        await mailer.send(compose(runtime.settings, claimed))
    except GatewayError as failure:
        # A login that the relay refuses is the operator's to put right; meanwhile no mail is given up.
        error, final = failure.code, not (failure.retryable or isinstance(failure, MailLoginRefused))
    except (LookupError, ValueError) as failure:
        # A notice that cannot be written any more will not be writable later either.
        error, final = "mail_unwritable", True
        log.error("mail_unwritable", notice=claimed.mail.notice, mail_id=str(mail_id), reason=type(failure).__name__)
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, organization_id)
        await record(session, mail_id, error=error, final=final, now=runtime.clock.now())


async def claim(session: AsyncSession, settings: Settings, mail_id: UUID, *, now: datetime) -> Claimed | None:
    """Take a mail that is queued, or that a dead sender left behind; None when there is nothing to send."""
    mail = await queries.lock_unfinished(session, mail_id)
    if mail is None:
        return None
    if mail.state == MailState.QUEUED and not await _still_wanted(session, mail, now):
        mail.state = MailState.SUPPRESSED
        return None
    if mail.attempts > len(MAIL_DELAYS):
        mail.state, mail.last_error = MailState.FAILED, "sender_died"
        return None
    message_id = mail.message_id or f"<{mail.id}@{_domain(settings)}>"
    mail.message_id = message_id
    mail.state = MailState.SENDING
    mail.attempts += 1
    mail.next_attempt_at = now
    organization = (await parties.organizations(session, [mail.organization_id]))[mail.organization_id]
    return Claimed(mail, message_id, organization.legal_name_local)


async def _still_wanted(session: AsyncSession, mail: Mail, now: datetime) -> bool:
    """An invitation may have been withdrawn since, and a person may have left or switched this kind of mail off."""
    notice = NOTICES.get(mail.notice)
    if notice is not None and notice.link == "invitation":
        invitation = await parties.invitation(session, mail.entity_id, now=now)
        return invitation is not None and invitation.open
    if notice is None or notice.group in ALWAYS_MAILED:
        return True
    if mail.person_id is not None and not await parties.belongs(session, mail.organization_id, mail.person_id):
        return False
    return mail.person_id not in await queries.muted(session, mail.organization_id, notice.group)


def compose(settings: Settings, claimed: Claimed) -> OutgoingMail:
    """The whole mail in the recipient's language."""
    mail = claimed.mail
    notice = NOTICES[mail.notice]
    params: dict[str, Any] = mail.params
    rendered = render_notice(notice, params, mail.locale, mail.time_zone)
    preferences = settings.public_url + PREFERENCES_PATH if mail.person_id else None
    always = notice.group in ALWAYS_MAILED and mail.person_id is not None
    letter = Letter(
        greeting_name=mail.recipient_name,
        organization=claimed.organization,
        link=link_of(settings, notice, params, mail.entity_id),
        preferences_link=preferences,
        always_sent=always,
    )
    text, html = render_mail(rendered, letter, mail.locale)
    headers = {"X-Entity-Ref-ID": str(mail.event_id)}
    if preferences and not always:
        headers["List-Unsubscribe"] = f"<{preferences}>"
    return OutgoingMail(
        message_id=claimed.message_id,
        to=mail.recipient,
        subject=rendered.subject,
        text=text,
        html=html,
        locale=mail.locale,
        headers=headers,
    )


async def record(session: AsyncSession, mail_id: UUID, *, error: str | None, final: bool, now: datetime) -> None:
    """Write down how a try went; after a failed one, when the next one begins."""
    if error is None:
        await queries.settle_sent(session, mail_id, now=now)
        return
    mail = await queries.lock_sending(session, mail_id)
    if mail is None:
        return
    mail.last_error = error
    delay = None if final else delay_after(MAIL_DELAYS, mail.attempts, jitter=random.random())  # noqa: S311
    if delay is None:
        mail.state = MailState.FAILED
        log.warning("mail_failed", mail_id=str(mail.id), notice=mail.notice, error=error, attempts=mail.attempts)
        return
    mail.state, mail.next_attempt_at = MailState.QUEUED, now + delay
    await session.flush()
    await defer(
        session,
        SEND_MAIL,
        at=mail.next_attempt_at,
        organization_id=str(mail.organization_id),
        mail_id=str(mail.id),
    )


def _domain(settings: Settings) -> str:
    """The domain of our own sender address: the right-hand side of Message-IDs."""
    return parseaddr(settings.mail_from)[1].rpartition("@")[2] or "localhost"
