"""Sign a person in with a password and, where set up, a second factor.

Refusals are returned, not raised: the failures they count must be committed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.crypto import new_token, token_digest
from app.kit.db.tenancy import act_for
from app.kit.errors import Problem, TooManyRequests
from app.kit.ids import new_id
from app.kit.tokens import AccessClaims, issue_access_token
from app.parties import secrets, throttle
from app.parties.errors import NoMembership, SecondFactorRequired, WrongCredentials, WrongSecondFactor
from app.parties.models import Credential, RefreshToken, SignIn
from app.parties.queries import access as queries
from app.settings import Settings

# Stands for the person of an unknown address: nobody has it, and every statement finds nothing.
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request came from."""

    address: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody offers to be let in."""

    email: str
    password: str
    otp: str | None = None
    organization_id: UUID | None = None
    device_token: str | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a program gets to act with."""

    access_token: str
    expires_in: int
    organization_id: UUID
    refresh_token: str | None = None
    person_id: UUID | None = None
    device_token: str | None = None
    scopes: tuple[str, ...] = ()


async def sign_in(
    session: AsyncSession, settings: Settings, attempt: Attempt, place: Place, *, now: datetime
) -> Tokens | Problem:
    """Open a session. Says no more about an unknown address than about a wrong password, and takes as long."""
    person_id = await queries.person_of_email(session, attempt.email)
    device = secrets.known_device(settings, person_id, attempt.device_token)
    buckets = throttle.login_buckets(settings, account=attempt.email, address=place.address, device=device)
    wait = await throttle.wait_before(session, settings, buckets, now=now)
    if wait:
        return TooManyRequests(retry_after_seconds=wait)
    await act_for(session, None, person_id=person_id or NOBODY)
    credential = await queries.credential(session, person_id or NOBODY)
    fits = await secrets.password_fits(attempt.password, credential.password_hash if credential else None)
    if person_id is None or credential is None or not fits:
        await throttle.count_failure(session, settings, buckets, now=now)
        return WrongCredentials()
    if credential.totp_confirmed_at is not None:
        if not attempt.otp:
            return SecondFactorRequired()
        if not await second_factor_fits(session, settings, person_id, attempt.otp, now=now):
            await throttle.count_failure(session, settings, buckets, now=now)
            return WrongSecondFactor()
    await throttle.clear(session, buckets[0])
    organization_id = await choose_organization(session, person_id, attempt.organization_id)
    if organization_id is None:
        return NoMembership()
    await act_for(session, organization_id, person_id=person_id)
    opened, refresh = await _open(session, settings, person_id, organization_id, place, now=now)
    device_token = attempt.device_token if device else secrets.new_device_token(settings, person_id)
    return person_tokens(settings, opened, refresh, now=now, device_token=device_token)


async def second_factor_fits(
    session: AsyncSession, settings: Settings, person_id: UUID, code: str, *, now: datetime
) -> bool:
    """Use a code of the authenticator app or a recovery code: each of them once, also by two requests at a time."""
    credential = await queries.lock_credential(session, person_id)
    if credential is None or credential.totp_sealed is None:
        return False
    digits = code.replace(" ", "")
    if len(digits) == 6 and digits.isascii() and digits.isdigit():
        return await totp_fits(session, settings, credential, digits, now=now)
    return await queries.spend_recovery_code(session, person_id, secrets.recovery_digest(settings, code), now)


async def totp_fits(
    session: AsyncSession, settings: Settings, credential: Credential, digits: str, *, now: datetime
) -> bool:
    """Accept a code of the (locked) credential's seed, and no code of that time step or before again."""
    if credential.totp_sealed is None:
        return False
    seed = secrets.open_seed(settings, credential.person_id, credential.totp_sealed)
    step = secrets.accepted_step(seed, digits, now=now, last_step=credential.totp_last_step)
    if step is None:
        return False
    credential.totp_last_step = step
    await session.flush()
    return True


async def choose_organization(session: AsyncSession, person_id: UUID, wanted: UUID | None) -> UUID | None:
    """The organization to act for: the wanted one, else the first the person joined; None when he is no member."""
    ids = [membership.organization_id for membership in await queries.memberships_of(session, person_id)]
    if wanted is not None:
        return wanted if wanted in ids else None
    return ids[0] if ids else None


async def _open(
    session: AsyncSession, settings: Settings, person_id: UUID, organization_id: UUID, place: Place, *, now: datetime
) -> tuple[SignIn, str]:
    opened = SignIn(
        id=new_id(),
        person_id=person_id,
        organization_id=organization_id,
        address=place.address,
        user_agent=place.user_agent,
        created_at=now,
        last_used_at=now,
        expires_at=now + timedelta(days=settings.refresh_token_days),
    )
    session.add(opened)
    await session.flush()
    refresh = await issue_refresh_token(session, opened, now=now)
    actor = Actor(organization_id, frozenset(), frozenset(), person_id=person_id)
    await audit.record(session, actor, "session.open", "session", opened.id)
    return opened, refresh


async def issue_refresh_token(session: AsyncSession, opened: SignIn, *, now: datetime) -> str:
    """A new refresh token of a session; the one before must be marked as used."""
    token = new_token("plr_")
    session.add(
        RefreshToken(sign_in_id=opened.id, person_id=opened.person_id, digest=token_digest(token), issued_at=now)
    )
    await session.flush()
    return token


def person_tokens(
    settings: Settings, opened: SignIn, refresh: str | None, *, now: datetime, device_token: str | None = None
) -> Tokens:
    """An access token for the session's organization, with the refresh token beside it."""
    claims = AccessClaims(organization_id=opened.organization_id, person_id=opened.person_id, session_id=opened.id)
    token, seconds = issue_access_token(settings, claims, now=now)
    return Tokens(
        access_token=token,
        expires_in=seconds,
        organization_id=opened.organization_id,
        refresh_token=refresh,
        person_id=opened.person_id,
        device_token=device_token,
    )
