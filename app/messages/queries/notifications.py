"""Notifications in the application, and which mails a person wants. Rows are a person's own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import new_id
from app.messages.models import NoticePreference, Notification


async def insert_notifications(
    session: AsyncSession,
    *,
    organization_id: UUID,
    person_ids: Sequence[UUID],
    notice: str,
    params: dict[str, Any],
    entity: tuple[str, UUID],
    event_id: UUID,
) -> frozenset[UUID]:
    """Tell each person of an event once; those who had not been told before."""
    rows = [
        {
            "id": new_id(),
            "organization_id": organization_id,
            "person_id": person_id,
            "notice": notice,
            "params": params,
            "entity": entity[0],
            "entity_id": entity[1],
            "event_id": event_id,
        }
        for person_id in person_ids
    ]
    statement = insert(Notification).values(rows).on_conflict_do_nothing().returning(Notification.person_id)
    return frozenset(await session.scalars(statement))


def of_person(organization_id: UUID, person_id: UUID, *, unread: bool | None) -> Select[Notification]:
    """A person's notifications in one organization."""
    statement = select(Notification).where(
        Notification.organization_id == organization_id, Notification.person_id == person_id
    )
    if unread is None:
        return statement
    return statement.where(Notification.read_at.is_(None) if unread else Notification.read_at.is_not(None))


async def count_unread(session: AsyncSession, organization_id: UUID, person_id: UUID) -> int:
    """How many a person has not read."""
    statement = of_person(organization_id, person_id, unread=True).with_only_columns(func.count())
    return int(await session.scalar(statement) or 0)


async def mark_read(
    session: AsyncSession, organization_id: UUID, person_id: UUID, notification_id: UUID, *, now: datetime
) -> Notification | None:
    """Mark one as read, the first time; None when the person has none of this id."""
    statement = of_person(organization_id, person_id, unread=None).where(Notification.id == notification_id)
    row = (await session.scalars(statement.with_for_update())).first()
    if row is not None and row.read_at is None:
        row.read_at = now
        await session.flush()
    return row


async def mark_all_read(session: AsyncSession, organization_id: UUID, person_id: UUID, *, now: datetime) -> int:
    """Mark all as read; how many were not."""
    result = await session.execute(
        update(Notification)
        .where(
            Notification.organization_id == organization_id,
            Notification.person_id == person_id,
            Notification.read_at.is_(None),
        )
        .values(read_at=now)
    )
    return int(getattr(result, "rowcount", 0))


async def preference(session: AsyncSession, organization_id: UUID, person_id: UUID) -> NoticePreference | None:
    """What a person chose, if he chose."""
    return await session.get(NoticePreference, (organization_id, person_id))


async def lock_preference(session: AsyncSession, organization_id: UUID, person_id: UUID) -> NoticePreference:
    """What a person chose, locked; a row that mutes nothing is made for one who had not chosen, at version 0."""
    await session.execute(
        insert(NoticePreference)
        .values(organization_id=organization_id, person_id=person_id, muted_groups=[], version=0)
        .on_conflict_do_nothing()
    )
    statement = (
        select(NoticePreference)
        .where(NoticePreference.organization_id == organization_id, NoticePreference.person_id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).one()
