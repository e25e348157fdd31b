"""Who takes part in the demo market: its organizations and their people, as actors of use cases."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.demo.inquiries.seeds import OrganizationSeed, PersonSeed
from app.demo.market.seeds import RegistrationNumber, SupplierSeed
from app.demo.seed.history import History
from app.kit.actor import Actor
from app.parties import facade as parties
from app.parties.rules import permissions_of
from app.parties.schemas.organizations import AddressIn, RegistrationNumberIn, VerificationIn
from app.parties.states import MemberRole, UnitSystem, VerificationOutcome
from app.parties.usecases.edit_organization import verify_organization

# python-stdnum's name of a register → ours. A trade register's entry without check digits is not kept.
KINDS = {
    "br.cnpj": "cnpj",
    "cn.uscc": "uscc",
    "de.vat": "vat",
    "es.cif": "vat",
    "eu.vat": "vat",
    "fr.tva": "vat",
    "gb.vat": "gb_vat",
    "it.iva": "vat",
    "jp.cn": "jp_cn",
    "lei": "lei",
    "mx.rfc": "mx_rfc",
    "pt.nif": "vat",
    "tw.ubn": "tw_ubn",
    "us.ein": "us_ein",
}
CONTACT_ROLES = {"sales": ("sales",), "engineering": ("sales",)}


@dataclass
class Cast:
    """Everybody by name: organizations by code, people by address."""

    organization_ids: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, Actor] = field(default_factory=dict)
    speakers: dict[str, Actor] = field(default_factory=dict)
    """Who speaks for an organization, by its code: its first person."""


def supplier_as_organization(seed: SupplierSeed) -> OrganizationSeed:
    """A supplier with his contacts as members; the first owns the firm and sells."""
    people = tuple(
        PersonSeed(
            name=contact.name,
            name_latin=contact.name,
            roles=("owner", "sales") if position == 0 else CONTACT_ROLES.get(contact.role, ("viewer",)),
            email=contact.email,
            locale=seed.locale,
        )
        for position, contact in enumerate(seed.contacts)
    )
    return OrganizationSeed(
        code=seed.code,
        roles=("supplier",),
        legal_name=seed.legal_name,
        legal_name_latin=seed.legal_name_latin,
        verified=seed.verified,
        address=seed.address,
        locale=seed.locale,
        time_zone=seed.time_zone,
        unit_system=seed.unit_system,
        currency=seed.currency,
        registration_numbers=seed.registration_numbers,
        people=people,
    )


async def join(told: History, cast: Cast, seed: OrganizationSeed, password_hash: str) -> None:
    """Let an organization join with all its people."""
    imported = await parties.import_organization(told.session, _form(seed), password_hash=password_hash, now=told.now)
    cast.organization_ids[seed.code] = imported.id
    for person in seed.people:
        permissions = permissions_of(person.roles, seed.roles)
        cast.people[person.email] = Actor(
            organization_id=imported.id,
            permissions=permissions,
            organization_roles=frozenset(seed.roles),
            person_id=imported.person_ids[person.email],
            locale=person.locale,
            time_zone=seed.time_zone,
            unit_system=seed.unit_system,
            currency=seed.currency,
            is_operator="operator" in seed.roles and "owner" in person.roles,
        )
    cast.speakers[seed.code] = cast.people[seed.people[0].email]


def _form(seed: OrganizationSeed) -> parties.OrganizationImport:
    return parties.OrganizationImport.model_validate(
        {
            "code": seed.code,
            "legal_name_local": seed.legal_name,
            "legal_name_latin": seed.legal_name_latin,
            "country": seed.address.country,
            "city": seed.address.city,
            "roles": [role for role in seed.roles if role != "operator"],
            "operates": "operator" in seed.roles,
            "locale": seed.locale,
            "listed": "supplier" in seed.roles,
            "address": AddressIn(
                street=seed.address.street, postal_code=seed.address.postal_code, region=seed.address.region
            ),
            "registration_numbers": _numbers(seed.registration_numbers),
            "people": [
                parties.PersonImport(
                    email=person.email,
                    name=person.name,
                    locale=person.locale,
                    time_zone=seed.time_zone,
                    unit_system=UnitSystem(seed.unit_system),
                    currency=seed.currency,
                    roles=[MemberRole(role) for role in person.roles],
                )
                for person in seed.people
            ],
        }
    )


def _numbers(numbers: Sequence[RegistrationNumber]) -> list[RegistrationNumberIn]:
    return [
        RegistrationNumberIn(kind=KINDS[item.scheme], number=item.number) for item in numbers if item.scheme in KINDS
    ]


async def verify(told: History, operator: Actor, organization_id: UUID) -> None:
    """The operator gives the badge."""
    form = VerificationIn(
        outcome=VerificationOutcome.VERIFIED, note="Register entry, address and bank details checked by telephone."
    )
    await verify_organization(await told.let(operator), operator, organization_id, form, now=told.now)
