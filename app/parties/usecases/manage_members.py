"""Change a member's roles, and end a membership."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor, Permission
from app.kit.errors import NotFound
from app.kit.etags import require_version
from app.parties.errors import LastOwner, OwnersOnly
from app.parties.models import Membership, Person
from app.parties.queries import people as queries
from app.parties.rules import may_change_member
from app.parties.schemas.members import MemberPatch
from app.parties.states import MemberRole


async def change_member(
    session: AsyncSession, actor: Actor, person_id: UUID, form: MemberPatch, expected_version: int | None
) -> Row[Membership, Person]:
    """Give a member other roles or another title."""
    found = await _lock(session, actor, person_id)
    actor.require(Permission.MEMBERS_MANAGE)
    membership, _ = found
    require_version(membership.version, expected_version)
    before = {"roles": membership.roles, "title": membership.title}
    if form.roles is not None:
        roles = sorted({role.value for role in form.roles})
        if roles != sorted(membership.roles):
            await _require_may(session, actor, membership, roles)
            membership.roles = roles
    if form.title is not None:
        membership.title = form.title
    membership.version += 1
    await session.flush()
    after = {"roles": membership.roles, "title": membership.title}
    await audit.record(session, actor, "member.change", "person", person_id, before=before, after=after)
    return found


async def end_membership(session: AsyncSession, actor: Actor, person_id: UUID, *, now: datetime) -> None:
    """End a membership: somebody else's with the permission, one's own always. Access ends with the next request."""
    found = await _lock(session, actor, person_id)
    leaving = person_id == actor.person_id
    if not leaving:
        actor.require(Permission.MEMBERS_MANAGE)
    membership, _ = found
    if leaving:
        await _require_other_owner(session, membership)
    else:
        await _require_may(session, actor, membership, [])
    membership.ended_at = now
    membership.version += 1
    await session.flush()
    await audit.record(session, actor, "member.end", "person", person_id, before={"roles": membership.roles})


async def roles_of(session: AsyncSession, actor: Actor) -> list[str]:
    """The actor's own roles in his organization; none for a machine."""
    if actor.person_id is None:
        return []
    found = await queries.member(session, actor.organization_id, actor.person_id)
    return found[0].roles if found else []


async def _lock(session: AsyncSession, actor: Actor, person_id: UUID) -> Row[Membership, Person]:
    # The organization first: changes of its members come one after the other, so owners can be counted.
    await queries.lock_organization(session, actor.organization_id)
    found = await queries.lock_member(session, actor.organization_id, person_id)
    if found is None:
        raise NotFound()
    return found


async def _require_may(session: AsyncSession, actor: Actor, membership: Membership, after: list[str]) -> None:
    own = await roles_of(session, actor)
    if not may_change_member(own, membership.roles, after, is_self=membership.person_id == actor.person_id):
        raise OwnersOnly()
    if MemberRole.OWNER not in after:
        await _require_other_owner(session, membership)


async def _require_other_owner(session: AsyncSession, membership: Membership) -> None:
    if MemberRole.OWNER in membership.roles and await queries.owners(session, membership.organization_id) < 2:
        raise LastOwner()
