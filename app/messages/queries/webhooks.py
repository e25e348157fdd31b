"""Webhook endpoints, deliveries to them and tries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import new_id
from app.messages.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.messages.states import DeliveryState, EndpointState

UNFINISHED = (DeliveryState.WAITING, DeliveryState.SENDING)


def all_endpoints(organization_id: UUID) -> Select[WebhookEndpoint]:
    """The organization's endpoints."""
    return select(WebhookEndpoint).where(
        WebhookEndpoint.organization_id == organization_id, WebhookEndpoint.deleted_at.is_(None)
    )


async def endpoint(session: AsyncSession, organization_id: UUID, endpoint_id: UUID) -> WebhookEndpoint | None:
    """One endpoint."""
    return (await session.scalars(all_endpoints(organization_id).where(WebhookEndpoint.id == endpoint_id))).first()


async def lock_endpoint(session: AsyncSession, organization_id: UUID, endpoint_id: UUID) -> WebhookEndpoint | None:
    """One endpoint, locked."""
    statement = all_endpoints(organization_id).where(WebhookEndpoint.id == endpoint_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


async def enabled_endpoints(session: AsyncSession, organization_id: UUID) -> list[WebhookEndpoint]:
    """The endpoints that are sent to now."""
    statement = all_endpoints(organization_id).where(WebhookEndpoint.state == EndpointState.ENABLED)
    return list((await session.scalars(statement.order_by(WebhookEndpoint.id))).all())


async def any_enabled(session: AsyncSession, organization_ids: Sequence[UUID]) -> bool:
    """Whether any of the organizations has an endpoint that is sent to now. Asked for the operator."""
    has_one = exists().where(
        WebhookEndpoint.organization_id.in_(organization_ids),
        WebhookEndpoint.deleted_at.is_(None),
        WebhookEndpoint.state == EndpointState.ENABLED,
    )
    return bool(await session.scalar(select(has_one)))


async def insert_delivery(
    session: AsyncSession, endpoint: WebhookEndpoint, *, event_id: UUID, event_type: str
) -> UUID | None:
    """One delivery per endpoint and event; None when there is one."""
    statement = (
        upsert(WebhookDelivery)
        .values(
            id=new_id(),
            organization_id=endpoint.organization_id,
            endpoint_id=endpoint.id,
            event_id=event_id,
            event_type=event_type,
        )
        .on_conflict_do_nothing()
        .returning(WebhookDelivery.id)
    )
    return await session.scalar(statement)


async def lock_unfinished(session: AsyncSession, delivery_id: UUID) -> WebhookDelivery | None:
    """A delivery that waits, or that a sender left behind; None when it has ended or another sender holds it."""
    statement = (
        select(WebhookDelivery)
        .where(WebhookDelivery.id == delivery_id, WebhookDelivery.state.in_(UNFINISHED))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).first()


async def lock_sending(session: AsyncSession, delivery_id: UUID) -> WebhookDelivery | None:
    """A delivery on its way, to record how it went."""
    statement = (
        select(WebhookDelivery)
        .where(WebhookDelivery.id == delivery_id, WebhookDelivery.state == DeliveryState.SENDING)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).first()


async def insert_attempt(session: AsyncSession, delivery: WebhookDelivery, **values: Any) -> None:
    """Add a try to the log."""
    await session.execute(
        insert(WebhookAttempt).values(
            id=new_id(), organization_id=delivery.organization_id, delivery_id=delivery.id, **values
        )
    )


async def overdue(session: AsyncSession, *, before: datetime, limit: int) -> Sequence[Row[UUID, UUID]]:
    """(organization, delivery) of unfinished deliveries whose next try should have begun long ago, of all organizations."""
    statement = (
        select(WebhookDelivery.organization_id, WebhookDelivery.id)
        .where(WebhookDelivery.state.in_(UNFINISHED), WebhookDelivery.next_attempt_at < before)
        .order_by(WebhookDelivery.next_attempt_at)
        .limit(limit)
    )
    return (await session.execute(statement)).all()


async def touch(session: AsyncSession, delivery_id: UUID, *, before: datetime, now: datetime) -> bool:
    """Say that an overdue delivery is seen to; False when somebody else did."""
    result = await session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.id == delivery_id,
            WebhookDelivery.state.in_(UNFINISHED),
            WebhookDelivery.next_attempt_at < before,
        )
        .values(next_attempt_at=now)
    )
    return bool(getattr(result, "rowcount", 0))


def deliveries(
    organization_id: UUID, endpoint_id: UUID, *, state: str | None, event_type: str | None
) -> Select[WebhookDelivery]:
    """The deliveries to one endpoint."""
    statement = select(WebhookDelivery).where(
        WebhookDelivery.organization_id == organization_id, WebhookDelivery.endpoint_id == endpoint_id
    )
    if state:
        statement = statement.where(WebhookDelivery.state == state)
    return statement.where(WebhookDelivery.event_type == event_type) if event_type else statement


async def delivery(
    session: AsyncSession, organization_id: UUID, endpoint_id: UUID, delivery_id: UUID
) -> WebhookDelivery | None:
    """One delivery."""
    statement = deliveries(organization_id, endpoint_id, state=None, event_type=None)
    return (await session.scalars(statement.where(WebhookDelivery.id == delivery_id))).first()


async def lock_delivery(
    session: AsyncSession, organization_id: UUID, endpoint_id: UUID, delivery_id: UUID
) -> WebhookDelivery | None:
    """One delivery, locked."""
    statement = deliveries(organization_id, endpoint_id, state=None, event_type=None)
    statement = statement.where(WebhookDelivery.id == delivery_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


def attempts(organization_id: UUID, delivery_id: UUID) -> Select[WebhookAttempt]:
    """The tries of one delivery."""
    return select(WebhookAttempt).where(
        WebhookAttempt.organization_id == organization_id, WebhookAttempt.delivery_id == delivery_id
    )


async def lock_delivery_of(session: AsyncSession, endpoint_id: UUID, event_id: UUID) -> WebhookDelivery | None:
    """The delivery of an event to an endpoint, locked."""
    statement = select(WebhookDelivery).where(
        WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.event_id == event_id
    )
    return (await session.scalars(statement.with_for_update().execution_options(populate_existing=True))).first()


async def last_attempts(session: AsyncSession, delivery_ids: Sequence[UUID]) -> dict[UUID, WebhookAttempt]:
    """The last try of each of these deliveries."""
    statement = (
        select(WebhookAttempt)
        .where(WebhookAttempt.delivery_id.in_(delivery_ids))
        .ext(distinct_on(WebhookAttempt.delivery_id))
        .order_by(WebhookAttempt.delivery_id, WebhookAttempt.id.desc())
    )
    return {attempt.delivery_id: attempt for attempt in await session.scalars(statement)}


async def hold_endpoints(session: AsyncSession, organization_id: UUID) -> None:
    """Let nobody else make an endpoint of the organization until this transaction ends, so that they can be counted."""
    await session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"webhook endpoints of {organization_id}", 7)))
    )


async def count_endpoints(session: AsyncSession, organization_id: UUID) -> int:
    """How many endpoints the organization has."""
    return int(await session.scalar(all_endpoints(organization_id).with_only_columns(func.count())) or 0)
