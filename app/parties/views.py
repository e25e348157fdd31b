"""Rows as readers see them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.db.tenancy import acting_for
from app.kit.errors import NotFound
from app.kit.locales import current_locale, translate
from app.kit.schemas import Labelled, labelled
from app.parties.models import ApiClient, Approval, ApprovalRule, Membership, Organization, Person
from app.parties.queries import access as access_queries
from app.parties.queries import approvals as approval_queries
from app.parties.queries import people as queries
from app.parties.schemas.access import ApiClientOut, ClientSecretOut, MeOut, OwnMembershipOut
from app.parties.schemas.approvals import ApprovalOut, RuleOut, StepOut
from app.parties.schemas.members import MemberOut
from app.parties.schemas.organizations import (
    AddressOut,
    OperatorOrganizationOut,
    OrganizationOut,
    OwnOrganizationOut,
    RegistrationNumberOut,
    VerificationOut,
)
from app.parties.schemas.sandbox import SandboxOut, SandboxPartyOut
from app.parties.states import (
    APPROVAL_STATE_LABELS,
    MEMBER_ROLE_LABELS,
    ORGANIZATION_ROLE_LABELS,
    SUBJECT_KIND_LABELS,
    UNIT_SYSTEM_LABELS,
    VERIFICATION_OUTCOME_LABELS,
)
from app.parties.usecases.open_sandbox import Sandbox, SandboxParty
from app.reference import facade as reference


def roles(codes: Iterable[str]) -> list[Labelled]:
    """A member's roles with their names."""
    return [labelled(code, MEMBER_ROLE_LABELS) for code in codes]


def organization(row: Organization) -> OrganizationOut:
    """An organization as everybody may know it."""
    return OrganizationOut(
        id=row.id,
        code=row.code,
        legal_name_local=row.legal_name_local,
        legal_name_latin=row.legal_name_latin,
        country=row.country,
        country_name=reference.country_name(row.country, current_locale()),
        city=row.city,
        roles=[labelled(code, ORGANIZATION_ROLE_LABELS) for code in row.roles],
        locale=row.locale,
        listed=row.listed,
        verified_at=row.verified_at,
        sandbox=row.sandbox_of is not None,
    )


async def own_organization(session: AsyncSession, row: Organization) -> OwnOrganizationOut:
    """An organization with its private facts."""
    details = await queries.details(session, row.id)
    labels = {kind.code: kind.label for kind in reference.registration_kinds()}
    numbers = [
        RegistrationNumberOut(
            kind=found.kind,
            kind_name=translate(labels[found.kind]) if found.kind in labels else found.kind,
            number=found.number,
        )
        for found in await queries.registration_numbers(session, row.id)
    ]
    return OwnOrganizationOut(
        **dict(organization(row)),
        address=AddressOut.model_validate(details) if details else None,
        registration_numbers=numbers,
        version=row.version,
    )


async def operator_organization(session: AsyncSession, row: Organization) -> OperatorOrganizationOut:
    """An organization with what the operator needs for verifying it."""
    return OperatorOrganizationOut(
        **dict(await own_organization(session, row)),
        decisions=[
            VerificationOut(
                outcome=labelled(found.outcome, VERIFICATION_OUTCOME_LABELS),
                note=found.note,
                decided_by=found.decided_by,
                decided_at=found.decided_at,
            )
            for found in await queries.verification_decisions(session, row.id)
        ],
        same_numbers=await queries.others_with_numbers(session, row.id),
    )


def member(membership: Membership, person: Person) -> MemberOut:
    """A colleague."""
    return MemberOut(
        person_id=person.id,
        name=person.name,
        email=person.email,
        locale=person.locale,
        title=membership.title,
        roles=roles(membership.roles),
        since=membership.created_at,
        version=membership.version,
    )


async def me(session: AsyncSession, actor: Actor) -> MeOut:
    """The person who is signed in."""
    person = await queries.person(session, actor.person_id) if actor.person_id else None
    if person is None:
        raise NotFound()
    credential = await access_queries.credential(session, person.id)
    memberships = await access_queries.memberships_of(session, person.id)
    rows = await queries.organizations(session, [membership.organization_id for membership in memberships])
    firms = {row.id: row for row in rows}
    return MeOut(
        id=person.id,
        email=person.email,
        email_confirmed=credential is not None and credential.email_confirmed_at is not None,
        name=person.name,
        locale=person.locale,
        time_zone=person.time_zone,
        unit_system=labelled(person.unit_system, UNIT_SYSTEM_LABELS),
        currency=person.currency,
        second_factor=credential is not None and credential.totp_confirmed_at is not None,
        recovery_codes_left=await access_queries.recovery_codes_left(session, person.id),
        version=person.version,
        organization_id=actor.organization_id,
        permissions=sorted(actor.permissions),
        memberships=[
            OwnMembershipOut(
                organization=organization(firms[membership.organization_id]),
                roles=roles(membership.roles),
                title=membership.title,
            )
            for membership in memberships
            if membership.organization_id in firms
        ],
    )


async def api_clients(session: AsyncSession, rows: list[ApiClient], now: datetime) -> list[ApiClientOut]:
    """Machines, with the secrets that are good now."""
    secrets: dict[UUID, list[ClientSecretOut]] = {}
    for secret in await access_queries.live_secrets(session, [row.id for row in rows], now):
        secrets.setdefault(secret.client_id, []).append(ClientSecretOut.model_validate(secret))
    return [
        ApiClientOut(
            id=row.id,
            name=row.name,
            scopes=row.scopes,  # type: ignore[arg-type]
            created_by=row.created_by,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
            secrets=secrets.get(row.id, []) if row.revoked_at is None else [],
        )
        for row in rows
    ]


async def sandbox(session: AsyncSession, found: Sandbox, now: datetime) -> SandboxOut:
    """A sandbox: its two firms, each with its machine."""
    partner, shipper = [
        SandboxPartyOut(organization=organization(party.organization), client=await _own_client(session, party, now))
        for party in (found.partner, found.shipper)
    ]
    return SandboxOut(partner=partner, shipper=shipper, opened_at=found.partner.organization.created_at)


async def _own_client(session: AsyncSession, party: SandboxParty, now: datetime) -> ApiClientOut:
    async with acting_for(session, party.organization.id):
        return (await api_clients(session, [party.client], now))[0]


def rule(row: ApprovalRule) -> RuleOut:
    """An approval rule."""
    return RuleOut(
        id=row.id,
        name=row.name,
        subject_kind=labelled(row.subject_kind, SUBJECT_KIND_LABELS) if row.subject_kind else None,
        above_minor=row.above_minor,
        currency=row.currency,
        category_codes=row.category_codes,
        new_counterparty=row.new_counterparty,
        approver_ids=row.approver_ids,
        active=row.active,
        version=row.version,
    )


async def approvals(session: AsyncSession, rows: list[Approval]) -> list[ApprovalOut]:
    """Requests for approval, with their steps."""
    steps: dict[UUID, list[StepOut]] = {}
    for step in await approval_queries.steps_of(session, [row.id for row in rows]):
        steps.setdefault(step.approval_id, []).append(
            StepOut(
                id=step.id,
                rule_id=step.rule_id,
                approver_ids=step.approver_ids,
                state=labelled(step.state, APPROVAL_STATE_LABELS),
                decided_by=step.decided_by,
                decided_for=step.decided_for,
                decided_at=step.decided_at,
            )
        )
    return [
        ApprovalOut(
            id=row.id,
            subject_kind=labelled(row.subject_kind, SUBJECT_KIND_LABELS),
            subject_id=row.subject_id,
            title=row.title,
            amount_minor=row.amount_minor,
            currency=row.currency,
            amount=reference.display_money(row.amount_minor, row.currency, current_locale()),
            counterparty_id=row.counterparty_id,
            requested_by=row.requested_by,
            requested_at=row.requested_at,
            state=labelled(row.state, APPROVAL_STATE_LABELS),
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            comment=row.comment,
            steps=steps.get(row.id, []),
        )
        for row in rows
    ]
