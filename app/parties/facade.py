"""All that other rooms may call. Calls run in the caller's transaction and under its tenant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.kit.db.tenancy import act_for
from app.parties.approval_rules import ApprovalSubject, decides_for
from app.parties.directory import supplier_directory, supplier_page
from app.parties.links import email_confirmation_link, invitation_link, password_reset_link
from app.parties.models import Approval, Invitation, Organization, Person
from app.parties.queries import approvals as approval_queries
from app.parties.queries import people as queries
from app.parties.queries import suppliers as supplier_queries
from app.parties.schemas.organizations import ChosenRole, RegistrationIn
from app.parties.schemas.suppliers import CertificateIn, MachineIn, SupplierProfileIn
from app.parties.secrets import hash_password
from app.parties.supplier_terms import schemes
from app.parties.usecases.edit_supplier_profile import edit_supplier_profile
from app.parties.usecases.follow_link import (
    Offer,
    accept_offer,
    ask_for_password_link,
    confirm_email_by_link,
    offer_of,
    set_password_by_link,
)
from app.parties.usecases.found_operator import found_operator
from app.parties.usecases.import_organization import (
    ImportedOrganization,
    OrganizationImport,
    PersonImport,
    import_organization,
)
from app.parties.usecases.keep_certificates import add_certificate, show_certificate_file
from app.parties.usecases.manage_api_clients import refused_scopes
from app.parties.usecases.open_sandbox import SANDBOX_SCOPES
from app.parties.usecases.operate import decide_verification, forget_person, sign_in_operator, still_belongs
from app.parties.usecases.request_approval import end_approval, request_approval, withdraw_approval
from app.parties.usecases.resolve_actor import machine_actor
from app.parties.usecases.sign_in import Attempt, Place
from app.parties.usecases.sit_at_browser import actor_of_session, sign_in_person, sign_out

__all__ = [
    "SANDBOX_SCOPES",
    "ApprovalSubject",
    "Attempt",
    "CertificateIn",
    "CertificateRef",
    "ChosenRole",
    "ImportedOrganization",
    "InvitationRef",
    "LegalParty",
    "MachineIn",
    "Offer",
    "OrganizationImport",
    "OrganizationRef",
    "PersonImport",
    "PersonRef",
    "Place",
    "RegistrationIn",
    "SupplierProfileIn",
    "accept_offer",
    "actor_of_session",
    "add_certificate",
    "approval_comment",
    "approvers_of",
    "ask_for_password_link",
    "belongs",
    "certificate",
    "certification_name",
    "confirm_email_by_link",
    "decide_verification",
    "edit_supplier_profile",
    "email_confirmation_link",
    "end_approval",
    "forget_person",
    "found_operator",
    "has_approval_rules",
    "hash_password",
    "import_organization",
    "invitation",
    "invitation_link",
    "legal_party",
    "machine_actor",
    "mailed_person",
    "note_response",
    "offer_of",
    "operators",
    "organizations",
    "password_reset_link",
    "people_who_may",
    "person",
    "refused_scopes",
    "request_approval",
    "set_password_by_link",
    "show_certificate_file",
    "sign_in_operator",
    "sign_in_person",
    "sign_out",
    "still_belongs",
    "supplier_directory",
    "supplier_page",
    "verified_with_role",
    "with_role",
    "withdraw_approval",
]


@dataclass(frozen=True, slots=True)
class OrganizationRef:
    """An organization as its partners know it. `certifications` are the schemes of its valid certificates; `sandbox_of` is the
    real organization in whose sandbox it exists."""

    id: UUID
    code: str
    legal_name_local: str
    legal_name_latin: str
    country: str
    city: str
    roles: frozenset[str]
    verified: bool
    locale: str
    certifications: tuple[str, ...] = ()
    sandbox_of: UUID | None = None

    def deals_with(self, other: "OrganizationRef") -> bool:
        """Whether both are on the real market, or in the same sandbox."""
        return self.sandbox_of == other.sandbox_of


@dataclass(frozen=True, slots=True)
class CertificateRef:
    """A certificate as other rooms speak of it."""

    id: UUID
    organization_id: UUID
    scheme: str
    document_id: UUID | None


@dataclass(frozen=True, slots=True)
class PersonRef:
    """A person, and how he reads."""

    id: UUID
    name: str
    email: str
    locale: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class LegalParty:
    """An organization as the papers of a deal name it: where it sits, and its register numbers by kind."""

    id: UUID
    legal_name_local: str
    legal_name_latin: str
    country: str
    city: str
    locale: str
    street: str | None
    postal_code: str | None
    region: str | None
    phone: str | None
    numbers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InvitationRef:
    """What the mail to an invited person says."""

    id: UUID
    organization_id: UUID
    organization_name: str
    email: str
    locale: str
    expires_at: datetime
    open: bool


def _organization(row: Organization) -> OrganizationRef:
    return OrganizationRef(
        id=row.id,
        code=row.code,
        legal_name_local=row.legal_name_local,
        legal_name_latin=row.legal_name_latin,
        country=row.country,
        city=row.city,
        roles=frozenset(row.roles),
        verified=row.verified_at is not None,
        locale=row.locale,
        certifications=tuple(row.certifications),
        sandbox_of=row.sandbox_of,
    )


def _person(row: Person) -> PersonRef:
    return PersonRef(id=row.id, name=row.name, email=row.email, locale=row.locale, time_zone=row.time_zone)


async def organizations(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, OrganizationRef]:
    """The organizations with these ids, by id; those that may not be seen are left out."""
    wanted = list(set(ids))
    return {row.id: _organization(row) for row in await queries.organizations(session, wanted)} if wanted else {}


async def organization_of_code(session: AsyncSession, code: str) -> OrganizationRef | None:
    """The organization with a code, however it is typed; None for one that may not be seen."""
    found = await queries.organization_of_code(session, code.strip().lower())
    return _organization(found) if found else None


async def legal_party(session: AsyncSession, organization_id: UUID) -> LegalParty | None:
    """What partners in a deal may know of each other, for the papers of that deal. Call it while acting for that organization."""
    found = await queries.organizations(session, [organization_id])
    details = await queries.details(session, organization_id)
    numbers = await queries.registration_numbers(session, organization_id)
    if not found:
        return None
    return LegalParty(
        id=organization_id,
        legal_name_local=found[0].legal_name_local,
        legal_name_latin=found[0].legal_name_latin,
        country=found[0].country,
        city=found[0].city,
        locale=found[0].locale,
        street=details.street if details else None,
        postal_code=details.postal_code if details else None,
        region=details.region if details else None,
        phone=details.phone if details else None,
        numbers={row.kind: row.number for row in numbers},
    )


async def verified_with_role(session: AsyncSession, role: str, most: int) -> list[OrganizationRef]:
    """Verified organizations that play a role, the oldest first."""
    return [_organization(row) for row in await queries.verified_with_role(session, role, most)]


async def with_role(session: AsyncSession, role: str, after: UUID | None, most: int) -> list[OrganizationRef]:
    """The next organizations after one that play a role, the oldest first, verified or not."""
    return [_organization(row) for row in await queries.with_role(session, role, after, most)]


async def operators(session: AsyncSession, most: int) -> list[OrganizationRef]:
    """Organizations that operate this marketplace, the oldest first."""
    return [_organization(row) for row in await queries.operators(session, most)]


def certification_name(code: str) -> str:
    """The name of a certification scheme, the same in every language; the code itself for an unknown one."""
    found = schemes().get(code)
    return found.name if found else code


async def certificate(session: AsyncSession, organization_id: UUID, certificate_id: UUID) -> CertificateRef | None:
    """A certificate of an organization that is on its page."""
    row = await supplier_queries.certificate(session, organization_id, certificate_id)
    return CertificateRef(row.id, row.organization_id, row.scheme, row.document_id) if row else None


async def note_response(
    session: AsyncSession,
    supplier_id: UUID,
    case_id: UUID,
    *,
    asked_at: datetime,
    due_at: datetime,
    answered_at: datetime | None,
    dropped: bool = False,
) -> None:
    """Note that a supplier was asked and when it first answered, as far as is known now; safe to repeat in any order.

    `dropped` says that the question was taken back: without an answer it does not count. Call it while acting for the supplier.
    """
    if dropped and answered_at is None:
        await supplier_queries.drop_unanswered(session, case_id)
        return
    await supplier_queries.put_response(session, case_id, supplier_id, asked_at, due_at, answered_at)


async def people_who_may(session: AsyncSession, organization_id: UUID, permission: Permission) -> list[PersonRef]:
    """The organization's current members who hold a permission. Call it while acting for that organization."""
    return [_person(row) for row in await queries.members_who_may(session, organization_id, permission)]


async def person(session: AsyncSession, person_id: UUID) -> PersonRef | None:
    """A person: a colleague of the organization acted for, or oneself."""
    row = await queries.person(session, person_id)
    return _person(row) if row else None


async def belongs(session: AsyncSession, organization_id: UUID, person_id: UUID) -> bool:
    """Whether a person is a member now. Call it while acting for that organization."""
    return await queries.member(session, organization_id, person_id) is not None


async def mailed_person(session: AsyncSession, person_id: UUID) -> PersonRef | None:
    """A person to whom a mail about his own account is written. From jobs and reactions only: it acts as that person."""
    await act_for(session, None, person_id=person_id)
    return await person(session, person_id)


async def invitation(session: AsyncSession, invitation_id: UUID, *, now: datetime) -> InvitationRef | None:
    """An invitation of the organization acted for."""
    row = await session.get(Invitation, invitation_id)
    if row is None:
        return None
    inviting = (await queries.organizations(session, [row.organization_id]))[0]
    return InvitationRef(
        id=row.id,
        organization_id=row.organization_id,
        organization_name=inviting.legal_name_local,
        email=row.email,
        locale=row.locale,
        expires_at=row.expires_at,
        open=row.accepted_at is None and row.revoked_at is None and row.expires_at > now,
    )


async def has_approval_rules(session: AsyncSession, organization_id: UUID) -> bool:
    """Whether an organization asks for any approval at all. Call it while acting for it."""
    return bool(await approval_queries.active_rules(session, organization_id))


async def approval_comment(session: AsyncSession, approval_id: UUID) -> str | None:
    """What was said when a request was decided. Call it while acting for its organization."""
    row = await session.get(Approval, approval_id)
    return row.comment if row else None


async def approvers_of(session: AsyncSession, approval_id: UUID, *, now: datetime) -> list[PersonRef]:
    """Who may decide a waiting request now, deputies included. Call it while acting for its organization."""
    steps = [step for step in await approval_queries.steps_of(session, [approval_id]) if step.state == "pending"]
    if not steps:
        return []
    organization_id = steps[0].organization_id
    approving = await queries.members_who_may(session, organization_id, Permission.APPROVE)
    able = frozenset(row.id for row in approving)
    deputy_of = await approval_queries.delegations_at(session, organization_id, now)
    found = []
    for _, row in await queries.current_members(session, organization_id):
        voices = (
            decides_for(
                row.id,
                requested_by=step.requested_by,
                named=frozenset(step.approver_ids),
                able=able,
                deputy_of=deputy_of,
            )
            for step in steps
        )
        if any(voices):
            found.append(_person(row))
    return found
