"""Open a logistics partner's sandbox: a world of its own for his programs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor, Permission
from app.kit.db.tenancy import acting_for
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.kit.outbox import announce
from app.parties.errors import PeopleOnly, SandboxExists, SandboxForPartners
from app.parties.events import SandboxOpened
from app.parties.models import ApiClient, Organization
from app.parties.queries import access as access_queries
from app.parties.queries import people as queries
from app.parties.states import OrganizationRole
from app.parties.usecases.manage_api_clients import add_client, rotate_secret

SANDBOX_SCOPES = (Permission.READ, Permission.FULFIL, Permission.WEBHOOKS_MANAGE, Permission.AUDIT_READ)
"""What machines in a sandbox may do: to carry and to send, and to connect systems. A trigger holds the same."""

# A firm's name and what it is in the sandbox.
_PARTIES = (
    ("partner", "sandbox", OrganizationRole.LOGISTICS),
    ("shipper", "sandbox shipper", OrganizationRole.SUPPLIER),
)
_LONGEST_NAME = 180


@dataclass(frozen=True, slots=True)
class SandboxParty:
    """An organization of the sandbox, and its machine."""

    organization: Organization
    client: ApiClient
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Who carries and who sends."""

    partner: SandboxParty
    shipper: SandboxParty


async def open_sandbox(session: AsyncSession, actor: Actor, *, now: datetime) -> Sandbox:
    """Two organizations that exist for the actor's alone, each with a machine. Raises `PeopleOnly`, `SandboxForPartners`,
    `SandboxExists`.

    Locks the organization, so that of two requests the second finds the sandbox of the first.
    """
    if actor.person_id is None:
        raise PeopleOnly()
    parent = await queries.lock_organization(session, actor.organization_id)
    if parent is None or OrganizationRole.LOGISTICS not in parent.roles:
        raise SandboxForPartners()
    if await queries.sandbox_of(session, parent.id):
        raise SandboxExists()
    partner, shipper = [
        await _add_party(session, actor, parent, *party, created_by=actor.person_id, now=now) for party in _PARTIES
    ]
    after = {"partner_id": partner.organization.id, "shipper_id": shipper.organization.id}
    await audit.record(session, actor, "sandbox.open", "organization", parent.id, after=after)
    event = SandboxOpened(
        organization_id=parent.id,
        partner_id=partner.organization.id,
        partner_client_id=partner.client.id,
        shipper_id=shipper.organization.id,
        shipper_client_id=shipper.client.id,
    )
    await announce(session, event, organizations=[parent.id, partner.organization.id, shipper.organization.id])
    return Sandbox(partner, shipper)


async def _add_party(
    session: AsyncSession,
    actor: Actor,
    parent: Organization,
    part: str,
    called: str,
    role: OrganizationRole,
    *,
    created_by: UUID,
    now: datetime,
) -> SandboxParty:
    organization = Organization(
        id=new_id(),
        # Longer than any code that is made of a firm's name: nobody else can have it.
        code=f"sandbox-of-{parent.id}-{part}",
        legal_name_local=f"{parent.legal_name_local[:_LONGEST_NAME]} · {called}",
        legal_name_latin=f"{parent.legal_name_latin[:_LONGEST_NAME]} · {called}",
        country=parent.country,
        city=parent.city,
        roles=[role.value],
        locale=parent.locale,
        listed=False,
        sandbox_of=parent.id,
        version=1,
        created_at=now,
    )
    async with acting_for(session, organization.id):
        session.add(organization)
        await session.flush()
        client, secret = await add_client(
            session,
            organization.id,
            organization.legal_name_latin[:120],
            SANDBOX_SCOPES,
            created_by=created_by,
            now=now,
        )
        after = {"code": organization.code, "roles": organization.roles, "client_id": client.id}
        inside = replace(actor, organization_id=organization.id)
        await audit.record(session, inside, "organization.register", "organization", organization.id, after=after)
    return SandboxParty(organization, client, secret)


async def find_sandbox(session: AsyncSession, actor: Actor) -> Sandbox:
    """The sandbox of the actor's organization. Raises `NotFound`."""
    found = await queries.sandbox_of(session, actor.organization_id)
    return _sandbox([await _party(session, organization) for organization in found])


async def renew_secrets(session: AsyncSession, actor: Actor, *, now: datetime) -> Sandbox:
    """New secrets for both machines; those that they had end at once. Raises `PeopleOnly`, `NotFound`."""
    if actor.person_id is None:
        raise PeopleOnly()
    renewed = []
    for organization in await queries.sandbox_of(session, actor.organization_id):
        party = await _party(session, organization)
        inside = replace(actor, organization_id=organization.id)
        async with acting_for(session, organization.id):
            client, secret = await rotate_secret(session, inside, party.client.id, overlap_hours=0, now=now)
        renewed.append(SandboxParty(organization, client, secret))
    return _sandbox(renewed)


def _sandbox(parties: Sequence[SandboxParty]) -> Sandbox:
    if not parties:
        raise NotFound()
    partner, shipper = parties
    return Sandbox(partner, shipper)


async def _party(session: AsyncSession, organization: Organization) -> SandboxParty:
    async with acting_for(session, organization.id):
        client = (await session.scalars(access_queries.clients_of(organization.id))).one()
    return SandboxParty(organization, client)
