"""Packages and documents of shipments over HTTP."""

from uuid import UUID

from fastapi import Request, Response

from app.documents.facade import DocumentRefused
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    Invalid,
    NotFound,
)
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import EDITED, ONCE, READ, problems
from app.kit.routing import house_router
from app.logistics import queries as shipments
from app.logistics.guards import PartyOfShipment, ShipmentOwner
from app.logistics.models import Shipment
from app.logistics.papers import giving as giving
from app.logistics.papers import queries
from app.logistics.papers.errors import NoLabel, PackagesFixed, PaperKnown, PaperWithdrawn
from app.logistics.papers.guards import AttachingParty, PaperOwner, SeenPaper
from app.logistics.papers.labels import label_pdf
from app.logistics.papers.models import Cargo, ShipmentPackage, ShipmentPaper
from app.logistics.papers.schemas import (
    CargoOut,
    PackedPackagesIn,
    ShipmentDocumentIn,
    ShipmentDocumentOut,
    ShipmentPackageOut,
    ShipmentPackagesIn,
    WithdrawalIn,
)
from app.logistics.papers.usecases.add_packed import add_packed
from app.logistics.papers.usecases.attach_paper import attach_paper
from app.logistics.papers.usecases.put_packages import put_packages
from app.logistics.papers.usecases.withdraw_paper import withdraw_paper
from app.logistics.papers.views import cargo_out, packages_out, papers_out

router = house_router(tags=["logistics"])

_PDF = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}


@router.get("/shipments/{shipment_id}/packages", responses=problems(*READ))
async def list_shipment_packages(
    at: PartyOfShipment, session: Session, page: Paging, request: Request, response: Response
) -> Page[ShipmentPackageOut]:
    """What a shipment consists of, in the order of the packing list: for its shipper, its consignee and all who carry it."""
    kept = await queries.cargo(session, at.row.id)
    rows, cursor = await fetch_page(session, queries.packages_of(at.row.id), page, keys=[ShipmentPackage.line])
    link_next(request, response, cursor)
    set_etag(response, kept.version if kept else 0)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=packages_out(rows), next_cursor=cursor)


def _cargo(row: Cargo | None, response: Response) -> CargoOut:
    set_etag(response, row.version if row else 0)
    response.headers["Cache-Control"] = PRIVATE
    return cargo_out(row)


@router.put("/shipments/{shipment_id}/packages", responses=problems(*READ, *EDITED, Invalid, PackagesFixed))
async def put_shipment_packages(
    shipment_id: UUID,
    actor: ShipmentOwner,
    form: ShipmentPackagesIn,
    if_match: IfMatch,
    session: Session,
    response: Response,
) -> CargoOut:
    """Tell all packages anew, until something was picked up. `If-Match` takes the tag of the list of packages."""
    return _cargo(await put_packages(session, actor, shipment_id, form, expected=if_match), response)


@router.post("/shipments/{shipment_id}/packages", responses=problems(*READ, *EDITED, Invalid, PackagesFixed))
async def post_shipment_packages(
    shipment_id: UUID,
    actor: ShipmentOwner,
    form: PackedPackagesIn,
    if_match: IfMatch,
    session: Session,
    response: Response,
) -> CargoOut:
    """Add packages of a warehouse as they were packed, until something was picked up. `If-Match` takes the tag of the list."""
    return _cargo(await add_packed(session, actor, shipment_id, form, expected=if_match), response)


@router.get(
    "/shipments/{shipment_id}/packages/{shipment_package_id}/label",
    responses={**problems(*READ, NoLabel), 200: {"description": "A PDF of 105 × 148 mm.", "content": _PDF}},
    response_class=Response,
)
async def get_shipment_package_label(shipment_package_id: UUID, at: PartyOfShipment, session: Session) -> Response:
    """The label of a package that has an SSCC: its number as a GS1-128 barcode, the mass, and where it goes."""
    row = await queries.package(session, at.row.id, shipment_package_id)
    if row is None:
        raise NotFound()
    if row.sscc is None:
        raise NoLabel()
    kept = await queries.cargo(session, at.row.id)
    content = label_pdf(
        row.sscc,
        gross_mass_kg=format(row.gross_mass_kg, "f"),
        line=row.line,
        lines=kept.lines if kept else row.line,
        origin=at.row.origin,
        destination=at.row.destination,
    )
    headers = {"Cache-Control": PRIVATE, "Content-Disposition": f'attachment; filename="{row.sscc}.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)


async def _paper(session: Session, shipment: Shipment, row: ShipmentPaper, response: Response) -> ShipmentDocumentOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return (await papers_out(session, shipment, [row]))[0]


@router.get("/shipments/{shipment_id}/documents", responses=problems(*READ))
async def list_shipment_documents(
    at: PartyOfShipment, session: Session, page: Paging, request: Request, response: Response
) -> Page[ShipmentDocumentOut]:
    """The documents of a shipment that are for your organization, the newest first; withdrawn ones with the reason."""
    statement = queries.papers_of(at.row.id)
    rows, cursor = await fetch_page(session, statement, page, keys=[ShipmentPaper.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await papers_out(session, at.row, rows), next_cursor=cursor)


@router.post(
    "/shipments/{shipment_id}/documents",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, DocumentRefused, PaperKnown, *ONCE),
)
async def post_shipment_document(
    at: AttachingParty, form: ShipmentDocumentIn, session: Session, response: Response
) -> ShipmentDocumentOut:
    """Attach a file that you have uploaded. Those whom it is for can open it as long as they have to do with the shipment."""
    row = await attach_paper(session, at.actor, at.row, form)
    response.headers["Location"] = f"/v1/shipment-documents/{row.id}"
    return await _paper(session, at.row, row, response)


@router.get("/shipment-documents/{shipment_document_id}", responses=problems(*READ))
async def get_shipment_document(row: SeenPaper, session: Session, response: Response) -> ShipmentDocumentOut:
    """One document of a shipment."""
    return await _paper(session, await _shipment(session, row), row, response)


@router.post(
    "/shipment-documents/{shipment_document_id}/withdrawal", responses=problems(*READ, Invalid, PaperWithdrawn)
)
async def post_shipment_document_withdrawal(
    shipment_document_id: UUID,
    actor: PaperOwner,
    form: WithdrawalIn,
    session: Session,
    now: Now,
    response: Response,
) -> ShipmentDocumentOut:
    """Say that a document that you attached does not stand, and why. It stays in the list; others open its file no longer."""
    row = await withdraw_paper(session, actor, shipment_document_id, form.reason, now=now)
    return await _paper(session, await _shipment(session, row), row, response)


async def _shipment(session: Session, row: ShipmentPaper) -> Shipment:
    found = await shipments.shipment(session, row.shipment_id)
    if found is None:
        raise NotFound()
    return found
