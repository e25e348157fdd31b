"""Go on with a session: exchange its refresh token, act for another organization, end it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.crypto import token_digest
from app.kit.db.tenancy import act_for
from app.kit.errors import NotFound, Problem
from app.parties.errors import NoMembership, RefreshTokenInvalid, RefreshTokenReused
from app.parties.models import SignIn
from app.parties.queries import access as queries
from app.parties.states import SignInEnd
from app.parties.usecases.sign_in import Tokens, choose_organization, issue_refresh_token, person_tokens
from app.settings import Settings


async def exchange_refresh_token(
    session: AsyncSession, settings: Settings, token: str, *, organization_id: UUID | None, now: datetime
) -> Tokens | Problem:
    """A new pair of tokens for an unused refresh token.

    A used one ends the session. The refusal is returned, so that the end is committed. The session's row is locked
    first: of two exchanges at once, one wins and the other is the second use.
    """
    digest = token_digest(token)
    person_id = await queries.person_of_refresh_token(session, digest)
    if person_id is None:
        return RefreshTokenInvalid()
    await act_for(session, None, person_id=person_id)
    known = await queries.refresh_token(session, digest)
    opened = await queries.lock_sign_in(session, known.sign_in_id) if known else None
    known = await queries.refresh_token(session, digest)
    if known is None or opened is None or opened.ended_at is not None or opened.expires_at <= now:
        return RefreshTokenInvalid()
    if known.used_at is not None:
        await _end(session, opened, SignInEnd.TOKEN_REUSED, now=now)
        return RefreshTokenReused()
    chosen = await choose_organization(session, person_id, organization_id)
    if organization_id is None:
        chosen = await choose_organization(session, person_id, opened.organization_id) or chosen
    if chosen is None:
        return NoMembership()
    known.used_at = now
    opened.organization_id = chosen
    opened.last_used_at = now
    opened.expires_at = now + timedelta(days=settings.refresh_token_days)
    await session.flush()
    refresh = await issue_refresh_token(session, opened, now=now)
    return person_tokens(settings, opened, refresh, now=now)


async def switch_organization(
    session: AsyncSession, settings: Settings, actor: Actor, organization_id: UUID, *, now: datetime
) -> Tokens:
    """An access token for another organization of the same person, in the same session."""
    opened = await _own(session, actor, actor.session_id)
    if actor.person_id is None or await choose_organization(session, actor.person_id, organization_id) is None:
        raise NoMembership()
    opened.organization_id = organization_id
    opened.last_used_at = now
    await session.flush()
    return person_tokens(settings, opened, None, now=now)


async def end_session(
    session: AsyncSession, actor: Actor, sign_in_id: UUID | None, reason: SignInEnd, *, now: datetime
) -> None:
    """End one of the person's own sessions; ending an ended one changes nothing."""
    opened = await _own(session, actor, sign_in_id)
    if opened.ended_at is None:
        await _end(session, opened, reason, now=now)


async def _own(session: AsyncSession, actor: Actor, sign_in_id: UUID | None) -> SignIn:
    opened = await queries.lock_sign_in(session, sign_in_id) if sign_in_id else None
    if opened is None or opened.person_id != actor.person_id:
        raise NotFound()
    return opened


async def _end(session: AsyncSession, opened: SignIn, reason: SignInEnd, *, now: datetime) -> None:
    opened.ended_at = now
    opened.end_reason = reason
    await session.flush()
    await act_for(session, opened.organization_id, person_id=opened.person_id)
    actor = Actor(opened.organization_id, frozenset(), frozenset(), person_id=opened.person_id)
    await audit.record(session, actor, "session.end", "session", opened.id, after={"reason": reason})
