"""Upload, look, delete, confidentiality terms, and who opened what. The content itself is in `content_routes`."""

from typing import Any
from uuid import UUID

from fastapi import Depends, Request, Response

from app.documents import queries
from app.documents.certificate_routes import router as certificates
from app.documents.content_routes import router as content
from app.documents.errors import (
    DocumentAttached,
    FileEmpty,
    FileKindMismatch,
    FileKindUnknown,
    NdaChanged,
    NoNda,
    NotMultipart,
    QuotaExceeded,
    SvgNotAccepted,
    UploadBroken,
)
from app.documents.guards import UploadedFile, received_file
from app.documents.media_routes import router as media
from app.documents.models import Document, DownloadEntry, NdaAcceptance
from app.documents.schemas import DocumentOut, DownloadOut, NdaAcceptanceIn, NdaAcceptanceOut, NdaIn, NdaOut
from app.documents.states import SCAN_REASON_LABELS, SCAN_STATE_LABELS, ScanReason, ScanState
from app.documents.usecases.delete_document import delete_document as delete
from app.documents.usecases.keep_upload import keep_upload
from app.documents.usecases.nda import accept_nda, set_nda
from app.kit.actor import CurrentActor
from app.kit.db.session import Session
from app.kit.errors import (
    BodyTooLarge,
    Conflict,
    Forbidden,
    IdempotencyKeyInFlight,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Unauthenticated,
)
from app.kit.etags import IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard, open_intent
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import problems
from app.kit.routing import house_router
from app.kit.schemas import labelled
from app.settings import Settings

router = house_router(tags=["documents"])
routers = [router, content, media, certificates]

UPLOAD_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "additionalProperties": False,
                }
            }
        },
    }
}


@router.post(
    "/documents",
    status_code=201,
    openapi_extra=UPLOAD_FORM,
    # Before the request's transaction: the file arrives first, at the sender's pace.
    dependencies=[Depends(received_file)],
    responses=problems(
        Unauthenticated,
        Forbidden,
        NotMultipart,
        FileKindUnknown,
        SvgNotAccepted,
        FileKindMismatch,
        FileEmpty,
        UploadBroken,
        BodyTooLarge,
        QuotaExceeded,
        IdempotencyKeyMissing,
        IdempotencyKeyInFlight,
        IdempotencyKeyReused,
    ),
)
async def post_document(
    received: UploadedFile, actor: CurrentActor, request: Request, response: Response, session: Session
) -> DocumentOut:
    """Upload one file. It can be opened once its structure was checked, usually within seconds."""
    told = f"{received.filename}\n{received.stored.sha256}".encode()
    await open_intent(request, actor, session, received.key, told)
    settings: Settings = request.app.state.settings
    document = await keep_upload(session, actor, received, default_quota=settings.document_quota_bytes)
    await session.refresh(document)
    set_etag(response, document.version)
    response.headers["Location"] = f"/v1/documents/{document.id}"
    return _document_out(document, actor.organization_id)


@router.get("/documents", responses=problems(Unauthenticated))
async def list_documents(
    request: Request, response: Response, actor: CurrentActor, session: Session, page: Paging
) -> Page[DocumentOut]:
    """Your organization's own files, the newest first."""
    rows, cursor = await fetch_page(
        session, queries.own_documents(actor.organization_id), page, keys=[Document.id], descending=True
    )
    link_next(request, response, cursor)
    return Page[DocumentOut](items=[_document_out(row, actor.organization_id) for row in rows], next_cursor=cursor)


@router.get("/documents/{document_id}", responses=problems(Unauthenticated, NotFound))
async def get_document(document_id: UUID, actor: CurrentActor, session: Session, response: Response) -> DocumentOut:
    """What is known of a file: your own, or one that was shared with your organization."""
    document = await queries.find(session, document_id)
    if document is None:
        raise NotFound()
    set_etag(response, document.version)
    return _document_out(document, actor.organization_id)


@router.delete(
    "/documents/{document_id}",
    status_code=204,
    responses=problems(Unauthenticated, NotFound, Forbidden, DocumentAttached, Conflict),
)
async def delete_document(document_id: UUID, actor: CurrentActor, session: Session) -> None:
    """Delete a file of your organization that nothing refers to."""
    await delete(session, actor, document_id)


@router.put(
    "/documents/{document_id}/nda",
    responses=problems(Unauthenticated, NotFound, Forbidden, PreconditionFailed, PreconditionRequired),
)
async def put_nda(
    document_id: UUID, actor: CurrentActor, form: NdaIn, if_match: IfMatch, session: Session, response: Response
) -> DocumentOut:
    """Require that readers accept a wording before they can open the file. A new wording must be accepted anew."""
    document = await set_nda(session, actor, document_id, form.text, expected_version=if_match)
    set_etag(response, document.version)
    return _document_out(document, actor.organization_id)


@router.get("/documents/{document_id}/nda", responses=problems(Unauthenticated, NotFound))
async def get_nda(document_id: UUID, actor: CurrentActor, session: Session) -> NdaOut:
    """The terms in force for a file that you may know of."""
    document = await queries.find(session, document_id)
    if document is None or document.nda_text is None or document.nda_sha256 is None:
        raise NotFound()
    accepted = await queries.accepted_nda(session, document, actor.organization_id)
    return NdaOut(document_id=document.id, text=document.nda_text, sha256=document.nda_sha256, accepted=accepted)


@router.post(
    "/documents/{document_id}/nda-acceptance",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(
        Unauthenticated,
        NotFound,
        Forbidden,
        NoNda,
        NdaChanged,
        IdempotencyKeyMissing,
        IdempotencyKeyInFlight,
        IdempotencyKeyReused,
    ),
)
async def post_nda_acceptance(
    document_id: UUID, actor: CurrentActor, form: NdaAcceptanceIn, session: Session
) -> NdaOut:
    """Accept the terms in force for your organization."""
    await accept_nda(session, actor, document_id, form.sha256)
    return await get_nda(document_id, actor, session)


@router.get("/documents/{document_id}/nda-acceptances", responses=problems(Unauthenticated, NotFound))
async def list_nda_acceptances(
    document_id: UUID, request: Request, response: Response, actor: CurrentActor, session: Session, page: Paging
) -> Page[NdaAcceptanceOut]:
    """Which organizations accepted the terms of a file of yours."""
    if await queries.find_own(session, document_id, actor.organization_id) is None:
        raise NotFound()
    rows, cursor = await fetch_page(session, queries.acceptances(document_id), page, keys=[NdaAcceptance.id])
    link_next(request, response, cursor)
    return Page[NdaAcceptanceOut](items=[NdaAcceptanceOut.model_validate(row) for row in rows], next_cursor=cursor)


@router.get("/documents/{document_id}/downloads", responses=problems(Unauthenticated, NotFound))
async def list_downloads(
    document_id: UUID, request: Request, response: Response, actor: CurrentActor, session: Session, page: Paging
) -> Page[DownloadOut]:
    """Who opened a file of yours, or was refused; the newest first."""
    if await queries.find_own(session, document_id, actor.organization_id) is None:
        raise NotFound()
    rows, cursor = await fetch_page(
        session, queries.downloads(document_id, actor.organization_id), page, keys=[DownloadEntry.id], descending=True
    )
    link_next(request, response, cursor)
    return Page[DownloadOut](items=[DownloadOut.model_validate(row) for row in rows], next_cursor=cursor)


def _document_out(document: Document, organization_id: UUID) -> DocumentOut:
    reason = document.scan_reason
    return DocumentOut(
        id=document.id,
        filename=document.filename,
        kind=document.kind,
        media_type=document.media_type,
        size_bytes=document.size_bytes,
        sha256=document.sha256,
        scan=labelled(ScanState(document.scan_state), SCAN_STATE_LABELS),
        scan_reason=labelled(ScanReason(reason), SCAN_REASON_LABELS) if reason else None,
        nda_required=document.nda_sha256 is not None,
        own=document.organization_id == organization_id,
        content_path=f"/v1/documents/{document.id}/content",
        version=document.version,
        created_at=document.created_at,
    )
