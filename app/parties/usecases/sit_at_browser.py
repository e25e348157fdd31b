"""What the pages that people read in a browser ask of this room: a session without tokens, its actor, its end."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.errors import Problem, Unauthenticated
from app.kit.seats import BrowserSession
from app.kit.tokens import AccessClaims, read_access_token
from app.parties.states import SignInEnd
from app.parties.usecases.continue_session import end_session
from app.parties.usecases.resolve_actor import actor_of_claims
from app.parties.usecases.sign_in import Attempt, Place, sign_in
from app.settings import Settings


async def sign_in_person(
    session: AsyncSession, settings: Settings, attempt: Attempt, place: Place, *, now: datetime
) -> BrowserSession | Problem:
    """Sign in as everybody does; no token leaves the server. Refusals are returned, so that they are committed."""
    tokens = await sign_in(session, settings, attempt, place, now=now)
    if isinstance(tokens, Problem):
        return tokens
    claims = read_access_token(settings, tokens.access_token, now=now)
    if claims.person_id is None or claims.session_id is None:
        return Unauthenticated()
    return BrowserSession(claims.organization_id, claims.person_id, claims.session_id)


async def actor_of_session(session: AsyncSession, opened: BrowserSession) -> Actor:
    """The actor of an open session, read anew; sets the tenant. Raises `Unauthenticated` when it has ended."""
    claims = AccessClaims(opened.organization_id, person_id=opened.person_id, session_id=opened.session_id)
    return await actor_of_claims(session, claims)


async def sign_out(session: AsyncSession, actor: Actor, *, now: datetime) -> None:
    """End the actor's own session."""
    await end_session(session, actor, actor.session_id, SignInEnd.SIGNED_OUT, now=now)
