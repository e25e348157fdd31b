"""Send past events again: one delivery, or whatever a span of time holds."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.jobs import defer
from app.kit.outbox import OutboxEvent
from app.messages.errors import DeliveryUnderWay, EndpointDisabled
from app.messages.models import WebhookDelivery, WebhookEndpoint
from app.messages.queries import events as event_queries
from app.messages.queries import webhooks as queries
from app.messages.states import DeliveryState, EndpointState
from app.messages.usecases.deliver_event import defer_delivery

REPLAY_EVENTS = "messages.replay_events"
BATCH = 200
_UNDER_WAY = (DeliveryState.WAITING, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class Span:
    """What to send again: from `begins_at` up to, not including, `ends_at`."""

    organization_id: UUID
    endpoint_id: UUID
    begins_at: datetime
    ends_at: datetime
    only_failed: bool


async def replay_delivery(
    session: AsyncSession, actor: Actor, endpoint: WebhookEndpoint, delivery: WebhookDelivery, *, now: datetime
) -> None:
    """Make an ended delivery wait again, with all its tries. Its webhook-id and body stay the same."""
    if endpoint.state != EndpointState.ENABLED:
        raise EndpointDisabled()
    if delivery.state in _UNDER_WAY:
        raise DeliveryUnderWay()
    before = delivery.state
    await _again(session, delivery, now)
    await audit.record(
        session,
        actor,
        "webhook_delivery.replay",
        "webhook_delivery",
        delivery.id,
        before={"state": before},
        after={"state": DeliveryState.WAITING},
    )


async def replay_span(session: AsyncSession, actor: Actor, endpoint: WebhookEndpoint, span: Span) -> None:
    """Save the job that replays a span of time."""
    if endpoint.state != EndpointState.ENABLED:
        raise EndpointDisabled()
    after = {"begins_at": span.begins_at, "ends_at": span.ends_at, "only_failed": span.only_failed}
    await audit.record(session, actor, "webhook_endpoint.replay", "webhook_endpoint", endpoint.id, after=after)
    await _defer_batch(session, span, None)


async def replay_batch(session: AsyncSession, span: Span, *, after: UUID | None, now: datetime) -> None:
    """One batch, in the order of the events. Events that never had a delivery (the endpoint was disabled) get one."""
    endpoint = await queries.endpoint(session, span.organization_id, span.endpoint_id)
    if endpoint is None or endpoint.state != EndpointState.ENABLED:
        return
    events = await event_queries.events_to_replay(
        session,
        endpoint,
        begins_at=span.begins_at,
        ends_at=span.ends_at,
        only_failed=span.only_failed,
        after=after,
        limit=BATCH,
    )
    for event in events:
        await _replay_event(session, endpoint, event, now)
    if len(events) == BATCH:
        await _defer_batch(session, span, events[-1].id)


async def _replay_event(session: AsyncSession, endpoint: WebhookEndpoint, event: OutboxEvent, now: datetime) -> None:
    new = await queries.insert_delivery(session, endpoint, event_id=event.id, event_type=event.type)
    if new is not None:
        await defer_delivery(session, endpoint.organization_id, new)
        return
    delivery = await queries.lock_delivery_of(session, endpoint.id, event.id)
    if delivery is not None and delivery.state not in _UNDER_WAY:
        await _again(session, delivery, now)


async def _again(session: AsyncSession, delivery: WebhookDelivery, now: datetime) -> None:
    delivery.state = DeliveryState.WAITING
    delivery.attempts = 0
    delivery.next_attempt_at = now
    await session.flush()
    await defer_delivery(session, delivery.organization_id, delivery.id)


async def _defer_batch(session: AsyncSession, span: Span, after: UUID | None) -> None:
    await defer(
        session,
        REPLAY_EVENTS,
        organization_id=str(span.organization_id),
        endpoint_id=str(span.endpoint_id),
        begins_at=span.begins_at.isoformat(),
        ends_at=span.ends_at.isoformat(),
        only_failed=span.only_failed,
        after=str(after) if after else None,
    )
