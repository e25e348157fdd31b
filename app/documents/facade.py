"""All that other rooms may call: attach files to things, share them with the other side, show what is attached."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import queries
from app.documents.errors import DocumentRefused, QuotaExceeded
from app.documents.givers import register_giver
from app.documents.guards import Received, receive
from app.documents.handing import hand_out
from app.documents.kinds import PICTURES
from app.documents.models import Document, DocumentPicture
from app.documents.states import (
    PICTURE_REASON_LABELS,
    PICTURE_STATE_LABELS,
    SCAN_REASON_LABELS,
    SCAN_STATE_LABELS,
    PictureState,
    ScanState,
)
from app.documents.typesetting import NotTypeset, typeset
from app.documents.usecases.keep_fetched import Arriving, NotMedia, keep_fetched, take_in
from app.documents.usecases.make_renditions import want_renditions
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_

__all__ = [
    "PICTURE_REASON_LABELS",
    "PICTURE_STATE_LABELS",
    "SCAN_REASON_LABELS",
    "SCAN_STATE_LABELS",
    "Arriving",
    "DocumentRef",
    "DocumentRefused",
    "NotMedia",
    "NotTypeset",
    "PictureRef",
    "QuotaExceeded",
    "Received",
    "RenditionRef",
    "attach",
    "attached",
    "attached_ids",
    "detach",
    "hand_out",
    "keep_fetched",
    "publish",
    "publish_many",
    "put_in_order",
    "receive",
    "refs",
    "register_giver",
    "share",
    "take_in",
    "things_of",
    "typeset",
]

Entity = tuple[str, UUID]

_UNKNOWN = N_("Name a file that your organization has uploaded.")
_REFUSED = N_("The checks refused this file. Leave it out, or upload a sound one.")


@dataclass(frozen=True, slots=True)
class RenditionRef:
    """One size of a picture; ask for `fits_px` to get it."""

    fits_px: int
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class PictureRef:
    """What became of a picture that is shown: its upright size in pixels, and its renditions from narrow to wide.

    `state` is waiting, ready or refused (then with a reason); size, `version` and renditions are there when it is ready.
    """

    state: str
    reason: str | None
    width_px: int | None
    height_px: int | None
    version: str | None
    renditions: tuple["RenditionRef", ...]


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """A file as others may show it. `url` is the path of its content; it answers only when `scan_state` is `clean`.

    A published file's `url` needs no sign-in. `picture` is there for pictures whose renditions are wanted.
    """

    id: UUID
    filename: str
    media_type: str
    size_bytes: int
    sha256: str
    url: str
    scan_state: str
    scan_reason: str | None
    nda_required: bool
    is_picture: bool
    picture: PictureRef | None = None

    @property
    def is_shown(self) -> bool:
        """Whether everybody can open it where it is published: checked, under no terms, a picture with renditions."""
        if self.scan_state != ScanState.CLEAN or self.nda_required:
            return False
        return not self.is_picture or (self.picture is not None and self.picture.state == PictureState.READY)


async def attach(
    session: AsyncSession,
    actor: Actor,
    document_ids: Sequence[UUID],
    *,
    entity: Entity,
    reader_ids: Sequence[UUID] = (),
    shown: bool = False,
) -> list[DocumentRef]:
    """Attach own documents to a thing and let `reader_ids` open them; in the order given.

    Raises `Invalid` for ids that are not the actor's organization's and `DocumentRefused` for what the checks refused;
    both name the places in `document_ids`, as the forms call it.
    An attached document can no longer be deleted. Attaching again adds readers. What is `shown` stands behind what the
    thing has already, and pictures get renditions.
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
    first = await queries.next_position(session, entity) if shown else 0
    await queries.grant(session, actor.organization_id, wanted, entity, readers, first=first)
    if shown:
        await want_renditions(session, actor.organization_id, [found[document_id] for document_id in wanted])
    after = {"documents": [str(document_id) for document_id in wanted], "readers": sorted(map(str, set(readers)))}
    await audit.record(session, actor, "document.attach", entity[0], entity[1], after=after)
    return [_ref(found[document_id]) for document_id in wanted]


async def attached_ids(session: AsyncSession, entity: Entity) -> list[UUID]:
    """What the acting organization attached to a thing, in order."""
    return await queries.attached_ids(session, entity)


async def put_in_order(session: AsyncSession, entity: Entity, document_ids: Sequence[UUID]) -> None:
    """Give everything that the acting organization attached to a thing its place. Name all of it, each once."""
    await queries.put_in_order(session, entity, document_ids)


async def detach(session: AsyncSession, actor: Actor, document_id: UUID, entity: Entity) -> bool:
    """Take away what the actor's organization shows with a thing; whether it was there.

    The file stays its document, which can be deleted once nothing refers to it.
    """
    if not await queries.detach(session, entity, document_id):
        return False
    before = {"documents": [str(document_id)]}
    await audit.record(session, actor, "document.detach", entity[0], entity[1], before=before)
    return True


async def things_of(session: AsyncSession, document_id: UUID, kind: str) -> list[UUID]:
    """The ids of the things of a kind that an own document is attached to."""
    return [entity_id for found, entity_id in await queries.entities_of(session, document_id) if found == kind]


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


async def publish_many(session: AsyncSession, entities: Sequence[Entity], *, published: bool) -> None:
    """`publish` for many things in one statement."""
    if entities:
        await queries.set_all_published(session, entities, published)


async def attached(session: AsyncSession, entities: Sequence[Entity]) -> dict[Entity, list[DocumentRef]]:
    """What is attached to each thing and the acting organization may open, in one SQL statement. Every thing has a list."""
    shown: dict[Entity, list[DocumentRef]] = {entity: [] for entity in entities}
    if entities:
        rows = await queries.attached(session, entities)
        published = {row.document.id for row in rows if row.public}
        for row in rows:
            refs = shown[row.kind, row.entity_id]
            # A reader with a grant of his own meets a published document twice.
            if all(ref.id != row.document.id for ref in refs):
                picture = _picture(row.picture, row.sizes or [])
                refs.append(_ref(row.document, public=row.document.id in published, picture=picture))
    return shown


async def refs(session: AsyncSession, document_ids: Sequence[UUID]) -> dict[UUID, DocumentRef]:
    """Those of these files that the acting organization may know of, by id, in one SQL statement."""
    rows = await queries.find_all(session, document_ids) if document_ids else []
    return {row.id: _ref(row) for row in rows}


def _picture(row: DocumentPicture | None, sizes: Sequence[Sequence[int]]) -> PictureRef | None:
    if row is None:
        return None
    renditions = tuple(RenditionRef(*size) for size in sizes)
    return PictureRef(row.state, row.reason, row.width_px, row.height_px, row.version, renditions)


def _ref(document: Document, *, public: bool = False, picture: PictureRef | None = None) -> DocumentRef:
    return DocumentRef(
        id=document.id,
        filename=document.filename,
        media_type=document.media_type,
        size_bytes=document.size_bytes,
        sha256=document.sha256,
        url=f"/v1/media/{document.id}" if public else f"/v1/documents/{document.id}/content",
        scan_state=document.scan_state,
        scan_reason=document.scan_reason,
        nda_required=document.nda_sha256 is not None,
        is_picture=document.kind in PICTURES,
        picture=picture,
    )
