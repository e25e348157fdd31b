"""Webhook endpoints of an organization."""

from datetime import timedelta

from fastapi import Request, Response
from starlette.status import HTTP_201_CREATED, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    Forbidden,
    Invalid,
    PreconditionFailed,
    PreconditionRequired,
    Unauthenticated,
)
from app.kit.etags import IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard, show_once
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.kit.schemas import labelled
from app.messages.errors import EndpointDisabled, TooManyEndpoints
from app.messages.guards import ManagedEndpoint, SendableUrl, WebhookManager, url_check
from app.messages.models import WebhookEndpoint
from app.messages.queries import webhooks as queries
from app.messages.schemas import (
    NewSecretOut,
    NewWebhookEndpointOut,
    PingOut,
    RotationIn,
    WebhookEndpointIn,
    WebhookEndpointOut,
    WebhookEndpointPatch,
)
from app.messages.states import ENDPOINT_STATE_LABELS
from app.messages.usecases import manage_endpoints as usecases

router = house_router(tags=["webhooks"], prefix="/v1/webhook-endpoints")


def _fields(endpoint: WebhookEndpoint) -> dict[str, object]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "event_types": endpoint.event_types,
        "state": labelled(endpoint.state, ENDPOINT_STATE_LABELS),
        "secret_since": endpoint.secret_since,
        "previous_secret_until": endpoint.previous_secret_until,
        "created_at": endpoint.created_at,
        "version": endpoint.version,
    }


def _out(endpoint: WebhookEndpoint, response: Response) -> WebhookEndpointOut:
    set_etag(response, endpoint.version)
    return WebhookEndpointOut.model_validate(_fields(endpoint))


@router.get("", responses=problems(Unauthenticated, Forbidden))
async def list_webhook_endpoints(
    manager: WebhookManager, session: Session, page: Paging, request: Request, response: Response
) -> Page[WebhookEndpointOut]:
    """Your organization's webhook endpoints."""
    statement = queries.all_endpoints(manager.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[WebhookEndpoint.id])
    link_next(request, response, cursor)
    items = [WebhookEndpointOut.model_validate(_fields(row)) for row in rows]
    return Page[WebhookEndpointOut](items=items, next_cursor=cursor)


@router.post(
    "",
    status_code=HTTP_201_CREATED,
    dependencies=[url_check, IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, Invalid, TooManyEndpoints, *ONCE),
)
async def post_webhook_endpoint(
    manager: WebhookManager,
    form: WebhookEndpointIn,
    checked: SendableUrl,
    session: Session,
    now: Now,
    request: Request,
    response: Response,
) -> NewWebhookEndpointOut:
    """Be told of events at an address of yours, by Standard Webhooks. The secret is shown this one time."""
    checked.require(form.url)
    endpoint, secret = await usecases.make_endpoint(
        session,
        manager,
        request.app.state.settings,
        url=form.url,
        description=form.description,
        event_types=form.event_types,
        now=now,
    )
    show_once(request, "secret")
    set_etag(response, endpoint.version)
    return NewWebhookEndpointOut.model_validate({**_fields(endpoint), "secret": secret})


@router.get("/{endpoint_id}", responses=problems(*READ))
async def show_webhook_endpoint(managed: ManagedEndpoint, response: Response) -> WebhookEndpointOut:
    """One endpoint."""
    return _out(managed.endpoint, response)


@router.patch(
    "/{endpoint_id}",
    dependencies=[url_check],
    responses=problems(*READ, Invalid, PreconditionRequired, PreconditionFailed),
)
async def patch_webhook_endpoint(
    managed: ManagedEndpoint,
    form: WebhookEndpointPatch,
    checked: SendableUrl,
    if_match: IfMatch,
    session: Session,
    response: Response,
) -> WebhookEndpointOut:
    """Change an endpoint's address, description or events."""
    if form.url is not None:
        checked.require(form.url)
    await usecases.change_endpoint(
        session,
        managed.actor,
        managed.endpoint,
        expected_version=if_match,
        url=form.url,
        description=form.description,
        event_types=form.event_types,
    )
    return _out(managed.endpoint, response)


@router.delete("/{endpoint_id}", status_code=HTTP_204_NO_CONTENT, responses=problems(*READ))
async def delete_webhook_endpoint(managed: ManagedEndpoint, session: Session, now: Now) -> None:
    """Delete an endpoint. Nothing more is sent to it."""
    await usecases.delete_endpoint(session, managed.actor, managed.endpoint, now=now)


@router.post("/{endpoint_id}/enable", responses=problems(*READ))
async def enable_webhook_endpoint(managed: ManagedEndpoint, session: Session, response: Response) -> WebhookEndpointOut:
    """Send to this endpoint again. Replay what it missed with a span of time."""
    await usecases.switch_endpoint(session, managed.actor, managed.endpoint, enabled=True)
    return _out(managed.endpoint, response)


@router.post("/{endpoint_id}/disable", responses=problems(*READ))
async def disable_webhook_endpoint(
    managed: ManagedEndpoint, session: Session, response: Response
) -> WebhookEndpointOut:
    """Send nothing to this endpoint for now."""
    await usecases.switch_endpoint(session, managed.actor, managed.endpoint, enabled=False)
    return _out(managed.endpoint, response)


@router.post(
    "/{endpoint_id}/rotate-secret",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, *ONCE),
)
async def rotate_webhook_secret(
    managed: ManagedEndpoint, form: RotationIn, session: Session, now: Now, request: Request
) -> NewSecretOut:
    """Make a new secret. While the overlap lasts, deliveries carry a signature of each."""
    secret = await usecases.rotate_secret(
        session,
        managed.actor,
        request.app.state.settings,
        managed.endpoint,
        overlap=timedelta(hours=form.overlap_hours),
        now=now,
    )
    show_once(request, "secret")
    return NewSecretOut(secret=secret, previous_secret_until=managed.endpoint.previous_secret_until)


@router.post(
    "/{endpoint_id}/ping",
    status_code=HTTP_202_ACCEPTED,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, EndpointDisabled, *ONCE),
)
async def ping_webhook_endpoint(managed: ManagedEndpoint, session: Session) -> PingOut:
    """Send a test event to this endpoint alone."""
    return PingOut(event_id=await usecases.ping_endpoint(session, managed.actor, managed.endpoint))
