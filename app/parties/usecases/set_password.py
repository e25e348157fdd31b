"""Change a password, or set a new one through a mailed link; confirm an address."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.crypto import token_digest
from app.kit.db.tenancy import act_for
from app.kit.errors import Problem, TooManyRequests
from app.kit.ids import new_id
from app.kit.outbox import announce
from app.parties import secrets, throttle
from app.parties.errors import LinkNotUsable
from app.parties.events import EmailConfirmationRequested, PasswordResetRequested
from app.parties.links import link_token
from app.parties.models import MailToken
from app.parties.queries import access as queries
from app.parties.queries import people
from app.parties.states import SignInEnd
from app.parties.usecases.prove_identity import prove_password
from app.settings import Settings

RESET, CONFIRMATION = "password_reset", "email_confirmation"
_LIFE = {RESET: timedelta(hours=1), CONFIRMATION: timedelta(days=7)}
MAILS_AN_HOUR = 3
ANSWER_SECONDS = 0.1


async def change_password(
    session: AsyncSession, settings: Settings, actor: Actor, present: str, new: str, *, now: datetime
) -> Problem | None:
    """Set a new password and end the person's other sessions. A refusal is returned, so that it is counted."""
    credential = await prove_password(session, settings, actor, present, now=now)
    if isinstance(credential, Problem):
        return credential
    person = await people.person(session, credential.person_id)
    secrets.require_good_password(new, email=person.email if person else "", pointer="/new_password")
    credential.password_hash = await secrets.hash_password(new)
    credential.password_changed_at = now
    await queries.spend_mail_tokens(session, credential.person_id, RESET, now)
    ended = await queries.end_sign_ins(
        session, credential.person_id, SignInEnd.PASSWORD_CHANGED, now, except_id=actor.session_id
    )
    await audit.record(
        session, actor, "password.change", "person", credential.person_id, after={"sessions_ended": ended}
    )
    return None


async def request_password_reset(
    session: AsyncSession, settings: Settings, email: str, *, address: str | None, now: datetime
) -> Problem | None:
    """Have a link mailed, if somebody has this address. The caller learns nothing either way."""
    buckets = throttle.place_buckets(settings, "reset", address, 10)
    wait = await throttle.wait_before(session, settings, buckets, now=now)
    if wait:
        return TooManyRequests(retry_after_seconds=wait)
    await throttle.count_failure(session, settings, buckets, now=now)
    answered_at = asyncio.get_running_loop().time() + ANSWER_SECONDS
    person_id = await queries.person_of_email(session, email)
    if person_id is not None:
        await mail_link(session, settings, person_id, RESET, now=now)
    # The time it took must not say either whether there was somebody to write to.
    await asyncio.sleep(max(0.0, answered_at - asyncio.get_running_loop().time()))
    return None


async def mail_link(session: AsyncSession, settings: Settings, person_id: UUID, purpose: str, *, now: datetime) -> None:
    """Make a link and announce it. At most three an hour: nobody's mailbox is filled by somebody else."""
    await act_for(session, None, person_id=person_id)
    if await queries.mail_tokens_since(session, person_id, purpose, now - timedelta(hours=1)) >= MAILS_AN_HOUR:
        return
    memberships = await queries.memberships_of(session, person_id)
    if not memberships:
        return
    token_id = new_id()
    digest = token_digest(link_token(settings, purpose, token_id))
    row = MailToken(
        id=token_id,
        person_id=person_id,
        purpose=purpose,
        digest=digest,
        created_at=now,
        expires_at=now + _LIFE[purpose],
    )
    session.add(row)
    await session.flush()
    organization_id = memberships[0].organization_id
    # The event's audience is the person alone.
    await act_for(session, person_id, person_id=person_id)
    if purpose == RESET:
        await announce(
            session,
            PasswordResetRequested(person_id=person_id, reset_id=token_id, organization_id=organization_id),
            organizations=[person_id],
        )
    else:
        await announce(
            session,
            EmailConfirmationRequested(person_id=person_id, confirmation_id=token_id, organization_id=organization_id),
            organizations=[person_id],
        )


async def reset_password(session: AsyncSession, token: str, new: str, *, now: datetime) -> None:
    """Set a new password by a mailed link, which also confirms the address. Every session of the person ends."""
    row = await _spend(session, token, RESET, now=now)
    person = await people.person(session, row.person_id)
    secrets.require_good_password(new, email=person.email if person else "", pointer="/new_password")
    credential = await queries.lock_credential(session, row.person_id)
    if credential is None:
        raise LinkNotUsable()
    credential.password_hash = await secrets.hash_password(new)
    credential.password_changed_at = now
    credential.email_confirmed_at = credential.email_confirmed_at or now
    await queries.spend_mail_tokens(session, row.person_id, RESET, now)
    await queries.end_sign_ins(session, row.person_id, SignInEnd.PASSWORD_CHANGED, now)
    await _record(session, row.person_id, "password.reset")


async def confirm_email(session: AsyncSession, token: str, *, now: datetime) -> None:
    """Confirm an address by a mailed link."""
    row = await _spend(session, token, CONFIRMATION, now=now)
    credential = await queries.lock_credential(session, row.person_id)
    if credential is None:
        raise LinkNotUsable()
    credential.email_confirmed_at = credential.email_confirmed_at or now
    await _record(session, row.person_id, "email.confirm")


async def _spend(session: AsyncSession, token: str, purpose: str, *, now: datetime) -> MailToken:
    digest = token_digest(token)
    person_id = await queries.person_of_mail_token(session, digest)
    if person_id is None:
        raise LinkNotUsable()
    await act_for(session, None, person_id=person_id)
    row = await queries.lock_mail_token(session, digest)
    if row is None or row.purpose != purpose or row.used_at is not None or row.expires_at <= now:
        raise LinkNotUsable()
    row.used_at = now
    await session.flush()
    return row


async def _record(session: AsyncSession, person_id: UUID, action: str) -> None:
    for membership in (await queries.memberships_of(session, person_id))[:1]:
        await session.flush()
        await act_for(session, membership.organization_id, person_id=person_id)
        actor = Actor(membership.organization_id, frozenset(), frozenset(), person_id=person_id)
        await audit.record(session, actor, action, "person", person_id)
