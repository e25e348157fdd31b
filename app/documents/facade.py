"""All that other rooms may call: attach files to things, share them with the other side, show what is attached."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import queries
from app.documents.errors import DocumentRefused
from app.documents.models import Document
from app.documents.states import ScanState
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_

__all__ = ["DocumentRef", "DocumentRefused", "attach", "attached", "publish", "share"]

Entity = tuple[str, UUID]

_UNKNOWN = N_("Name a file that your organization has uploaded.")
_REFUSED = N_("The checks refused this file. Leave it out, or upload a sound one.")


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """A file as others may show it. `url` is the path of its content; it answers only when `scan_state` is `clean`.

    A published file's `url` needs no sign-in.
    """

    id: UUID
    filename: str
    media_type: str
    size_bytes: int
    sha256: str
    url: str
    scan_state: str
    nda_required: bool


async def attach(
    session: AsyncSession,
    actor: Actor,
    document_ids: Sequence[UUID],
    *,
    entity: Entity,
    reader_ids: Sequence[UUID] = (),
) -> list[DocumentRef]:
    """Attach own documents to a thing and let `reader_ids` open them; in the order given.

    Raises `Invalid` for ids that are not the actor's organization's and `DocumentRefused` for what the checks refused;
    both name the places in `document_ids`, as the forms call it.
    An attached document can no longer be deleted. Attaching again adds readers.
    """
    wanted = list(dict.fromkeys(document_ids))
    if not wanted:
        return []
    found = await queries.hold_own(session, wanted, actor.organization_id)
    unknown = [document_id for document_id in wanted if document_id not in found]
    if unknown:
        raise Invalid(errors=_at(document_ids, unknown, "unknown-document", _UNKNOWN))
    refused = [document_id for document_id in wanted if found[document_id].scan_state == ScanState.REFUSED]
    if refused:
        raise DocumentRefused(errors=_at(document_ids, refused, "document-refused", _REFUSED))
    readers = [actor.organization_id, *reader_ids]
    await queries.grant(session, actor.organization_id, wanted, entity, readers)
    after = {"documents": [str(document_id) for document_id in wanted], "readers": sorted(map(str, set(readers)))}
    await audit.record(session, actor, "document.attach", entity[0], entity[1], after=after)
    return [_ref(found[document_id]) for document_id in wanted]


def _at(given: Sequence[UUID], wrong: Sequence[UUID], code: str, message: str) -> list[FieldError]:
    return [
        FieldError(f"/document_ids/{position}", code, message)
        for position, document_id in enumerate(given)
        if document_id in wrong
    ]


async def share(session: AsyncSession, entity: Entity, reader_ids: Sequence[UUID]) -> None:
    """Let further organizations open what the acting organization attached to a thing.

    Call it while acting for the owner; what the other side attached to the same thing is not touched.
    """
    if reader_ids:
        await queries.share(session, entity, reader_ids)


async def publish(session: AsyncSession, entity: Entity, *, published: bool = True) -> None:
    """Let everybody open what the acting organization attached to a thing (pictures of a listed product), or no longer.

    Published files are served without a sign-in at `/v1/media/{id}` once they are clean, unless terms must be accepted.
    """
    await queries.set_published(session, entity, published)


async def attached(session: AsyncSession, entities: Sequence[Entity]) -> dict[Entity, list[DocumentRef]]:
    """What is attached to each thing and the acting organization may open, in one SQL statement. Every thing has a list."""
    shown: dict[Entity, list[DocumentRef]] = {entity: [] for entity in entities}
    if entities:
        rows = await queries.attached(session, entities)
        published = {document.id for _, _, document, public in rows if public}
        for kind, entity_id, document, _ in rows:
            refs = shown[kind, entity_id]
            # A reader with a grant of his own meets a published document twice.
            if all(ref.id != document.id for ref in refs):
                refs.append(_ref(document, public=document.id in published))
    return shown


def _ref(document: Document, *, public: bool = False) -> DocumentRef:
    return DocumentRef(
        id=document.id,
        filename=document.filename,
        media_type=document.media_type,
        size_bytes=document.size_bytes,
        sha256=document.sha256,
        url=f"/v1/media/{document.id}" if public else f"/v1/documents/{document.id}/content",
        scan_state=document.scan_state,
        nda_required=document.nda_sha256 is not None,
    )
