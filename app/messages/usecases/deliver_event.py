"""Deliver one event to one endpoint: claim, POST with no transaction open, record. At least once, under one webhook-id."""

import random
import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.gateways.errors import GatewayError
from app.gateways.webhooks import WebhookReply, WebhookSender
from app.kit import audit
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, defer
from app.kit.outbox import OutboxEvent, announce, cloud_event
from app.messages import secrets
from app.messages.events import WebhookEndpointGone
from app.messages.models import WebhookDelivery
from app.messages.queries import events
from app.messages.queries import webhooks as queries
from app.messages.rules import WEBHOOK_DELAYS, delay_after, excerpt, retry_after, signature_headers
from app.messages.states import DeliveryState, EndpointState
from app.settings import Settings

log = structlog.get_logger(__name__)

DELIVER_EVENT = "messages.deliver_event"
GONE = 410


@dataclass(frozen=True, slots=True)
class Claimed:
    """What this job sends where."""

    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try went: an answer, or the code of what prevented one."""

    duration_ms: int
    reply: WebhookReply | None = None
    error: str | None = None
    final: bool = False

    @property
    def delivered(self) -> bool:
        """The receiver said that it has the event: any 2xx. A redirect is not followed, so it is a failure."""
        return self.reply is not None and 200 <= self.reply.status < 300


async def deliver_event(runtime: Runtime, *, organization_id: UUID, delivery_id: UUID) -> None:
    """One try. A try that failed for now defers the next one."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, organization_id)
        claimed = await claim(session, runtime.settings, delivery_id, now=runtime.clock.now())
    if claimed is None:
        return
    outcome = await post(runtime.gateways["webhooks"], claimed)
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, organization_id)
        await record(session, delivery_id, outcome, now=runtime.clock.now())


def body_of(event: OutboxEvent) -> bytes:
    """The CloudEvents envelope. Made from a row that never changes, so it is the same at every try."""
    return orjson.dumps(cloud_event(event), option=orjson.OPT_SORT_KEYS)


async def claim(session: AsyncSession, settings: Settings, delivery_id: UUID, *, now: datetime) -> Claimed | None:
    """Take a delivery that waits, or that a dead sender left behind; None when there is nothing to send."""
    delivery = await queries.lock_unfinished(session, delivery_id)
    if delivery is None:
        return None
    endpoint = await queries.endpoint(session, delivery.organization_id, delivery.endpoint_id)
    if endpoint is None or endpoint.state != EndpointState.ENABLED:
        delivery.state, delivery.last_error = DeliveryState.DEAD, "endpoint_disabled"
        return None
    if delivery.attempts > len(WEBHOOK_DELAYS):
        delivery.state, delivery.last_error = DeliveryState.DEAD, "sender_died"
        return None
    delivery.state = DeliveryState.SENDING
    delivery.attempts += 1
    delivery.next_attempt_at = now
    event = await events.event(session, delivery.event_id)
    body = body_of(event)
    signed = signature_headers(str(event.id), body, secrets.valid_secrets(settings, endpoint, now=now), now=now)
    headers = {"Content-Type": "application/cloudevents+json; charset=utf-8", **signed}
    return Claimed(endpoint.url, body, headers)


async def post(sender: WebhookSender, claimed: Claimed) -> Outcome:
    """The call itself, with no transaction open."""
    began = time.perf_counter()
    try:
        reply = await sender.send(claimed.url, claimed.body, claimed.headers)
    except GatewayError as failure:
        return Outcome(_milliseconds(began), error=failure.code, final=not failure.retryable)
    return Outcome(_milliseconds(began), reply=reply)


def _milliseconds(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


async def record(session: AsyncSession, delivery_id: UUID, outcome: Outcome, *, now: datetime) -> None:
    """Write down how a try went; after a failed one, when the next one begins."""
    delivery = await queries.lock_sending(session, delivery_id)
    if delivery is None:
        return
    reply = outcome.reply
    await queries.insert_attempt(
        session,
        delivery,
        duration_ms=outcome.duration_ms,
        status=reply.status if reply else None,
        error=outcome.error,
        response_body=excerpt(reply.body) if reply else None,
    )
    delivery.last_status = reply.status if reply else None
    delivery.last_error = outcome.error
    if outcome.delivered:
        delivery.state, delivery.delivered_at = DeliveryState.DELIVERED, now
        return
    if reply is not None and reply.status == GONE:
        delivery.state = DeliveryState.DEAD
        await _disable(session, delivery)
        return
    delay = None if outcome.final else delay_after(WEBHOOK_DELAYS, delivery.attempts, jitter=random.random())  # noqa: S311
    if delay is None:
        delivery.state = DeliveryState.DEAD
        log.warning("webhook_dead", delivery_id=str(delivery.id), attempts=delivery.attempts, error=outcome.error)
        return
    wanted = retry_after(reply.retry_after, now=now) if reply else None
    delivery.state = DeliveryState.WAITING
    delivery.next_attempt_at = now + max(delay, wanted or delay)
    await session.flush()
    await defer_delivery(session, delivery.organization_id, delivery.id, at=delivery.next_attempt_at)


async def defer_delivery(
    session: AsyncSession, organization_id: UUID, delivery_id: UUID, *, at: datetime | None = None
) -> None:
    """Save the job of the next try in the running transaction."""
    await defer(session, DELIVER_EVENT, at=at, organization_id=str(organization_id), delivery_id=str(delivery_id))


async def _disable(session: AsyncSession, delivery: WebhookDelivery) -> None:
    """The receiver is gone: send it nothing more, and tell those who manage it."""
    endpoint = await queries.lock_endpoint(session, delivery.organization_id, delivery.endpoint_id)
    if endpoint is None or endpoint.state != EndpointState.ENABLED:
        return
    endpoint.state = EndpointState.GONE
    endpoint.version += 1
    await session.flush()
    await audit.record(
        session,
        None,
        "webhook_endpoint.gone",
        "webhook_endpoint",
        endpoint.id,
        before={"state": EndpointState.ENABLED},
        after={"state": EndpointState.GONE},
        organization_id=endpoint.organization_id,
    )
    event = WebhookEndpointGone(endpoint_id=endpoint.id, organization_id=endpoint.organization_id)
    await announce(session, event, organizations=[endpoint.organization_id])
