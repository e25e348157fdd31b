"""Mails. Only the worker reads and writes them, for the organization in whose name they are sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, any_, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import new_id
from app.messages.models import Mail, NoticePreference
from app.messages.states import MailState


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a mail goes to; `id` is None for an address that belongs to nobody here yet."""

    address: str
    name: str
    locale: str
    time_zone: str
    id: UUID | None = None


async def muted(session: AsyncSession, organization_id: UUID, group: str) -> frozenset[UUID]:
    """The people who want no mails of this group."""
    statement = select(NoticePreference.person_id).where(
        NoticePreference.organization_id == organization_id, literal(group) == any_(NoticePreference.muted_groups)
    )
    return frozenset(await session.scalars(statement))


async def insert_mails(
    session: AsyncSession,
    *,
    organization_id: UUID,
    recipients: Sequence[Recipient],
    notice: str,
    params: dict[str, Any],
    entity: tuple[str, UUID],
    event_id: UUID,
) -> list[UUID]:
    """One queued mail per recipient who has none of this event and notice; the ids of the new ones."""
    if not recipients:
        return []
    statement = (
        insert(Mail)
        .values(
            [
                {
                    "id": new_id(),
                    "organization_id": organization_id,
                    "person_id": recipient.id,
                    "recipient": recipient.address,
                    "recipient_name": recipient.name,
                    "locale": recipient.locale,
                    "time_zone": recipient.time_zone,
                    "notice": notice,
                    "params": params,
                    "entity": entity[0],
                    "entity_id": entity[1],
                    "event_id": event_id,
                }
                for recipient in recipients
            ]
        )
        .on_conflict_do_nothing()
        .returning(Mail.id)
    )
    return list(await session.scalars(statement))


async def lock_unfinished(session: AsyncSession, mail_id: UUID) -> Mail | None:
    """A mail that is queued, or that a sender left behind; None when it is finished or another sender holds it."""
    statement = (
        select(Mail)
        .where(Mail.id == mail_id, Mail.state.in_((MailState.QUEUED, MailState.SENDING)))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).first()


async def settle_sent(session: AsyncSession, mail_id: UUID, *, now: datetime) -> None:
    """Write down that a mail on its way has gone out."""
    await session.execute(
        update(Mail)
        .where(Mail.id == mail_id, Mail.state == MailState.SENDING)
        .values(state=MailState.SENT, sent_at=now, last_error=None)
    )


async def lock_sending(session: AsyncSession, mail_id: UUID) -> Mail | None:
    """A mail on its way, to record how it went."""
    statement = (
        select(Mail)
        .where(Mail.id == mail_id, Mail.state == MailState.SENDING)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).first()


async def overdue(session: AsyncSession, *, before: datetime, limit: int) -> Sequence[Row[UUID, UUID]]:
    """(organization, mail) of unfinished mails whose next try should have begun long ago, of all organizations."""
    statement = (
        select(Mail.organization_id, Mail.id)
        .where(Mail.state.in_((MailState.QUEUED, MailState.SENDING)), Mail.next_attempt_at < before)
        .order_by(Mail.next_attempt_at)
        .limit(limit)
    )
    return (await session.execute(statement)).all()


async def delete_old(session: AsyncSession) -> int:
    """Delete what the policy `mails_forget` shows: mails that ended and are older than 90 days, of all organizations."""
    result = await session.execute(
        text(
            "DELETE FROM mails WHERE state IN ('sent', 'failed', 'suppressed') "
            "AND created_at < app_now() - interval '90 days'"
        )
    )
    return int(getattr(result, "rowcount", 0))


async def touch(session: AsyncSession, mail_id: UUID, *, before: datetime, now: datetime) -> bool:
    """Say that an overdue mail is seen to; False when somebody else did."""
    result = await session.execute(
        update(Mail)
        .where(
            Mail.id == mail_id,
            Mail.state.in_((MailState.QUEUED, MailState.SENDING)),
            Mail.next_attempt_at < before,
        )
        .values(next_attempt_at=now)
    )
    return bool(getattr(result, "rowcount", 0))


async def suppress_queued(session: AsyncSession, organization_id: UUID) -> list[UUID]:
    """Give up an organization's mails that nobody has begun to send; their ids."""
    statement = (
        update(Mail)
        .where(Mail.organization_id == organization_id, Mail.state == MailState.QUEUED)
        .values(state=MailState.SUPPRESSED)
        .returning(Mail.id)
        .execution_options(synchronize_session=False)
    )
    return list((await session.scalars(statement)).all())


async def queue_failed(session: AsyncSession, mail_id: UUID) -> UUID | None:
    """Queue a failed mail again, for the operator; its organization, or None when there is no such failed mail."""
    organization_id: UUID | None = await session.scalar(text("SELECT app_resend_failed_mail(:id)"), {"id": mail_id})
    return organization_id
