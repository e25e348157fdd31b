"""API clients: make one, let it in, change its secret, revoke it."""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor, Permission
from app.kit.crypto import new_token, token_digest
from app.kit.db.tenancy import act_for
from app.kit.errors import FieldError, Invalid, NotFound, Problem
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.tokens import AccessClaims, issue_access_token
from app.parties.errors import ClientRevoked, InvalidClient, InvalidScope, PeopleOnly
from app.parties.models import ApiClient, ClientSecret
from app.parties.queries import access as queries
from app.parties.rules import grantable_scopes
from app.parties.schemas.access import ApiClientIn
from app.parties.usecases.sign_in import Tokens
from app.settings import Settings


async def make_client(
    session: AsyncSession, actor: Actor, form: ApiClientIn, *, now: datetime
) -> tuple[ApiClient, str]:
    """A client with scopes that its maker holds and that machines may have; and its secret, which is not stored."""
    if actor.person_id is None:
        raise PeopleOnly()
    errors = refused_scopes(actor, form.scopes)
    if errors:
        raise Invalid(errors=errors)
    client, secret = await add_client(
        session, actor.organization_id, form.name, form.scopes, created_by=actor.person_id, now=now
    )
    after = {"name": client.name, "scopes": client.scopes}
    await audit.record(session, actor, "api-client.create", "api-client", client.id, after=after)
    return client, secret


def refused_scopes(actor: Actor, scopes: Sequence[Permission]) -> list[FieldError]:
    """What is wrong with the scopes that an actor wants to give a machine, below `/scopes`."""
    allowed = actor.permissions & grantable_scopes(actor.organization_roles)
    return [
        FieldError(
            f"/scopes/{position}",
            "scope-not-grantable",
            N_(
                "You may give a machine only what you may do yourself, and never approving, operating or handing out access."
            ),
        )
        for position, scope in enumerate(scopes)
        if scope not in allowed
    ]


async def add_client(
    session: AsyncSession,
    organization_id: UUID,
    name: str,
    scopes: Sequence[Permission],
    *,
    created_by: UUID,
    now: datetime,
) -> tuple[ApiClient, str]:
    """The rows of a client of the organization acted for, and its secret."""
    client = ApiClient(
        id=new_id(),
        organization_id=organization_id,
        name=name,
        scopes=sorted({scope.value for scope in scopes}),
        created_by=created_by,
        created_at=now,
        version=1,
    )
    session.add(client)
    await session.flush()
    return client, await _new_secret(session, client, now=now)


async def rotate_secret(
    session: AsyncSession, actor: Actor, client_id: UUID, *, overlap_hours: int, now: datetime
) -> tuple[ApiClient, str]:
    """A new secret. The one before it stays good for the overlap; any older one ends at once: two live at most."""
    client = await queries.lock_client(session, actor.organization_id, client_id)
    if client is None:
        raise NotFound()
    if client.revoked_at is not None:
        raise ClientRevoked()
    live = await queries.live_secrets(session, [client_id], now)
    for position, secret in enumerate(reversed(live)):
        ends = now + timedelta(hours=overlap_hours) if position == 0 else now
        secret.expires_at = min(secret.expires_at or ends, ends)
    fresh = await _new_secret(session, client, now=now)
    client.version += 1
    await session.flush()
    after = {"overlap_hours": overlap_hours}
    await audit.record(session, actor, "api-client.rotate", "api-client", client_id, after=after)
    return client, fresh


async def revoke_client(session: AsyncSession, actor: Actor, client_id: UUID, *, now: datetime) -> None:
    """End a client for good: its tokens are refused with the next request. Doing so again changes nothing."""
    client = await queries.lock_client(session, actor.organization_id, client_id)
    if client is None:
        raise NotFound()
    if client.revoked_at is None:
        client.revoked_at = now
        client.version += 1
        await session.flush()
        await audit.record(session, actor, "api-client.revoke", "api-client", client_id)


async def client_token(
    session: AsyncSession, settings: Settings, client_id: str, secret: str, scope: str | None, *, now: datetime
) -> Tokens | Problem:
    """An access token for a machine (RFC 6749 §4.4). Secrets are random and long, so guessing them is not throttled."""
    try:
        known_id = UUID(client_id)
    except ValueError:
        return InvalidClient()
    organization_id = await queries.organization_of_client(session, known_id)
    if organization_id is None:
        return InvalidClient()
    await act_for(session, organization_id)
    found = await queries.live_client(session, known_id, organization_id=organization_id)
    digest = token_digest(secret)
    live = await queries.live_secrets(session, [known_id], now)
    if found is None or not any(hmac.compare_digest(row.digest, digest) for row in live):
        return InvalidClient()
    client, _ = found
    asked = sorted(set(scope.split())) if scope and scope.split() else list(client.scopes)
    if not set(asked) <= set(client.scopes):
        return InvalidScope(granted=list(client.scopes))
    await queries.note_client_use(session, client.id, now)
    claims = AccessClaims(organization_id=organization_id, client_id=client.id, scopes=tuple(asked))
    token, seconds = issue_access_token(settings, claims, now=now)
    return Tokens(access_token=token, expires_in=seconds, organization_id=organization_id, scopes=tuple(asked))


async def _new_secret(session: AsyncSession, client: ApiClient, *, now: datetime) -> str:
    secret = new_token("pls_")
    row = ClientSecret(
        client_id=client.id, organization_id=client.organization_id, digest=token_digest(secret), created_at=now
    )
    session.add(row)
    await session.flush()
    return secret
