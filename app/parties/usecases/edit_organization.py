"""Change one's own organization; verify one as the operator."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import NotFound
from app.kit.etags import require_version
from app.kit.outbox import announce
from app.language import facade as language
from app.parties.errors import NotInSandbox
from app.parties.events import OrganizationVerified
from app.parties.models import Organization, VerificationDecision
from app.parties.queries import people as queries
from app.parties.schemas.organizations import AddressIn, OrganizationPatch, VerificationIn
from app.parties.states import OrganizationRole, VerificationOutcome
from app.parties.supplier_views import ENTITY
from app.parties.usecases.register_organization import checked_numbers, details_row, number_rows

_PLAIN = ("legal_name_local", "legal_name_latin", "country", "city", "locale", "listed")
# What the operator looked at when he gave the badge.
_VERIFIED = ("legal_name_local", "legal_name_latin", "country")


async def edit_organization(
    session: AsyncSession, actor: Actor, form: OrganizationPatch, expected_version: int | None
) -> Organization:
    """Apply the fields that were sent. A new name, country or register number ends the verification: it was for the old."""
    organization = await queries.lock_organization(session, actor.organization_id)
    if organization is None:
        raise NotFound()
    require_version(organization.version, expected_version)
    before = await _described(session, organization)
    for name in _PLAIN:
        value = getattr(form, name)
        if value is not None:
            setattr(organization, name, value)
    if form.roles is not None:
        # The operator's own role is neither given nor taken here.
        kept = {OrganizationRole.OPERATOR.value} & set(organization.roles)
        organization.roles = sorted({role.value for role in form.roles} | kept)
    may_be_listed = OrganizationRole.SUPPLIER in organization.roles and organization.sandbox_of is None
    organization.listed = organization.listed and may_be_listed
    if organization.listed != before["listed"]:
        await language.publish_texts(session, (ENTITY, organization.id), published=organization.listed)
    if form.address is not None:
        await _replace_address(session, organization.id, form)
    numbers_changed = await _replace_numbers(session, organization, form)
    lapsed = organization.verified_at is not None and (
        numbers_changed or any(getattr(organization, name) != before[name] for name in _VERIFIED)
    )
    if lapsed:
        organization.verified_at = None
    organization.version += 1
    await session.flush()
    after = await _described(session, organization)
    await audit.record(
        session,
        actor,
        "organization.edit",
        "organization",
        organization.id,
        before=before,
        after=after | {"verification_lapsed": lapsed},
    )
    if lapsed:
        event = OrganizationVerified(organization_id=organization.id, verified=False)
        await announce(session, event, organizations=[organization.id])
    return organization


async def _described(session: AsyncSession, organization: Organization) -> dict[str, Any]:
    """All that can be edited, for the audit log."""
    details = await queries.details(session, organization.id)
    numbers = await queries.registration_numbers(session, organization.id)
    return {
        **{name: getattr(organization, name) for name in (*_PLAIN, "roles")},
        "address": {name: getattr(details, name) for name in AddressIn.model_fields} if details else None,
        "registration_numbers": sorted(f"{row.kind} {row.number}" for row in numbers),
    }


async def _replace_address(session: AsyncSession, organization_id: UUID, form: OrganizationPatch) -> None:
    if form.address is None:
        return
    details = await queries.details(session, organization_id)
    if details is None:
        session.add(details_row(organization_id, form.address))
        return
    for name, value in form.address.model_dump().items():
        setattr(details, name, value)


async def _replace_numbers(session: AsyncSession, organization: Organization, form: OrganizationPatch) -> bool:
    if form.registration_numbers is None:
        return False
    numbers = checked_numbers(form.registration_numbers, organization.country, "/registration_numbers")
    known = {(row.kind, row.number) for row in await queries.registration_numbers(session, organization.id)}
    if set(numbers) == known:
        return False
    await queries.forget_registration_numbers(session, organization.id)
    session.add_all(number_rows(organization.id, numbers))
    return True


async def verify_organization(
    session: AsyncSession, actor: Actor, organization_id: UUID, form: VerificationIn, *, now: datetime
) -> Organization:
    """Give the badge or take it away, with the reason. Doing so again records the new reason."""
    organization = await queries.lock_organization(session, organization_id)
    if organization is None or actor.person_id is None:
        raise NotFound()
    if organization.sandbox_of is not None:
        raise NotInSandbox()
    verified = form.outcome is VerificationOutcome.VERIFIED
    session.add(
        VerificationDecision(
            organization_id=organization_id,
            outcome=form.outcome,
            note=form.note,
            decided_by=actor.person_id,
            decided_at=now,
        )
    )
    organization.verified_at = (organization.verified_at or now) if verified else None
    organization.version += 1
    await session.flush()
    await audit.record(
        session,
        actor,
        f"organization.{form.outcome}",
        "organization",
        organization_id,
        after={"note": form.note},
        organization_id=organization_id,
    )
    event = OrganizationVerified(organization_id=organization_id, verified=verified)
    await announce(session, event, organizations=[organization_id])
    return organization
