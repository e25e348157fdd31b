"""Turn an access token into the actor of a request."""

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from app.kit.actor import Actor, Permission
from app.kit.clock import Clock
from app.kit.db.tenancy import act_for
from app.kit.errors import Unauthenticated
from app.kit.locales import set_current_locale
from app.kit.tokens import AccessClaims, bearer_token, read_access_token
from app.parties.queries import access as queries
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
