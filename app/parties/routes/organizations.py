"""Organizations: registration, the public directory, one's own, and the operator's verification."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.kit.actor import CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    Forbidden,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
    Unauthenticated,
)
from app.kit.etags import IfMatch, set_etag
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import problems
from app.kit.routing import house_router
from app.kit.schemas import CountryCode
from app.parties import views
from app.parties.errors import EmailInUse, NotInSandbox
from app.parties.guards import CurrentPlace, CurrentSettings, PossibleActor, refused
from app.parties.models import Organization
from app.parties.queries import people as queries
from app.parties.schemas.organizations import (
    ChosenRole,
    OperatorOrganizationOut,
    OrganizationOut,
    OrganizationPatch,
    OwnOrganizationOut,
    RegisteredOut,
    RegistrationIn,
    VerificationIn,
)
from app.parties.usecases.edit_organization import edit_organization, verify_organization
from app.parties.usecases.register_organization import register_organization

router = house_router(tags=["organizations"])

RoleFilter = Annotated[ChosenRole | None, Query(description="Only organizations with this role.")]
CountryFilter = Annotated[CountryCode | None, Query(description="Only from this country (ISO 3166-1).")]
VerifiedFilter = Annotated[bool | None, Query(description="Only with (or only without) the operator's badge.")]


@router.post("/organizations", status_code=201, response_model=RegisteredOut, responses=problems(EmailInUse))
async def post_organization(
    request: Request,
    response: Response,
    form: RegistrationIn,
    session: Session,
    settings: CurrentSettings,
    place: CurrentPlace,
    now: Now,
) -> object:
    """Register an organization with its first owner, who then signs in. Repeating it is refused by the e-mail address."""
    result = await register_organization(
        session, settings, form.organization, form.owner, address=place.address, now=now
    )
    if isinstance(result, Problem):
        return refused(request, result)
    response.headers["Location"] = f"/v1/organizations/{result.organization.id}"
    return RegisteredOut(
        organization=await views.own_organization(session, result.organization), owner_id=result.owner.id
    )


@router.get("/organizations", responses=problems())
async def list_organizations(
    request: Request,
    response: Response,
    page: Paging,
    session: Session,
    role: RoleFilter = None,
    country: CountryFilter = None,
    verified: VerifiedFilter = None,
) -> Page[OrganizationOut]:
    """The public directory of suppliers."""
    statement = queries.directory(listed=True, role=role, country=country, verified=verified)
    rows, cursor = await fetch_page(session, statement, page, keys=[Organization.code])
    link_next(request, response, cursor)
    return Page[OrganizationOut](items=[views.organization(row) for row in rows], next_cursor=cursor)


@router.get("/organizations/{organization_id}", responses=problems(NotFound, Unauthenticated))
async def get_organization(organization_id: UUID, actor: PossibleActor, session: Session) -> OrganizationOut:
    """One organization: a listed supplier for everybody, any other for those who are signed in."""
    found = await queries.organizations(session, [organization_id])
    if not found:
        raise NotFound()
    return views.organization(found[0])


@router.get("/organization", responses=problems(Unauthenticated, NotFound))
async def get_own_organization(actor: CurrentActor, response: Response, session: Session) -> OwnOrganizationOut:
    """Your organization with what only its members and the operator see."""
    found = await queries.organizations(session, [actor.organization_id])
    if not found:
        raise NotFound()
    set_etag(response, found[0].version)
    return await views.own_organization(session, found[0])


@router.patch(
    "/organization",
    responses=problems(Unauthenticated, Forbidden, NotFound, PreconditionRequired, PreconditionFailed),
)
async def patch_own_organization(
    actor: CurrentActor, form: OrganizationPatch, if_match: IfMatch, response: Response, session: Session
) -> OwnOrganizationOut:
    """Change your organization. A new name, country or register number ends its verification."""
    actor.require(Permission.ORGANIZATION_EDIT)
    row = await edit_organization(session, actor, form, if_match)
    set_etag(response, row.version)
    return await views.own_organization(session, row)


@router.get("/operator/organizations", responses=problems(Unauthenticated, Forbidden))
async def list_operator_organizations(
    request: Request,
    response: Response,
    actor: CurrentActor,
    page: Paging,
    session: Session,
    role: RoleFilter = None,
    country: CountryFilter = None,
    verified: VerifiedFilter = None,
) -> Page[OrganizationOut]:
    """Every organization. For the operator."""
    actor.require(Permission.OPERATE)
    statement = queries.directory(listed=False, role=role, country=country, verified=verified)
    rows, cursor = await fetch_page(session, statement, page, keys=[Organization.code])
    link_next(request, response, cursor)
    return Page[OrganizationOut](items=[views.organization(row) for row in rows], next_cursor=cursor)


@router.get("/operator/organizations/{organization_id}", responses=problems(Unauthenticated, Forbidden, NotFound))
async def get_operator_organization(
    organization_id: UUID, actor: CurrentActor, session: Session
) -> OperatorOrganizationOut:
    """One organization with address, register numbers and the decisions so far. For the operator."""
    actor.require(Permission.OPERATE)
    found = await queries.organizations(session, [organization_id])
    if not found:
        raise NotFound()
    return await views.operator_organization(session, found[0])


@router.post(
    "/operator/organizations/{organization_id}/verification",
    responses=problems(Unauthenticated, Forbidden, NotFound, NotInSandbox),
)
async def post_verification(
    organization_id: UUID, actor: CurrentActor, form: VerificationIn, session: Session, now: Now
) -> OperatorOrganizationOut:
    """Give an organization the badge, or take it away, with the reason. For the operator."""
    actor.require(Permission.OPERATE)
    row = await verify_organization(session, actor, organization_id, form, now=now)
    return await views.operator_organization(session, row)
