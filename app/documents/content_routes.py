"""A file's bytes: always an attachment, never rendered by us, logged before the first byte."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.responses import Response, StreamingResponse

from app.documents.errors import DocumentPending, DocumentRefused, NdaRequired, RangeNotSatisfiable
from app.documents.models import Document
from app.documents.serving import file_headers, stored_bytes
from app.documents.usecases.open_content import Conditions, Opening, etag_of, open_content
from app.kit.actor import ActorResolver
from app.kit.db.engine import Database, Role
from app.kit.errors import NotFound, Unauthenticated, Unavailable
from app.kit.problems import problems
from app.kit.routing import house_router

router = house_router(tags=["documents"])

_BYTES: dict[str, Any] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    **problems(
        Unauthenticated, NotFound, NdaRequired, DocumentRefused, DocumentPending, RangeNotSatisfiable, Unavailable
    ),
    200: {"description": "The whole file, under its own media type.", "content": _BYTES},
    206: {"description": "The part asked for (`Range`).", "content": _BYTES},
    304: {"description": "You have this version (`If-None-Match`)."},
}


async def opened(
    request: Request,
    document_id: UUID,
    range_: Annotated[str | None, Header(alias="Range", max_length=200, description="One range of bytes.")] = None,
    if_range: Annotated[str | None, Header(alias="If-Range", max_length=200)] = None,
    if_none_match: Annotated[str | None, Header(alias="If-None-Match", max_length=2000)] = None,
) -> Opening:
    """Decide and write it down in a short transaction of its own, committed before anything else happens."""
    database: Database = request.app.state.database
    resolve: ActorResolver = request.app.state.resolve_actor
    asked = Conditions(range_, if_range, if_none_match, head_only=request.method == "HEAD")
    async with database.transaction(Role.APP) as session:
        actor = await resolve(request, session)
        request.state.actor = actor
        opening = await open_content(session, actor, document_id, asked)
    if opening.problem is not None:
        raise opening.problem
    return opening


Opened = Annotated[Opening, Depends(opened)]


@router.head("/documents/{document_id}/content", responses=_ANSWERS, response_class=Response)
async def head_document_content(opening: Opened) -> Response:
    """What GET would answer, without the bytes; refusals are written down all the same."""
    document = _document(opening)
    headers = _headers(document, opening)
    if opening.known:
        return Response(status_code=304, headers=headers)
    return Response(status_code=206 if opening.part else 200, headers=headers, media_type=document.media_type)


@router.get("/documents/{document_id}/content", responses=_ANSWERS, response_class=StreamingResponse)
async def get_document_content(opening: Opened, request: Request) -> Response:
    """The file, or a part of it. Every opening is written down for the owner before the first byte leaves."""
    document = _document(opening)
    headers = _headers(document, opening)
    if opening.known:
        return Response(status_code=304, headers=headers)
    chunks = await stored_bytes(request, document.sha256, opening.part)
    return StreamingResponse(
        chunks, status_code=206 if opening.part else 200, headers=headers, media_type=document.media_type
    )


def _document(opening: Opening) -> Document:
    if opening.document is None:
        raise NotFound()
    return opening.document


def _headers(document: Document, opening: Opening) -> dict[str, str]:
    return {
        **file_headers(document.filename, etag_of(document), document.size_bytes, opening.part, known=opening.known),
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-cache",
    }
