"""All the SQL on events of the payment provider. Requests may put them in and read none; only the worker does."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.provider.models import ProviderEvent
from app.finance.provider.states import EventState

KEPT = timedelta(days=90)


async def insert_event(session: AsyncSession, **values: Any) -> bool:
    """Put an event into the inbox; False when it came before. Nothing is returned: requests may not read it."""
    done = await session.execute(insert(ProviderEvent).values(**values).on_conflict_do_nothing())
    return bool(done.rowcount)  # type: ignore[attr-defined]


async def lock_waiting(session: AsyncSession, event_id: UUID) -> ProviderEvent | None:
    """An event that waits; None when it has ended or another job holds it."""
    return await session.scalar(
        select(ProviderEvent)
        .where(ProviderEvent.id == event_id, ProviderEvent.state == EventState.WAITING)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


async def end_event(
    session: AsyncSession, event_id: UUID, state: EventState, *, now: datetime, owner: str | None = None
) -> None:
    """Write down what became of an event that waits."""
    await session.execute(
        update(ProviderEvent)
        .where(ProviderEvent.id == event_id, ProviderEvent.state == EventState.WAITING)
        .values(state=state, owner=owner, ended_at=now)
    )


async def overdue(session: AsyncSession, *, before: datetime, most: int) -> Sequence[UUID]:
    """Events that have waited for long."""
    statement = select(ProviderEvent.id).where(
        ProviderEvent.state == EventState.WAITING, ProviderEvent.next_attempt_at < before
    )
    return (await session.scalars(statement.order_by(ProviderEvent.next_attempt_at).limit(most))).all()


async def touch(session: AsyncSession, event_id: UUID, *, now: datetime) -> None:
    """Say that an overdue event is seen to."""
    await session.execute(update(ProviderEvent).where(ProviderEvent.id == event_id).values(next_attempt_at=now))


async def delete_old(session: AsyncSession) -> None:
    """Delete events that ended and came long ago: the policy lets no others be deleted."""
    await session.execute(
        delete(ProviderEvent).where(
            ProviderEvent.state != EventState.WAITING, ProviderEvent.received_at < func.app_now() - KEPT
        )
    )
