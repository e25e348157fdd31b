"""Make, change, switch, ping and delete webhook endpoints, and change their secrets."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.outbox import announce
from app.messages import secrets
from app.messages.errors import EndpointDisabled, TooManyEndpoints
from app.messages.events import WebhookEndpointPinged
from app.messages.models import WebhookEndpoint
from app.messages.queries import webhooks as queries
from app.messages.states import EndpointState
from app.settings import Settings

MOST_ENDPOINTS = 20


async def make_endpoint(
    session: AsyncSession,
    actor: Actor,
    settings: Settings,
    *,
    url: str,
    description: str,
    event_types: Sequence[str],
    now: datetime,
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint and its secret, which is shown this one time."""
    await queries.hold_endpoints(session, actor.organization_id)
    if await queries.count_endpoints(session, actor.organization_id) >= MOST_ENDPOINTS:
        raise TooManyEndpoints(limit=MOST_ENDPOINTS)
    secret = secrets.new_secret()
    endpoint_id = new_id()
    endpoint = WebhookEndpoint(
        id=endpoint_id,
        organization_id=actor.organization_id,
        url=url,
        description=description,
        event_types=_distinct(event_types),
        state=EndpointState.ENABLED,
        secret_sealed=secrets.sealed(settings, endpoint_id, secret),
        secret_since=now,
        created_at=now,
        version=1,
    )
    session.add(endpoint)
    await session.flush()
    await _audit(session, actor, "make", endpoint, after=_described(endpoint))
    return endpoint, secret


async def change_endpoint(
    session: AsyncSession,
    actor: Actor,
    endpoint: WebhookEndpoint,
    *,
    expected_version: int | None,
    url: str | None,
    description: str | None,
    event_types: Sequence[str] | None,
) -> None:
    """Change what was given; the endpoint's row is locked by the caller."""
    require_version(endpoint.version, expected_version)
    before = _described(endpoint)
    endpoint.url = endpoint.url if url is None else url
    endpoint.description = endpoint.description if description is None else description
    endpoint.event_types = endpoint.event_types if event_types is None else _distinct(event_types)
    if _described(endpoint) == before:
        return
    endpoint.version += 1
    await session.flush()
    await _audit(session, actor, "change", endpoint, before=before, after=_described(endpoint))


async def switch_endpoint(session: AsyncSession, actor: Actor, endpoint: WebhookEndpoint, *, enabled: bool) -> None:
    """Enable or disable. What waits while it is disabled is given up; `replay` sends it later."""
    state = EndpointState.ENABLED if enabled else EndpointState.DISABLED
    if endpoint.state == state or (not enabled and endpoint.state == EndpointState.GONE):
        return
    before = endpoint.state
    endpoint.state = state
    endpoint.version += 1
    await session.flush()
    verb = "enable" if enabled else "disable"
    await _audit(session, actor, verb, endpoint, before={"state": before}, after={"state": state})


async def rotate_secret(
    session: AsyncSession,
    actor: Actor,
    settings: Settings,
    endpoint: WebhookEndpoint,
    *,
    overlap: timedelta,
    now: datetime,
) -> str:
    """A new secret, shown this one time. During the overlap the one before signs too; an older one ends at once."""
    secret = secrets.new_secret()
    endpoint.previous_secret_sealed = endpoint.secret_sealed if overlap else None
    endpoint.previous_secret_until = now + overlap if overlap else None
    endpoint.secret_sealed = secrets.sealed(settings, endpoint.id, secret)
    endpoint.secret_since = now
    endpoint.version += 1
    await session.flush()
    await _audit(session, actor, "rotate_secret", endpoint, after={"overlap_until": endpoint.previous_secret_until})
    return secret


async def ping_endpoint(session: AsyncSession, actor: Actor, endpoint: WebhookEndpoint) -> UUID:
    """Announce an event that is delivered to this endpoint alone; its id."""
    if endpoint.state != EndpointState.ENABLED:
        raise EndpointDisabled()
    await _audit(session, actor, "ping", endpoint)
    event = WebhookEndpointPinged(endpoint_id=endpoint.id, organization_id=endpoint.organization_id)
    return await announce(session, event, organizations=[endpoint.organization_id])


async def delete_endpoint(session: AsyncSession, actor: Actor, endpoint: WebhookEndpoint, *, now: datetime) -> None:
    """Take the endpoint out of use for good. Its deliveries stay in the database, unreachable."""
    endpoint.deleted_at = now
    endpoint.state = EndpointState.DISABLED
    endpoint.version += 1
    await session.flush()
    await _audit(session, actor, "delete", endpoint, before=_described(endpoint))


def _distinct(event_types: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(event_types))


def _described(endpoint: WebhookEndpoint) -> dict[str, object]:
    return {
        "url": endpoint.url,
        "description": endpoint.description,
        "event_types": list(endpoint.event_types),
    }


async def _audit(
    session: AsyncSession,
    actor: Actor,
    verb: str,
    endpoint: WebhookEndpoint,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    await audit.record(
        session, actor, f"webhook_endpoint.{verb}", "webhook_endpoint", endpoint.id, before=before, after=after
    )
