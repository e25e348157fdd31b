"""The files of suppliers' certificates."""

from uuid import UUID

from fastapi import Response

from app.documents.errors import DocumentRefused
from app.documents.schemas import CertificateFileIn
from app.documents.usecases.show_certificate import show_certificate
from app.kit.actor import CurrentActor, Permission
from app.kit.db.session import Session
from app.kit.errors import Forbidden, NotFound, PreconditionFailed, PreconditionRequired, Unauthenticated
from app.kit.etags import IfMatch, set_etag
from app.kit.problems import problems
from app.kit.routing import house_router
from app.parties import facade as parties

router = house_router(tags=["suppliers"])


@router.put(
    "/organization/certificates/{certificate_id}/file",
    status_code=204,
    responses=problems(Unauthenticated, Forbidden, NotFound, PreconditionRequired, PreconditionFailed, DocumentRefused),
)
async def put_certificate_file(
    certificate_id: UUID,
    actor: CurrentActor,
    form: CertificateFileIn,
    if_match: IfMatch,
    session: Session,
    response: Response,
) -> None:
    """Show an uploaded PDF or picture of a certificate to everybody; `If-Match` names the certificate's version."""
    if await parties.certificate(session, actor.organization_id, certificate_id) is None:
        raise NotFound()
    actor.require(Permission.ORGANIZATION_EDIT)
    version = await show_certificate(session, actor, certificate_id, form.document_id, expected_version=if_match)
    set_etag(response, version)
