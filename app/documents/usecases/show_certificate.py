"""Show the file of a supplier's certificate to everybody. The parties room keeps the certificate and is told the address."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import queries
from app.documents.errors import DocumentRefused
from app.documents.models import Document
from app.documents.states import ScanState
from app.documents.usecases.make_renditions import want_renditions
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_
from app.parties import facade as parties

CERTIFICATE = "certificate"
KINDS = ("pdf", "png", "jpeg", "webp")


async def show_certificate(
    session: AsyncSession, actor: Actor, certificate_id: UUID, document_id: UUID, *, expected_version: int | None
) -> int:
    """Attach an own file to an own certificate and publish it in place of the one before; the certificate's new version.

    Raises `NotFound`, `PreconditionFailed`, `Invalid`, `DocumentRefused`.
    """
    url = f"/v1/media/{document_id}"
    version = await parties.show_certificate_file(
        session, actor, certificate_id, document_id=document_id, url=url, expected_version=expected_version
    )
    found = await queries.hold_own(session, [document_id], actor.organization_id)
    _check(found.get(document_id))
    entity = (CERTIFICATE, certificate_id)
    await queries.set_published(session, entity, published=False)
    await queries.grant(session, actor.organization_id, [document_id], entity, [actor.organization_id])
    await queries.publish_one(session, entity, document_id)
    await want_renditions(session, actor.organization_id, list(found.values()))
    after = {"documents": [str(document_id)], "published": True}
    await audit.record(session, actor, "document.attach", CERTIFICATE, certificate_id, after=after)
    return version


def _check(document: Document | None) -> None:
    def wrong(code: str, message: str) -> list[FieldError]:
        return [FieldError("/document_id", code, message)]

    if document is None:
        raise Invalid(errors=wrong("unknown-document", N_("Name a file that your organization has uploaded.")))
    if document.scan_state == ScanState.REFUSED:
        message = N_("The checks refused this file. Leave it out, or upload a sound one.")
        raise DocumentRefused(errors=wrong("document-refused", message))
    if document.nda_sha256 is not None:
        message = N_("Everybody may open a certificate's file, so it cannot have terms that must be accepted first.")
        raise Invalid(errors=wrong("has-terms", message))
    if document.kind not in KINDS:
        raise Invalid(errors=wrong("not-a-scan", N_("Give a PDF or a picture of the certificate.")))
