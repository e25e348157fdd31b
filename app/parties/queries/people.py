"""Organizations and who belongs to them. Every function runs under the transaction's tenant."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.parties.models import Membership, Organization, Person
from app.parties.rules import permissions_of


async def organizations(session: AsyncSession, ids: Sequence[UUID]) -> list[Organization]:
    """The organizations with these ids that may be seen."""
    return list((await session.scalars(select(Organization).where(Organization.id.in_(ids)))).all())


async def lock_organization(session: AsyncSession, organization_id: UUID) -> Organization | None:
    """The organization's row, locked."""
    statement = select(Organization).where(Organization.id == organization_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


async def person(session: AsyncSession, person_id: UUID) -> Person | None:
    """A person that may be seen: oneself, a colleague, or anybody for the operator."""
    return (await session.scalars(select(Person).where(Person.id == person_id))).first()


async def current_members(session: AsyncSession, organization_id: UUID) -> Sequence[Row[Membership, Person]]:
    """Everybody who belongs to the organization now, longest first."""
    return (
        await session.execute(
            select(Membership, Person)
            .join(Person, Person.id == Membership.person_id)
            .where(Membership.organization_id == organization_id, Membership.ended_at.is_(None))
            .order_by(Membership.id)
        )
    ).all()


async def members_who_may(session: AsyncSession, organization_id: UUID, permission: Permission) -> list[Person]:
    """The current members who hold a permission."""
    organization = (await session.scalars(select(Organization).where(Organization.id == organization_id))).first()
    if organization is None:
        return []
    members = await current_members(session, organization_id)
    return [
        person for membership, person in members if permission in permissions_of(membership.roles, organization.roles)
    ]


async def lock_member(
    session: AsyncSession, organization_id: UUID, person_id: UUID
) -> Row[Membership, Person] | None:
    """A current membership with its person; the membership is locked."""
    return (
        await session.execute(
            select(Membership, Person)
            .join(Person, Person.id == Membership.person_id)
            .where(
                Membership.organization_id == organization_id,
                Membership.person_id == person_id,
                Membership.ended_at.is_(None),
            )
            .with_for_update(of=Membership)
            .execution_options(populate_existing=True)
        )
    ).first()


async def memberships_of(session: AsyncSession, person_id: UUID) -> Sequence[Row[Membership, Organization]]:
    """Where a person belongs now, oldest first. Needs `app.person_id` to be his."""
    return (
        await session.execute(
            select(Membership, Organization)
            .join(Organization, Organization.id == Membership.organization_id)
            .where(Membership.person_id == person_id, Membership.ended_at.is_(None))
            .order_by(Membership.id)
        )
    ).all()
