"""Organizations and who belongs to them. Every function runs under the transaction's tenant."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.parties.models import (
    Invitation,
    Membership,
    Organization,
    OrganizationDetails,
    Person,
    RegistrationNumber,
    VerificationDecision,
)
from app.parties.rules import permissions_of
from app.parties.states import OrganizationRole


async def organization_of_code(session: AsyncSession, code: str) -> Organization | None:
    """The organization with a code, if it may be seen."""
    return await session.scalar(select(Organization).where(Organization.code == code))


async def organizations(session: AsyncSession, ids: Sequence[UUID]) -> list[Organization]:
    """The organizations with these ids that may be seen."""
    return list((await session.scalars(select(Organization).where(Organization.id.in_(ids)))).all())


async def operators(session: AsyncSession, most: int) -> list[Organization]:
    """Organizations that operate the marketplace, the oldest first."""
    statement = select(Organization).where(Organization.roles.contains([OrganizationRole.OPERATOR]))
    return list((await session.scalars(statement.order_by(Organization.id).limit(most))).all())


async def verified_with_role(session: AsyncSession, role: str, most: int) -> list[Organization]:
    """Verified organizations that play a role, the oldest first."""
    statement = select(Organization).where(Organization.roles.contains([role]), Organization.verified_at.is_not(None))
    return list((await session.scalars(statement.order_by(Organization.id).limit(most))).all())


async def with_role(session: AsyncSession, role: str, after: UUID | None, most: int) -> list[Organization]:
    """The next organizations that play a role, the oldest first."""
    statement = select(Organization).where(Organization.roles.contains([role]))
    if after is not None:
        statement = statement.where(Organization.id > after)
    return list((await session.scalars(statement.order_by(Organization.id).limit(most))).all())


async def sandbox_of(session: AsyncSession, organization_id: UUID) -> list[Organization]:
    """The organizations of an organization's sandbox, in the order in which they were made; none before it is opened."""
    statement = select(Organization).where(Organization.sandbox_of == organization_id).order_by(Organization.id)
    return list((await session.scalars(statement)).all())


async def lock_organization(session: AsyncSession, organization_id: UUID) -> Organization | None:
    """The organization's row, locked."""
    statement = select(Organization).where(Organization.id == organization_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


async def person(session: AsyncSession, person_id: UUID) -> Person | None:
    """A person that may be seen: oneself, a colleague, or anybody for the operator."""
    return (await session.scalars(select(Person).where(Person.id == person_id))).first()


async def lock_person(session: AsyncSession, person_id: UUID) -> Person | None:
    """The row of the person acted for, locked."""
    statement = select(Person).where(Person.id == person_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


async def forget_person(session: AsyncSession, person_id: UUID) -> None:
    """Empty the rows that are a person's own. The function lets only the operator in, and never takes a member."""
    await session.execute(select(func.app_forget_person(person_id)))
    session.expire_all()


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


async def lock_member(session: AsyncSession, organization_id: UUID, person_id: UUID) -> Row[Membership, Person] | None:
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


async def code_taken(session: AsyncSession, code: str) -> bool:
    """Whether an organization has this code."""
    return await session.scalar(select(Organization.id).where(Organization.code == code)) is not None


async def details(session: AsyncSession, organization_id: UUID) -> OrganizationDetails | None:
    """The private facts of an organization."""
    statement = select(OrganizationDetails).where(OrganizationDetails.organization_id == organization_id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


async def registration_numbers(session: AsyncSession, organization_id: UUID) -> list[RegistrationNumber]:
    """The register numbers of an organization."""
    statement = select(RegistrationNumber).where(RegistrationNumber.organization_id == organization_id)
    return list((await session.scalars(statement.order_by(RegistrationNumber.kind, RegistrationNumber.number))).all())


async def forget_registration_numbers(session: AsyncSession, organization_id: UUID) -> None:
    """Remove the register numbers, to write them anew."""
    await session.execute(delete(RegistrationNumber).where(RegistrationNumber.organization_id == organization_id))


async def others_with_numbers(session: AsyncSession, organization_id: UUID) -> list[UUID]:
    """Other organizations that state one of the same numbers: something for the operator to look at."""
    own = select(RegistrationNumber.kind, RegistrationNumber.number).where(
        RegistrationNumber.organization_id == organization_id
    )
    statement = (
        select(RegistrationNumber.organization_id)
        .where(
            tuple_(RegistrationNumber.kind, RegistrationNumber.number).in_(own),
            RegistrationNumber.organization_id != organization_id,
        )
        .distinct()
    )
    return list((await session.scalars(statement)).all())


async def verification_decisions(session: AsyncSession, organization_id: UUID) -> list[VerificationDecision]:
    """What the operator decided about an organization, newest first; at most the last hundred."""
    statement = select(VerificationDecision).where(VerificationDecision.organization_id == organization_id)
    return list((await session.scalars(statement.order_by(VerificationDecision.id.desc()).limit(100))).all())


def directory(
    *, listed: bool, role: str | None = None, country: str | None = None, verified: bool | None = None
) -> Select[Organization]:
    """Organizations: the listed suppliers that everybody may see, or (for the operator) all."""
    statement = select(Organization)
    if listed:
        statement = statement.where(Organization.listed, Organization.roles.contains(["supplier"]))
    if role:
        statement = statement.where(Organization.roles.contains([role]))
    if country:
        statement = statement.where(Organization.country == country)
    if verified is not None:
        found = Organization.verified_at.is_not(None)
        statement = statement.where(found if verified else ~found)
    return statement


def members_of(organization_id: UUID) -> Select[Membership]:
    """The current memberships of an organization."""
    return select(Membership).where(Membership.organization_id == organization_id, Membership.ended_at.is_(None))


async def people_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Person]:
    """People that may be seen, by id."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    return {row.id: row for row in await session.scalars(select(Person).where(Person.id.in_(wanted)))}


async def member(session: AsyncSession, organization_id: UUID, person_id: UUID) -> Row[Membership, Person] | None:
    """A current membership with its person."""
    return (
        await session.execute(
            select(Membership, Person)
            .join(Person, Person.id == Membership.person_id)
            .where(
                Membership.organization_id == organization_id,
                Membership.person_id == person_id,
                Membership.ended_at.is_(None),
            )
        )
    ).first()


async def member_of_email(session: AsyncSession, organization_id: UUID, email: str) -> UUID | None:
    """The current member with this address."""
    return await session.scalar(
        select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            func.lower(Person.email) == email.lower(),
            Membership.organization_id == organization_id,
            Membership.ended_at.is_(None),
        )
    )


async def owners(session: AsyncSession, organization_id: UUID) -> int:
    """How many owners an organization has. Lock the organization first."""
    statement = (
        select(func.count())
        .select_from(Membership)
        .where(
            Membership.organization_id == organization_id,
            Membership.ended_at.is_(None),
            Membership.roles.contains(["owner"]),
        )
    )
    return (await session.scalars(statement)).one()


def invitations_of(organization_id: UUID) -> Select[Invitation]:
    """The invitations of an organization that are neither accepted nor withdrawn."""
    return select(Invitation).where(
        Invitation.organization_id == organization_id,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
    )


async def open_invitation(session: AsyncSession, organization_id: UUID, email: str) -> Invitation | None:
    """The invitation to an address that is neither accepted nor withdrawn, locked."""
    statement = invitations_of(organization_id).where(func.lower(Invitation.email) == email.lower())
    return (await session.scalars(statement.with_for_update().execution_options(populate_existing=True))).first()


async def lock_invitation(session: AsyncSession, organization_id: UUID, invitation_id: UUID) -> Invitation | None:
    """One invitation, locked."""
    statement = select(Invitation).where(Invitation.id == invitation_id, Invitation.organization_id == organization_id)
    return (await session.scalars(statement.with_for_update().execution_options(populate_existing=True))).first()


async def invitation_of_digest(session: AsyncSession, digest: bytes, *, lock: bool) -> Invitation | None:
    """The invitation with this token, locked on demand."""
    statement = select(Invitation).where(Invitation.token_digest == digest)
    if lock:
        statement = statement.with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()
