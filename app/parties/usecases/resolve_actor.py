"""Turn an access token into the actor of a request."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from app.kit.actor import Actor, Permission
from app.kit.clock import Clock
from app.kit.db.tenancy import act_for
from app.kit.errors import Unauthenticated
from app.kit.locales import set_current_locale
from app.kit.tokens import AccessClaims, bearer_token, read_access_token
from app.parties.queries import access as queries
from app.parties.queries import people as people_queries
from app.parties.rules import permissions_of, scope_permissions
from app.parties.states import OrganizationRole


async def resolve_actor(request: Request, session: AsyncSession) -> Actor:
    """The actor of a bearer token, read from the database, so that an ended membership ends access at once.

    Sets the transaction's tenant and, when the request named no language, the reader's own. Raises `Unauthenticated`.
    """
    claims = getattr(request.state, "claims", None)
    if claims is None:
        # The edge read a token that is none, or there is no edge: whoever calls learns why.
        clock: Clock = request.app.state.clock
        token = bearer_token(request.headers.get("authorization"))
        claims = read_access_token(request.app.state.settings, token, now=clock.now())
    actor = await actor_of_claims(session, claims)
    if not request.state.locale_given:
        request.state.locale = actor.locale
        set_current_locale(actor.locale)
    return actor


async def actor_of_claims(session: AsyncSession, claims: AccessClaims) -> Actor:
    """The actor that verified claims speak of."""
    if claims.client_id is not None:
        return await _client(session, claims)
    if claims.person_id is None or claims.session_id is None:
        raise Unauthenticated()
    await act_for(session, claims.organization_id, person_id=claims.person_id)
    found = await queries.signed_in(
        session, claims.session_id, person_id=claims.person_id, organization_id=claims.organization_id
    )
    if found is None:
        raise Unauthenticated()
    membership, person, organization = found
    permissions = permissions_of(membership.roles, organization.roles)
    is_operator = OrganizationRole.OPERATOR in organization.roles and Permission.OPERATE in permissions
    if is_operator:
        await act_for(session, organization.id, person_id=person.id, operator=True)
    return Actor(
        organization_id=organization.id,
        person_id=person.id,
        session_id=claims.session_id,
        permissions=permissions,
        organization_roles=frozenset(organization.roles),
        locale=person.locale,
        time_zone=person.time_zone,
        unit_system=person.unit_system,
        currency=person.currency,
        is_operator=is_operator,
    )


async def _client(session: AsyncSession, claims: AccessClaims) -> Actor:
    """A machine: its scopes, as far as they are still its own and its organization's roles allow them."""
    await act_for(session, claims.organization_id)
    found = await queries.live_client(session, claims.client_id, organization_id=claims.organization_id)
    if found is None:
        raise Unauthenticated()
    client, organization = found
    return Actor(
        organization_id=organization.id,
        client_id=client.id,
        permissions=scope_permissions(client.scopes, claims.scopes, organization.roles),
        organization_roles=frozenset(organization.roles),
        locale=organization.locale,
    )


async def machine_actor(
    session: AsyncSession,
    organization_id: UUID,
    scopes: Iterable[str],
    *,
    source_id: UUID | None = None,
    client_id: UUID | None = None,
    made_by: UUID | None = None,
) -> Actor | None:
    """A machine of the organization acted for that works in the background: its scopes, as far as the organization's roles allow
    them today. None when the organization or the client that it was `made_by` is gone."""
    if made_by is not None and await queries.live_client(session, made_by, organization_id=organization_id) is None:
        return None
    found = await people_queries.organizations(session, [organization_id])
    if not found:
        return None
    scopes = frozenset(scopes)
    return Actor(
        organization_id=organization_id,
        client_id=client_id,
        source_id=source_id,
        permissions=scope_permissions(scopes, scopes, found[0].roles),
        organization_roles=frozenset(found[0].roles),
        locale=found[0].locale,
    )
