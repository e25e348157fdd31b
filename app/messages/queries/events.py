"""Events in the outbox: what an organization may learn of, and what is sent again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, any_, exists, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from app.kit.outbox import OutboxEvent
from app.messages.models import WebhookDelivery, WebhookEndpoint
from app.messages.queries.webhooks import UNFINISHED
from app.messages.states import DeliveryState


async def event(session: AsyncSession, event_id: UUID) -> OutboxEvent:
    """The event that a delivery carries."""
    return await session.get_one(OutboxEvent, event_id)


async def last_data(session: AsyncSession, subject: str, event_type: str) -> dict[str, Any] | None:
    """What the last event of a type said about a subject."""
    statement = (
        select(OutboxEvent.data)
        .where(OutboxEvent.subject == subject, OutboxEvent.type == event_type)
        .order_by(OutboxEvent.sequence.desc())
        .limit(1)
    )
    return await session.scalar(statement)


def _of_types(patterns: Sequence[str]) -> ColumnElement[bool]:
    """The SQL twin of `rules.wants`."""
    if "*" in patterns:
        return literal(True)
    return or_(
        *(
            OutboxEvent.type.startswith(pattern[:-1], autoescape=True)
            if pattern.endswith(".*")
            else OutboxEvent.type == pattern
            for pattern in patterns
        )
    )


def told_to(
    organization_id: UUID, *, event_type: str | None, subject: str | None, after: OutboxEvent | None
) -> Select[OutboxEvent]:
    """The events that an organization may learn of, and that no running transaction can still put one before."""
    statement = select(OutboxEvent).where(
        literal(organization_id) == any_(OutboxEvent.organization_ids), OutboxEvent.is_settled()
    )
    if event_type:
        statement = statement.where(_of_types([event_type]))
    if after is not None:
        position = tuple_(OutboxEvent.transaction_id, OutboxEvent.id)
        statement = statement.where(position > tuple_(after.transaction_id, after.id))
    return statement.where(OutboxEvent.subject == subject) if subject else statement


async def told_event(session: AsyncSession, organization_id: UUID, event_id: UUID) -> OutboxEvent | None:
    """One event that an organization may learn of."""
    statement = select(OutboxEvent).where(
        OutboxEvent.id == event_id, literal(organization_id) == any_(OutboxEvent.organization_ids)
    )
    return (await session.scalars(statement)).first()


async def events_to_replay(
    session: AsyncSession,
    endpoint: WebhookEndpoint,
    *,
    begins_at: datetime,
    ends_at: datetime,
    only_failed: bool,
    after: UUID | None,
    limit: int,
) -> list[OutboxEvent]:
    """Events of a span of time that the endpoint wants now, in the order of their ids.

    Those whose delivery has not ended are left out, and with `only_failed` those that were delivered.
    """
    kept = list(UNFINISHED) + ([DeliveryState.DELIVERED] if only_failed else [])
    settled = exists().where(
        and_(
            WebhookDelivery.endpoint_id == endpoint.id,
            WebhookDelivery.event_id == OutboxEvent.id,
            WebhookDelivery.state.in_(kept),
        )
    )
    statement = (
        select(OutboxEvent)
        .where(
            literal(endpoint.organization_id) == any_(OutboxEvent.organization_ids),
            OutboxEvent.occurred_at >= begins_at,
            OutboxEvent.occurred_at < ends_at,
            _of_types(endpoint.event_types),
            ~settled,
        )
        .order_by(OutboxEvent.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(OutboxEvent.id > after)
    return list((await session.scalars(statement)).all())
