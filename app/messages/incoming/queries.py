"""All the SQL on sources and on what came from them, locks included."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.messages.incoming.models import IncomingMessage, WebhookSource
from app.messages.incoming.states import MessageState


def sources_of(organization_id: UUID) -> Select[WebhookSource]:
    """The organization's sources, revoked ones too."""
    return select(WebhookSource).where(WebhookSource.organization_id == organization_id)


async def source(session: AsyncSession, organization_id: UUID, source_id: UUID) -> WebhookSource | None:
    """One source."""
    return (await session.scalars(sources_of(organization_id).where(WebhookSource.id == source_id))).first()


async def lock_source(session: AsyncSession, organization_id: UUID, source_id: UUID) -> WebhookSource | None:
    """One source, locked."""
    statement = sources_of(organization_id).where(WebhookSource.id == source_id).with_for_update(key_share=True)
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


async def organization_of_source(session: AsyncSession, source_id: UUID) -> UUID | None:
    """Which organization a source belongs to."""
    return await session.scalar(select(func.app_organization_of_webhook_source(source_id)))


async def hold_sources(session: AsyncSession, organization_id: UUID) -> None:
    """Let nobody else make a source of the organization until this transaction ends, so that they can be counted."""
    await session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"webhook sources of {organization_id}", 7)))
    )


async def count_live_sources(session: AsyncSession, organization_id: UUID) -> int:
    """How many sources the organization has that are not revoked."""
    statement = sources_of(organization_id).where(WebhookSource.revoked_at.is_(None))
    return int(await session.scalar(statement.with_only_columns(func.count())) or 0)


async def note_refusal_told(session: AsyncSession, source_id: UUID, *, now: datetime, every: timedelta) -> bool:
    """Note that people are told of a refusal now; False when they were told within `every`."""
    told = await session.scalar(
        update(WebhookSource)
        .where(
            WebhookSource.id == source_id,
            WebhookSource.refusal_told_at.is_(None) | (WebhookSource.refusal_told_at <= now - every),
        )
        .values(refusal_told_at=now)
        .returning(WebhookSource.id)
    )
    return told is not None


async def insert_message(session: AsyncSession, **values: Any) -> bool:
    """Put a message into the inbox; False when its source sent one with this id before."""
    statement = insert(IncomingMessage).values(**values).on_conflict_do_nothing().returning(IncomingMessage.id)
    return await session.scalar(statement) is not None


async def message_of_id(session: AsyncSession, source_id: UUID, webhook_id: str) -> Row[UUID, bytes]:
    """(id, digest) of the message that a source sent with this id."""
    statement = select(IncomingMessage.id, IncomingMessage.digest).where(
        IncomingMessage.source_id == source_id, IncomingMessage.webhook_id == webhook_id
    )
    return (await session.execute(statement)).one()


async def count_waiting(session: AsyncSession, source_id: UUID) -> int:
    """How many messages of a source wait. Lock the source first."""
    statement = select(func.count()).where(
        IncomingMessage.source_id == source_id, IncomingMessage.state == MessageState.WAITING
    )
    return int(await session.scalar(statement) or 0)


def messages_of(
    organization_id: UUID, source_id: UUID, *, state: str | None = None, message_type: str | None = None
) -> Select[IncomingMessage]:
    """What came from a source."""
    statement = select(IncomingMessage).where(
        IncomingMessage.organization_id == organization_id, IncomingMessage.source_id == source_id
    )
    if state:
        statement = statement.where(IncomingMessage.state == state)
    return statement.where(IncomingMessage.type == message_type) if message_type else statement


async def message(
    session: AsyncSession, organization_id: UUID, source_id: UUID, message_id: UUID
) -> IncomingMessage | None:
    """One message."""
    statement = messages_of(organization_id, source_id).where(IncomingMessage.id == message_id)
    return (await session.scalars(statement)).first()


async def lock_message(
    session: AsyncSession, organization_id: UUID, source_id: UUID, message_id: UUID
) -> IncomingMessage | None:
    """One message, locked."""
    statement = messages_of(organization_id, source_id).where(IncomingMessage.id == message_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


async def lock_waiting(session: AsyncSession, message_id: UUID) -> IncomingMessage | None:
    """A message that waits; None when it has ended or another job holds it."""
    statement = (
        select(IncomingMessage)
        .where(IncomingMessage.id == message_id, IncomingMessage.state == MessageState.WAITING)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).first()


async def end_message(session: AsyncSession, message_id: UUID, state: MessageState, **values: Any) -> None:
    """Write down what became of a message."""
    await session.execute(update(IncomingMessage).where(IncomingMessage.id == message_id).values(state=state, **values))


async def overdue(session: AsyncSession, *, before: datetime, limit: int) -> Sequence[Row[UUID, UUID, UUID]]:
    """(organization_id, source_id, id) of messages whose next try should have begun long ago, of all organizations."""
    statement = (
        select(IncomingMessage.organization_id, IncomingMessage.source_id, IncomingMessage.id)
        .where(IncomingMessage.state == MessageState.WAITING, IncomingMessage.next_attempt_at < before)
        .order_by(IncomingMessage.next_attempt_at)
        .limit(limit)
    )
    return (await session.execute(statement)).all()


async def touch(session: AsyncSession, message_id: UUID, *, before: datetime, now: datetime) -> bool:
    """Say that an overdue message is seen to; False when somebody else did."""
    touched = await session.scalar(
        update(IncomingMessage)
        .where(
            IncomingMessage.id == message_id,
            IncomingMessage.state == MessageState.WAITING,
            IncomingMessage.next_attempt_at < before,
        )
        .values(next_attempt_at=now)
        .returning(IncomingMessage.id)
    )
    return touched is not None


async def delete_old(session: AsyncSession) -> None:
    """Delete messages that ended and came long ago: the policy lets the worker see no others."""
    await session.execute(
        text("DELETE FROM incoming_messages WHERE state <> 'waiting' AND received_at < app_now() - interval '90 days'")
    )
