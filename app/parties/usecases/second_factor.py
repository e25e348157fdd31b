"""Set up, confirm and remove a second factor (TOTP, RFC 6238)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import Problem, TooManyRequests
from app.parties import secrets, throttle
from app.parties.errors import PeopleOnly, SecondFactorExists, SecondFactorMissing, WrongSecondFactor
from app.parties.models import RecoveryCode
from app.parties.queries import access as queries
from app.parties.usecases.prove_identity import prove_password
from app.parties.usecases.sign_in import totp_fits
from app.settings import Settings


async def enrol(
    session: AsyncSession, settings: Settings, actor: Actor, password: str, *, now: datetime
) -> str | Problem:
    """A new seed, sealed and waiting for its first code. Replaces one that was never confirmed."""
    credential = await prove_password(session, settings, actor, password, now=now)
    if isinstance(credential, Problem):
        return credential
    if credential.totp_confirmed_at is not None:
        raise SecondFactorExists()
    seed = secrets.new_seed()
    credential.totp_sealed = secrets.seal_seed(settings, credential.person_id, seed)
    credential.totp_last_step = None
    await session.flush()
    return seed


async def confirm(
    session: AsyncSession, settings: Settings, actor: Actor, code: str, *, now: datetime
) -> list[str] | Problem:
    """Switch the second factor on with a first code; the recovery codes, which are never shown again."""
    if actor.person_id is None:
        raise PeopleOnly()
    buckets = throttle.session_buckets(settings, actor.session_id)
    wait = await throttle.wait_before(session, settings, buckets, now=now)
    if wait:
        return TooManyRequests(retry_after_seconds=wait)
    credential = await queries.lock_credential(session, actor.person_id)
    if credential is None or credential.totp_sealed is None:
        raise SecondFactorMissing()
    if credential.totp_confirmed_at is not None:
        raise SecondFactorExists()
    if not await totp_fits(session, settings, credential, code, now=now):
        await throttle.count_failure(session, settings, buckets, now=now)
        return WrongSecondFactor()
    credential.totp_confirmed_at = now
    codes = secrets.new_recovery_codes()
    await queries.forget_recovery_codes(session, actor.person_id)
    session.add_all(
        RecoveryCode(person_id=actor.person_id, digest=secrets.recovery_digest(settings, item)) for item in codes
    )
    await session.flush()
    await audit.record(session, actor, "second-factor.enable", "person", actor.person_id)
    return codes


async def remove(
    session: AsyncSession, settings: Settings, actor: Actor, password: str, code: str, *, now: datetime
) -> Problem | None:
    """Switch the second factor off, with password and a code."""
    if actor.person_id is None:
        raise PeopleOnly()
    credential = await queries.credential(session, actor.person_id)
    if credential is None or credential.totp_confirmed_at is None:
        raise SecondFactorMissing()
    proven = await prove_password(session, settings, actor, password, now=now, otp=code)
    if isinstance(proven, Problem):
        return proven
    proven.totp_sealed = None
    proven.totp_confirmed_at = None
    proven.totp_last_step = None
    await queries.forget_recovery_codes(session, actor.person_id)
    await session.flush()
    await audit.record(session, actor, "second-factor.disable", "person", actor.person_id)
    return None
