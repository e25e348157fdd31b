"""Machines of an organization.

No route here takes an Idempotency-Key: the saved answer would hold the secret, which is stored nowhere.
"""

from uuid import UUID

from fastapi import Request, Response

from app.kit.actor import CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import problems
from app.kit.routing import house_router
from app.parties import views
from app.parties.errors import ClientRevoked, PeopleOnly
from app.parties.models import ApiClient
from app.parties.queries import access as queries
from app.parties.schemas.access import ApiClientIn, ApiClientOut, IssuedSecretOut, RotationIn
from app.parties.usecases.manage_api_clients import make_client, revoke_client, rotate_secret

router = house_router(tags=["api clients"], prefix="/v1/api-clients")


@router.post("", status_code=201, responses=problems(Unauthenticated, Forbidden, PeopleOnly))
async def post_api_client(
    actor: CurrentActor, form: ApiClientIn, response: Response, session: Session, now: Now
) -> IssuedSecretOut:
    """Make a client for a machine. Its secret is shown this one time."""
    actor.require(Permission.API_CLIENTS_MANAGE)
    client, secret = await make_client(session, actor, form, now=now)
    response.headers["Location"] = f"/v1/api-clients/{client.id}"
    response.headers["Cache-Control"] = "no-store"
    return IssuedSecretOut(client=(await views.api_clients(session, [client], now))[0], client_secret=secret)


@router.get("", responses=problems(Unauthenticated, Forbidden))
async def list_api_clients(
    request: Request, response: Response, actor: CurrentActor, page: Paging, session: Session, now: Now
) -> Page[ApiClientOut]:
    """Your organization's clients, revoked ones too, newest first."""
    actor.require(Permission.API_CLIENTS_MANAGE)
    statement = queries.clients_of(actor.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[ApiClient.id], descending=True)
    link_next(request, response, cursor)
    return Page[ApiClientOut](items=await views.api_clients(session, rows, now), next_cursor=cursor)


@router.get("/{client_id}", responses=problems(Unauthenticated, NotFound, Forbidden))
async def get_api_client(client_id: UUID, actor: CurrentActor, session: Session, now: Now) -> ApiClientOut:
    """One client."""
    client = await queries.client(session, actor.organization_id, client_id)
    if client is None:
        raise NotFound()
    actor.require(Permission.API_CLIENTS_MANAGE)
    return (await views.api_clients(session, [client], now))[0]


@router.post(
    "/{client_id}/secrets",
    status_code=201,
    responses=problems(Unauthenticated, NotFound, Forbidden, ClientRevoked),
)
async def post_api_client_secret(
    client_id: UUID, actor: CurrentActor, form: RotationIn, response: Response, session: Session, now: Now
) -> IssuedSecretOut:
    """Get a new secret, shown this one time; the present one stays good for a while (at most seven days)."""
    if await queries.client(session, actor.organization_id, client_id) is None:
        raise NotFound()
    actor.require(Permission.API_CLIENTS_MANAGE)
    client, secret = await rotate_secret(session, actor, client_id, overlap_hours=form.overlap_hours, now=now)
    response.headers["Cache-Control"] = "no-store"
    return IssuedSecretOut(client=(await views.api_clients(session, [client], now))[0], client_secret=secret)


@router.delete("/{client_id}", status_code=204, responses=problems(Unauthenticated, NotFound, Forbidden))
async def delete_api_client(client_id: UUID, actor: CurrentActor, session: Session, now: Now) -> None:
    """Revoke a client for good. Its tokens are refused at once."""
    if await queries.client(session, actor.organization_id, client_id) is None:
        raise NotFound()
    actor.require(Permission.API_CLIENTS_MANAGE)
    await revoke_client(session, actor, client_id, now=now)
