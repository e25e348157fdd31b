"""Suppliers' public pages, the directory that is searched by what they can do, and one's own page."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.kit.actor import CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.etags import IfMatch, set_etag
from app.kit.locales import current_locale
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import EDITED, problems
from app.kit.routing import house_router
from app.kit.schemas import CountryCode
from app.parties import supplier_views as views
from app.parties.errors import CertificateKnown, NotASupplier
from app.parties.guards import PossibleActor
from app.parties.models import Organization
from app.parties.queries import suppliers as queries
from app.parties.schemas.suppliers import (
    CertificateIn,
    Code,
    ListedSupplier,
    OwnCertificateOut,
    OwnSupplierProfile,
    SupplierPage,
    SupplierProfileIn,
    SupplierTerms,
)
from app.parties.states import UnitSystem
from app.parties.usecases.edit_supplier_profile import edit_supplier_profile
from app.parties.usecases.keep_certificates import add_certificate, change_certificate, remove_certificate

router = house_router(tags=["suppliers"])

WRITES = (Unauthenticated, Forbidden, NotASupplier)

CapabilityFilter = Annotated[
    list[Code] | None, Query(max_length=10, description="Only suppliers with all of these capabilities.")
]
CertificationFilter = Annotated[
    list[Code] | None, Query(max_length=10, description="Only suppliers with valid certificates of all these schemes.")
]


@router.get("/supplier-terms", responses=problems())
async def get_supplier_terms() -> SupplierTerms:
    """The codes in which suppliers describe themselves: capabilities, kinds of machines, certification schemes."""
    return views.terms(current_locale())


@router.get("/suppliers", responses=problems())
async def list_suppliers(
    request: Request,
    response: Response,
    page: Paging,
    session: Session,
    capability: CapabilityFilter = None,
    certification: CertificationFilter = None,
    country: Annotated[CountryCode | None, Query(description="Only from this country (ISO 3166-1).")] = None,
    verified: Annotated[bool | None, Query(description="Only with (or without) the operator's badge.")] = None,
) -> Page[ListedSupplier]:
    """The public directory of suppliers with what they can do, by their code."""
    statement = queries.listed_suppliers(
        capabilities=capability or (), certifications=certification or (), country=country, verified=verified
    )
    rows, cursor = await fetch_page(session, statement, page, keys=[Organization.code])
    link_next(request, response, cursor)
    return Page[ListedSupplier](items=await views.listed(session, rows), next_cursor=cursor)


@router.get("/suppliers/{organization_id}", responses=problems(NotFound, Unauthenticated))
async def get_supplier(
    organization_id: UUID,
    actor: PossibleActor,
    session: Session,
    now: Now,
    units: Annotated[
        UnitSystem | None, Query(description="How measures are shown; by default as you prefer, and metric for others.")
    ] = None,
) -> SupplierPage:
    """A listed supplier's page: what it can do, its machines and valid certificates, how quickly it answers."""
    row = await session.scalar(queries.listed_suppliers().where(Organization.id == organization_id))
    if row is None:
        raise NotFound()
    system = units or UnitSystem(actor.unit_system if actor else UnitSystem.METRIC)
    reader = views.Reader(current_locale(), "inch" if system is UnitSystem.INCH else "metric")
    return await views.page(session, row, reader, today=now.date())


@router.get("/organization/profile", responses=problems(Unauthenticated))
async def get_own_profile(actor: CurrentActor, session: Session, response: Response, now: Now) -> OwnSupplierProfile:
    """Your profile as you wrote it, with every certificate. Before it is first written its version is 0."""
    shown = await views.own_profile(session, actor.organization_id, actor.locale, today=now.date())
    set_etag(response, shown.version)
    return shown


@router.put("/organization/profile", responses=problems(*WRITES, *EDITED))
async def put_own_profile(
    actor: CurrentActor, form: SupplierProfileIn, if_match: IfMatch, session: Session, response: Response, now: Now
) -> OwnSupplierProfile:
    """Write your profile anew. It is public at once while your organization is listed."""
    actor.require(Permission.ORGANIZATION_EDIT)
    await edit_supplier_profile(session, actor, form, expected_version=if_match)
    shown = await views.own_profile(session, actor.organization_id, actor.locale, today=now.date())
    set_etag(response, shown.version)
    return shown


@router.post("/organization/certificates", status_code=201, responses=problems(*WRITES, CertificateKnown))
async def post_certificate(
    actor: CurrentActor, form: CertificateIn, session: Session, response: Response, now: Now
) -> OwnCertificateOut:
    """Put a certificate on your page. Repeating it is refused by its number."""
    actor.require(Permission.ORGANIZATION_EDIT)
    row = await add_certificate(session, actor, form, now=now)
    set_etag(response, row.version)
    return views.own_certificate(row, now.date())


@router.get("/organization/certificates/{certificate_id}", responses=problems(Unauthenticated, NotFound))
async def get_own_certificate(
    certificate_id: UUID, actor: CurrentActor, session: Session, response: Response, now: Now
) -> OwnCertificateOut:
    """One of your certificates, expired or not."""
    row = await queries.certificate(session, actor.organization_id, certificate_id)
    if row is None:
        raise NotFound()
    set_etag(response, row.version)
    return views.own_certificate(row, now.date())


async def _require_own(session: Session, actor: CurrentActor, certificate_id: UUID) -> None:
    """404 for another's certificate before 403 for a colleague without the permission."""
    if await queries.certificate(session, actor.organization_id, certificate_id) is None:
        raise NotFound()
    actor.require(Permission.ORGANIZATION_EDIT)


@router.put(
    "/organization/certificates/{certificate_id}", responses=problems(*WRITES, NotFound, *EDITED, CertificateKnown)
)
async def put_certificate(
    certificate_id: UUID,
    actor: CurrentActor,
    form: CertificateIn,
    if_match: IfMatch,
    session: Session,
    response: Response,
    now: Now,
) -> OwnCertificateOut:
    """Correct or renew a certificate."""
    await _require_own(session, actor, certificate_id)
    row = await change_certificate(session, actor, certificate_id, form, expected_version=if_match, now=now)
    set_etag(response, row.version)
    return views.own_certificate(row, now.date())


@router.delete("/organization/certificates/{certificate_id}", status_code=204, responses=problems(*WRITES, NotFound))
async def delete_certificate(certificate_id: UUID, actor: CurrentActor, session: Session, now: Now) -> None:
    """Take a certificate off your page."""
    await _require_own(session, actor, certificate_id)
    await remove_certificate(session, actor, certificate_id, now=now)
