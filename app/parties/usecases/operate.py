"""What the operator's back office asks of this room: a session that acts for the operator, its end, a verification."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor, Permission, lacking
from app.kit.errors import Problem
from app.kit.seats import BrowserSession
from app.kit.tokens import AccessClaims, read_access_token
from app.parties.queries import access as queries
from app.parties.queries import people
from app.parties.schemas.organizations import VerificationIn
from app.parties.states import SignInEnd, VerificationOutcome
from app.parties.usecases.continue_session import end_session, switch_organization
from app.parties.usecases.edit_organization import verify_organization
from app.parties.usecases.resolve_actor import actor_of_claims
from app.parties.usecases.sign_in import Attempt, Place, sign_in
from app.settings import Settings


async def sign_in_operator(
    session: AsyncSession, settings: Settings, attempt: Attempt, place: Place, *, now: datetime
) -> BrowserSession | Problem:
    """Sign in as everybody does, then act for the organization in which the person operates.

    Somebody who operates nowhere is refused and his session ended. Refusals are returned, so that they are committed.
    """
    tokens = await sign_in(session, settings, attempt, place, now=now)
    if isinstance(tokens, Problem):
        return tokens
    claims = read_access_token(settings, tokens.access_token, now=now)
    if claims.person_id is None or claims.session_id is None:
        return lacking(Permission.OPERATE)
    first = await actor_of_claims(session, claims)
    ids = [membership.organization_id for membership in await queries.memberships_of(session, claims.person_id)]
    for organization_id in [claims.organization_id, *ids]:
        seat = AccessClaims(organization_id, person_id=claims.person_id, session_id=claims.session_id)
        actor = await actor_of_claims(session, seat)
        if actor.may(Permission.OPERATE):
            if organization_id != claims.organization_id:
                await switch_organization(session, settings, actor, organization_id, now=now)
            return BrowserSession(organization_id, claims.person_id, claims.session_id)
    await end_session(session, first, claims.session_id, SignInEnd.SIGNED_OUT, now=now)
    return lacking(Permission.OPERATE)


async def decide_verification(
    session: AsyncSession, actor: Actor, organization_id: UUID, *, verified: bool, note: str, now: datetime
) -> None:
    """Give an organization the badge or take it away."""
    actor.require(Permission.OPERATE)
    outcome = VerificationOutcome.VERIFIED if verified else VerificationOutcome.REVOKED
    form = VerificationIn(outcome=outcome, note=note)
    await verify_organization(session, actor, organization_id, form, now=now)


async def still_belongs(session: AsyncSession, person_id: UUID) -> bool:
    """Whether a person is a member anywhere. For the operator, who sees all memberships."""
    return bool(await queries.memberships_of(session, person_id))


async def forget_person(session: AsyncSession, actor: Actor, person_id: UUID) -> None:
    """Empty what a person who belongs to no organization is known by: name, address, login, places of sign-in, titles.

    The rows stay, since orders and approvals point at them.
    """
    actor.require(Permission.OPERATE)
    await people.forget_person(session, person_id)
