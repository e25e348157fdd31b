"""A file for somebody at a page, who has no token: decided and written down as over HTTP, and read from the store likewise."""

from uuid import UUID

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from app.documents.serving import file_headers, stored_bytes
from app.documents.usecases.open_content import Conditions, etag_of, open_content
from app.kit.actor import Actor
from app.kit.db.engine import Database, Role
from app.kit.db.tenancy import act_for
from app.kit.errors import NotFound


async def hand_out(request: Request, actor: Actor, document_id: UUID) -> Response:
    """The whole file as an attachment. The opening is committed before the first byte leaves; call it with no transaction open.

    Raises `NotFound`, `NdaRequired`, `DocumentRefused`, `DocumentPending`, `Unavailable`.
    """
    database: Database = request.app.state.database
    async with database.transaction(Role.APP) as session:
        await act_for(session, actor.organization_id, person_id=actor.person_id, operator=actor.is_operator)
        opening = await open_content(session, actor, document_id, Conditions())
    if opening.problem is not None:
        raise opening.problem
    document = opening.document
    if document is None:
        raise NotFound()
    headers = {
        **file_headers(document.filename, etag_of(document), document.size_bytes, None, known=False),
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(
        await stored_bytes(request, document.sha256, None), headers=headers, media_type=document.media_type
    )
