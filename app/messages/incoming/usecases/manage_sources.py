"""Make and revoke webhook sources, and change their secrets."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor, Permission
from app.kit.errors import Invalid
from app.kit.ids import new_id
from app.messages import secrets
from app.messages.incoming import queries
from app.messages.incoming.errors import SourceRevoked, TooManySources
from app.messages.incoming.models import WebhookSource
from app.parties import facade as parties
from app.settings import Settings

MOST_SOURCES = 20


async def make_source(
    session: AsyncSession, actor: Actor, settings: Settings, *, name: str, scopes: Sequence[Permission], now: datetime
) -> tuple[WebhookSource, str]:
    """A new source with scopes that its maker holds and that machines may have; and its secret, which is shown this one time.

    Raises `Invalid`, `TooManySources`.
    """
    errors = parties.refused_scopes(actor, scopes)
    if errors:
        raise Invalid(errors=errors)
    await queries.hold_sources(session, actor.organization_id)
    if await queries.count_live_sources(session, actor.organization_id) >= MOST_SOURCES:
        raise TooManySources(limit=MOST_SOURCES)
    secret = secrets.new_secret()
    source_id = new_id()
    source = WebhookSource(
        id=source_id,
        organization_id=actor.organization_id,
        name=name,
        scopes=sorted({scope.value for scope in scopes}),
        secret_sealed=secrets.sealed(settings, source_id, secret),
        secret_since=now,
        created_by=actor.person_id,
        client_id=actor.client_id,
        created_at=now,
        version=1,
    )
    session.add(source)
    await session.flush()
    after = {"name": source.name, "scopes": source.scopes}
    await audit.record(session, actor, "webhook_source.make", "webhook_source", source.id, after=after)
    return source, secret


async def rotate_secret(
    session: AsyncSession, actor: Actor, settings: Settings, source: WebhookSource, *, overlap: timedelta, now: datetime
) -> str:
    """A new secret, shown this one time. During the overlap the one before is good too; an older one ends at once.

    The source's row is locked by the caller. Raises `SourceRevoked`.
    """
    if source.revoked_at is not None:
        raise SourceRevoked()
    secret = secrets.new_secret()
    source.previous_secret_sealed = source.secret_sealed if overlap else None
    source.previous_secret_until = now + overlap if overlap else None
    source.secret_sealed = secrets.sealed(settings, source.id, secret)
    source.secret_since = now
    source.version += 1
    await session.flush()
    after = {"overlap_until": source.previous_secret_until}
    await audit.record(session, actor, "webhook_source.rotate_secret", "webhook_source", source.id, after=after)
    return secret


async def revoke_source(session: AsyncSession, actor: Actor, source: WebhookSource, *, now: datetime) -> None:
    """End a source for good. What waits is refused. Doing so again changes nothing."""
    if source.revoked_at is not None:
        return
    source.revoked_at = now
    source.version += 1
    await session.flush()
    await audit.record(session, actor, "webhook_source.revoke", "webhook_source", source.id)
