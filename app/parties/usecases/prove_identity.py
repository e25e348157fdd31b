"""A signed-in person shows his password again before he changes how he gets in."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.errors import Problem, TooManyRequests
from app.parties import secrets, throttle
from app.parties.errors import PeopleOnly, WrongPassword, WrongSecondFactor
from app.parties.models import Credential
from app.parties.queries import access as queries
from app.parties.usecases.sign_in import second_factor_fits
from app.settings import Settings


async def prove_password(
    session: AsyncSession, settings: Settings, actor: Actor, password: str, *, now: datetime, otp: str | None = None
) -> Credential | Problem:
    """The person's credentials, locked, if the password (and the code, when one is given) is right.

    The refusal is returned: a stolen access token must not be good for guessing, so failures are counted.
    """
    if actor.person_id is None:
        raise PeopleOnly()
    buckets = throttle.session_buckets(settings, actor.session_id)
    wait = await throttle.wait_before(session, settings, buckets, now=now)
    if wait:
        return TooManyRequests(retry_after_seconds=wait)
    credential = await queries.lock_credential(session, actor.person_id)
    if credential is None or not await secrets.password_fits(password, credential.password_hash):
        await throttle.count_failure(session, settings, buckets, now=now)
        return WrongPassword()
    if otp is not None and not await second_factor_fits(session, settings, actor.person_id, otp, now=now):
        await throttle.count_failure(session, settings, buckets, now=now)
        return WrongSecondFactor()
    await throttle.clear(session, buckets[0])
    return credential
