"""Register an organization with its first owner."""

import re
import secrets as random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.tenancy import act_for
from app.kit.errors import FieldError, Invalid, Problem, TooManyRequests
from app.kit.ids import new_id
from app.kit.outbox import announce
from app.parties import secrets, throttle
from app.parties.errors import EmailInUse
from app.parties.events import OrganizationRegistered
from app.parties.models import (
    Credential,
    Membership,
    Organization,
    OrganizationDetails,
    Person,
    RegistrationNumber,
)
from app.parties.queries import access as access_queries
from app.parties.queries import people as queries
from app.parties.schemas.organizations import AddressIn, OrganizationIn, OwnerIn, RegistrationNumberIn
from app.parties.states import MemberRole, OrganizationRole
from app.parties.usecases.set_password import CONFIRMATION, mail_link
from app.reference import facade as reference
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Registered:
    """The new organization and its owner."""

    organization: Organization
    owner: Person


async def register_organization(
    session: AsyncSession,
    settings: Settings,
    form: OrganizationIn,
    owner: OwnerIn,
    *,
    address: str | None,
    now: datetime,
) -> Registered | Problem:
    """The organization, its owner and his credentials. An address in use is a refusal that counts, so it is returned."""
    buckets = throttle.place_buckets(settings, "register", address, 20)
    wait = await throttle.wait_before(session, settings, buckets, now=now)
    if wait:
        return TooManyRequests(retry_after_seconds=wait)
    await throttle.count_failure(session, settings, buckets, now=now)
    if await access_queries.person_of_email(session, owner.email) is not None:
        return EmailInUse()
    return await found(session, settings, form, owner, roles=[role.value for role in form.roles], now=now)


async def found(
    session: AsyncSession,
    settings: Settings,
    form: OrganizationIn,
    owner: OwnerIn,
    *,
    roles: Sequence[str],
    now: datetime,
) -> Registered:
    """Make the rows. Acts for the new organization from here on."""
    secrets.require_good_password(owner.password, email=owner.email, pointer="/owner/password")
    numbers = checked_numbers(form.registration_numbers, form.country, "/organization/registration_numbers")
    organization_id, person_id = new_id(), new_id()
    operating = OrganizationRole.OPERATOR in roles
    await act_for(session, organization_id, person_id=person_id, operator=operating)
    organization = Organization(
        id=organization_id,
        code=await _free_code(session, form.legal_name_latin),
        legal_name_local=form.legal_name_local,
        legal_name_latin=form.legal_name_latin,
        country=form.country,
        city=form.city,
        roles=sorted(set(roles)),
        locale=form.locale,
        listed=form.listed and OrganizationRole.SUPPLIER in roles,
        version=1,
        created_at=now,
    )
    person = new_person(person_id, owner)
    session.add_all([organization, person])
    await session.flush()
    session.add(details_row(organization_id, form.address))
    session.add_all(number_rows(organization_id, numbers))
    session.add(Membership(person_id=person_id, organization_id=organization_id, roles=[MemberRole.OWNER.value]))
    session.add(await new_credential(person_id, owner.password, now=now))
    await session.flush()
    actor = Actor(organization_id, frozenset(), frozenset(roles), person_id=person_id)
    after = {"code": organization.code, "roles": organization.roles, "country": organization.country}
    await audit.record(session, actor, "organization.register", "organization", organization_id, after=after)
    event = OrganizationRegistered(organization_id=organization_id, owner_id=person_id)
    await announce(session, event, organizations=[organization_id])
    await mail_link(session, settings, person_id, CONFIRMATION, now=now)
    await act_for(session, organization_id, person_id=person_id, operator=operating)
    return Registered(organization, person)


def new_person(person_id: UUID, form: OwnerIn) -> Person:
    """A person as he described himself."""
    return Person(
        id=person_id,
        email=form.email,
        name=form.name,
        locale=form.locale,
        time_zone=form.time_zone,
        unit_system=form.unit_system,
        currency=form.currency,
    )


async def new_credential(person_id: UUID, password: str, *, now: datetime) -> Credential:
    """Credentials with a first password."""
    return Credential(person_id=person_id, password_hash=await secrets.hash_password(password), password_changed_at=now)


def details_row(organization_id: UUID, form: AddressIn) -> OrganizationDetails:
    """The private facts of an organization."""
    return OrganizationDetails(organization_id=organization_id, **form.model_dump())


def number_rows(organization_id: UUID, numbers: Sequence[tuple[str, str]]) -> list[RegistrationNumber]:
    """The numbers of an organization."""
    return [RegistrationNumber(organization_id=organization_id, kind=kind, number=number) for kind, number in numbers]


def checked_numbers(numbers: Sequence[RegistrationNumberIn], country: str, pointer: str) -> list[tuple[str, str]]:
    """The numbers as they are stored, each once. Raises `Invalid` naming (below `pointer`) each that cannot be right."""
    errors, good = [], []
    for position, item in enumerate(numbers):
        checked = reference.check_registration_number(item.kind, item.number, country)
        if checked.ok:
            good.append((item.kind, checked.normalized))
        else:
            code = checked.problem_code or "registration-invalid"
            errors.append(FieldError(f"{pointer}/{position}/number", code, reference.REGISTRATION_PROBLEM_TEXTS[code]))
    if errors:
        raise Invalid(errors=errors)
    return list(dict.fromkeys(good))


def slug(name: str) -> str:
    """A name as a part of an address: `Müller Formenbau GmbH & Co. KG` becomes `muller-formenbau-gmbh-co-kg`."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].strip("-") or "organization"


async def _free_code(session: AsyncSession, name: str) -> str:
    code = slug(name)
    while await queries.code_taken(session, code):
        code = f"{slug(name)}-{random.token_hex(3)}"
    return code
