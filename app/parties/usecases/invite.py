"""Invite somebody, look at an invitation, accept or withdraw it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor, Permission
from app.kit.crypto import token_digest
from app.kit.db.tenancy import act_for
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.parties import secrets
from app.parties.errors import AlreadyInvited, AlreadyMember, LinkNotUsable, OwnersOnly, PeopleOnly
from app.parties.events import MemberInvited
from app.parties.links import invitation_token
from app.parties.models import Invitation, Membership
from app.parties.queries import access as access_queries
from app.parties.queries import people as queries
from app.parties.rules import may_change_member
from app.parties.schemas.members import AcceptanceIn, InvitationIn
from app.parties.schemas.organizations import OwnerIn
from app.parties.usecases.manage_members import roles_of
from app.parties.usecases.register_organization import new_credential, new_person
from app.settings import Settings

LIFE = timedelta(days=7)


async def invite(
    session: AsyncSession, settings: Settings, actor: Actor, form: InvitationIn, *, now: datetime
) -> Invitation:
    """Have somebody invited by mail. An expired invitation to the same address gives way."""
    if actor.person_id is None:
        raise PeopleOnly()
    roles = sorted({role.value for role in form.roles})
    if not may_change_member(await roles_of(session, actor), [], roles, is_self=False):
        raise OwnersOnly()
    organization = await queries.lock_organization(session, actor.organization_id)
    if organization is None:
        raise NotFound()
    if await queries.member_of_email(session, actor.organization_id, form.email) is not None:
        raise AlreadyMember()
    earlier = await queries.open_invitation(session, actor.organization_id, form.email)
    if earlier is not None:
        if earlier.expires_at > now:
            raise AlreadyInvited()
        earlier.revoked_at = now
        await session.flush()
    invitation_id = new_id()
    invitation = Invitation(
        id=invitation_id,
        organization_id=actor.organization_id,
        email=form.email,
        roles=roles,
        locale=form.locale or organization.locale,
        token_digest=token_digest(invitation_token(settings, invitation_id)),
        invited_by=actor.person_id,
        created_at=now,
        expires_at=now + LIFE,
    )
    session.add(invitation)
    await session.flush()
    # The address stands in the invitation; the log needs only to know which one.
    await audit.record(session, actor, "member.invite", "invitation", invitation_id, after={"roles": roles})
    event = MemberInvited(invitation_id=invitation_id, organization_id=actor.organization_id)
    await announce(session, event, organizations=[actor.organization_id])
    return invitation


async def withdraw_invitation(session: AsyncSession, actor: Actor, invitation_id: UUID, *, now: datetime) -> None:
    """Make an open invitation worthless. Doing so again changes nothing."""
    invitation = await queries.lock_invitation(session, actor.organization_id, invitation_id)
    if invitation is None or invitation.accepted_at is not None:
        raise NotFound()
    actor.require(Permission.MEMBERS_MANAGE)
    if invitation.revoked_at is None:
        invitation.revoked_at = now
        await session.flush()
        await audit.record(session, actor, "member.uninvite", "invitation", invitation_id)


async def find_invitation(session: AsyncSession, token: str, *, now: datetime, lock: bool = False) -> Invitation:
    """The open invitation of a token; acts for its organization from here on. Raises `LinkNotUsable`."""
    digest = token_digest(token)
    organization_id = await access_queries.organization_of_invitation(session, digest)
    if organization_id is None:
        raise LinkNotUsable()
    await act_for(session, organization_id)
    invitation = await queries.invitation_of_digest(session, digest, lock=lock)
    ended = invitation is None or invitation.accepted_at is not None or invitation.revoked_at is not None
    if invitation is None or ended or invitation.expires_at <= now:
        raise LinkNotUsable()
    return invitation


async def accept_invitation(session: AsyncSession, form: AcceptanceIn, *, now: datetime) -> tuple[UUID, UUID]:
    """Join: with the account that has the invited address, or with a new one. (organization id, person id).

    The token came by mail, so it proves the address; it opens no session, so an existing account stays behind its
    password.
    """
    invitation = await find_invitation(session, form.token, now=now, lock=True)
    organization_id = invitation.organization_id
    person_id = await access_queries.person_of_email(session, invitation.email)
    if person_id is None:
        person_id = await _new_account(session, organization_id, invitation, form, now=now)
    else:
        await act_for(session, organization_id, person_id=person_id)
        if await queries.member(session, organization_id, person_id) is not None:
            raise AlreadyMember()
        credential = await access_queries.lock_credential(session, person_id)
        if credential is not None:
            credential.email_confirmed_at = credential.email_confirmed_at or now
    session.add(Membership(person_id=person_id, organization_id=organization_id, roles=list(invitation.roles)))
    invitation.accepted_at = now
    invitation.accepted_by = person_id
    await session.flush()
    actor = Actor(organization_id, frozenset(), frozenset(), person_id=person_id)
    after = {"roles": invitation.roles, "invited_by": invitation.invited_by}
    await audit.record(session, actor, "member.join", "person", person_id, after=after)
    return organization_id, person_id


async def _new_account(
    session: AsyncSession, organization_id: UUID, invitation: Invitation, form: AcceptanceIn, *, now: datetime
) -> UUID:
    message = N_("This field is required.")
    missing = [FieldError(f"/{name}", "missing", message) for name in ("name", "password") if not getattr(form, name)]
    if missing or form.name is None or form.password is None:
        raise Invalid(errors=missing)
    secrets.require_good_password(form.password, email=invitation.email, pointer="/password")
    person_id = new_id()
    await act_for(session, organization_id, person_id=person_id)
    described = OwnerIn(
        email=invitation.email,
        name=form.name,
        password=form.password,
        locale=form.locale or invitation.locale,
        time_zone=form.time_zone,
        unit_system=form.unit_system,
        currency=form.currency,
    )
    session.add(new_person(person_id, described))
    await session.flush()
    credential = await new_credential(person_id, form.password, now=now)
    credential.email_confirmed_at = now
    session.add(credential)
    await session.flush()
    return person_id
