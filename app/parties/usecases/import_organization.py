"""Take over an organization with its people at once, without the mails of a registration: for the installer's tools."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.outbox import announce
from app.kit.schemas import CurrencyCode, Input, LocaleTag, TimeZoneName
from app.parties.events import OrganizationRegistered
from app.parties.models import Credential, Membership, Organization, Person
from app.parties.schemas.common import Email, Name
from app.parties.schemas.organizations import ChosenRole, OrganizationIn
from app.parties.states import MemberRole, OrganizationRole, UnitSystem
from app.parties.usecases.register_organization import checked_numbers, details_row, number_rows


class PersonImport(Input):
    """A person who belongs to the organization, with a confirmed address."""

    email: Email
    name: Name
    locale: LocaleTag
    time_zone: TimeZoneName
    unit_system: UnitSystem
    currency: CurrencyCode
    roles: list[MemberRole] = Field(min_length=1)


class OrganizationImport(OrganizationIn):
    """An organization under a code of the importer's choice. `operates` makes it the operator's."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
    roles: list[ChosenRole] = Field(default=[], max_length=4)
    operates: bool = False
    people: list[PersonImport] = Field(min_length=1, description="The first must be an owner.")


@dataclass(frozen=True, slots=True)
class ImportedOrganization:
    """The ids that were given; people by their address."""

    id: UUID
    person_ids: Mapping[str, UUID]


async def import_organization(
    session: AsyncSession, form: OrganizationImport, *, password_hash: str, now: datetime
) -> ImportedOrganization:
    """Make the rows, everybody with the same password. Acts for the new organization from here on.

    Raises `Invalid` for register numbers that cannot be right. Nobody is mailed.
    """
    numbers = checked_numbers(form.registration_numbers, form.country, "/registration_numbers")
    organization_id = new_id()
    person_ids = {person.email: new_id() for person in form.people}
    roles = sorted(
        {role.value for role in form.roles} | ({OrganizationRole.OPERATOR.value} if form.operates else set())
    )
    owner_id = person_ids[form.people[0].email]
    await act_for(session, organization_id, person_id=owner_id, operator=form.operates)
    organization = Organization(
        id=organization_id,
        roles=roles,
        listed=form.listed and OrganizationRole.SUPPLIER in roles,
        version=1,
        created_at=now,
        **form.model_dump(include={"code", "legal_name_local", "legal_name_latin", "country", "city", "locale"}),
    )
    session.add(organization)
    await session.flush()
    session.add_all([details_row(organization_id, form.address), *number_rows(organization_id, numbers)])
    await session.flush()
    for person in form.people:
        await _join(session, organization_id, person_ids[person.email], person, password_hash, now=now)
    await act_for(session, organization_id, person_id=owner_id, operator=form.operates)
    after = {"code": organization.code, "roles": roles, "country": organization.country, "people": len(person_ids)}
    await audit.record(
        session,
        None,
        "organization.import",
        "organization",
        organization_id,
        after=after,
        organization_id=organization_id,
    )
    event = OrganizationRegistered(organization_id=organization_id, owner_id=owner_id)
    await announce(session, event, organizations=[organization_id])
    return ImportedOrganization(organization_id, person_ids)


async def _join(
    session: AsyncSession,
    organization_id: UUID,
    person_id: UUID,
    form: PersonImport,
    password_hash: str,
    *,
    now: datetime,
) -> None:
    """A person is written by himself: nobody else may."""
    await act_for(session, organization_id, person_id=person_id)
    session.add(Person(id=person_id, created_at=now, version=1, **form.model_dump(exclude={"roles"})))
    await session.flush()
    session.add(
        Membership(
            person_id=person_id,
            organization_id=organization_id,
            roles=sorted(role.value for role in form.roles),
            created_at=now,
            version=1,
        )
    )
    session.add(
        Credential(person_id=person_id, password_hash=password_hash, password_changed_at=now, email_confirmed_at=now)
    )
    await session.flush()
