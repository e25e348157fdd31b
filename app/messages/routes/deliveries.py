"""The log of deliveries to an endpoint, and sending again."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response
from starlette.status import HTTP_202_ACCEPTED

from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    FieldError,
    Invalid,
    NotFound,
)
from app.kit.idempotency import IdempotencyGuard
from app.kit.locales import N_
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.kit.schemas import labelled
from app.messages.errors import DeliveryUnderWay, EndpointDisabled
from app.messages.guards import ManagedEndpoint
from app.messages.models import WebhookAttempt, WebhookDelivery
from app.messages.queries import webhooks as queries
from app.messages.schemas import AttemptOut, DeliveryOut, ReplayIn, ReplayOut
from app.messages.states import DELIVERY_STATE_LABELS, DeliveryState
from app.messages.usecases.replay_events import Span, replay_delivery, replay_span

router = house_router(tags=["webhooks"], prefix="/v1/webhook-endpoints/{endpoint_id}")


def _out(delivery: WebhookDelivery, last: WebhookAttempt | None) -> DeliveryOut:
    unfinished = delivery.state in queries.UNFINISHED
    return DeliveryOut(
        id=delivery.id,
        event_id=delivery.event_id,
        event_type=delivery.event_type,
        state=labelled(delivery.state, DELIVERY_STATE_LABELS),
        attempts=delivery.attempts,
        next_attempt_at=delivery.next_attempt_at if unfinished else None,
        last_error=delivery.last_error,
        created_at=delivery.created_at,
        delivered_at=delivery.delivered_at,
        last_attempt=AttemptOut.model_validate(last) if last else None,
    )


@router.get("/deliveries", responses=problems(*READ))
async def list_webhook_deliveries(
    managed: ManagedEndpoint,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    state: Annotated[DeliveryState | None, Query(description="Only deliveries in this state.")] = None,
    event_type: Annotated[str | None, Query(max_length=120, description="Only events of this type.")] = None,
) -> Page[DeliveryOut]:
    """The deliveries to an endpoint, newest first, each with what its receiver answered last."""
    endpoint = managed.endpoint
    statement = queries.deliveries(endpoint.organization_id, endpoint.id, state=state, event_type=event_type)
    rows, cursor = await fetch_page(session, statement, page, keys=[WebhookDelivery.id], descending=True)
    last = await queries.last_attempts(session, [row.id for row in rows])
    link_next(request, response, cursor)
    return Page[DeliveryOut](items=[_out(row, last.get(row.id)) for row in rows], next_cursor=cursor)


@router.get("/deliveries/{delivery_id}/attempts", responses=problems(*READ))
async def list_webhook_attempts(
    managed: ManagedEndpoint,
    delivery_id: Annotated[UUID, Path()],
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
) -> Page[AttemptOut]:
    """Every try of one delivery, newest first."""
    endpoint = managed.endpoint
    if await queries.delivery(session, endpoint.organization_id, endpoint.id, delivery_id) is None:
        raise NotFound()
    statement = queries.attempts(endpoint.organization_id, delivery_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[WebhookAttempt.id], descending=True)
    link_next(request, response, cursor)
    return Page[AttemptOut](items=[AttemptOut.model_validate(row) for row in rows], next_cursor=cursor)


@router.post(
    "/deliveries/{delivery_id}/replay",
    status_code=HTTP_202_ACCEPTED,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, EndpointDisabled, DeliveryUnderWay, *ONCE),
)
async def replay_webhook_delivery(
    managed: ManagedEndpoint, delivery_id: Annotated[UUID, Path()], session: Session, now: Now
) -> DeliveryOut:
    """Send one event again, under the same webhook-id."""
    endpoint = managed.endpoint
    delivery = await queries.lock_delivery(session, endpoint.organization_id, endpoint.id, delivery_id)
    if delivery is None:
        raise NotFound()
    await replay_delivery(session, managed.actor, endpoint, delivery, now=now)
    last = await queries.last_attempts(session, [delivery.id])
    return _out(delivery, last.get(delivery.id))


@router.post(
    "/replay",
    status_code=HTTP_202_ACCEPTED,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, EndpointDisabled, *ONCE),
)
async def replay_webhook_events(managed: ManagedEndpoint, form: ReplayIn, session: Session) -> ReplayOut:
    """Send the events of a span of time again, also those that happened while the endpoint was disabled."""
    if form.ends_at <= form.begins_at:
        message = N_("The end must be later than the beginning.")
        raise Invalid(errors=[FieldError("/ends_at", "ends-before-beginning", message)])
    endpoint = managed.endpoint
    span = Span(endpoint.organization_id, endpoint.id, form.begins_at, form.ends_at, form.only_failed)
    await replay_span(session, managed.actor, endpoint, span)
    return ReplayOut(begins_at=span.begins_at, ends_at=span.ends_at, only_failed=span.only_failed)
