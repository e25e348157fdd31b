"""All the SQL on the documents room's tables."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Uuid,
    column,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import picture_queries as pictures
from app.documents.models import (
    Document,
    DocumentGrant,
    DocumentPicture,
    DownloadEntry,
    NdaAcceptance,
    StorageUse,
    StoredFile,
)
from app.documents.states import ScanState

Entity = tuple[str, UUID]


async def find(session: AsyncSession, document_id: UUID) -> Document | None:
    """A document that the acting organization may know of."""
    return await session.scalar(
        select(Document)
        .where(Document.id == document_id, Document.deleted_at.is_(None))
        .execution_options(populate_existing=True)
    )


async def find_all(session: AsyncSession, document_ids: Sequence[UUID]) -> list[Document]:
    """Those of these documents that the acting organization may know of, as they are now."""
    statement = select(Document).where(Document.id.in_(set(document_ids)), Document.deleted_at.is_(None))
    return list((await session.scalars(statement.execution_options(populate_existing=True))).all())


async def find_own(session: AsyncSession, document_id: UUID, organization_id: UUID) -> Document | None:
    """A document of the organization itself."""
    found: Document | None = await session.scalar(own_documents(organization_id).where(Document.id == document_id))
    return found


def own_documents(organization_id: UUID) -> Select[Any]:
    """Every document of the organization."""
    return select(Document).where(Document.organization_id == organization_id, Document.deleted_at.is_(None))


def acceptances(document_id: UUID) -> Select[Any]:
    """Who accepted which terms of a document."""
    return select(NdaAcceptance).where(NdaAcceptance.document_id == document_id)


def downloads(document_id: UUID, owner_id: UUID) -> Select[Any]:
    """Who asked for the content of an owner's document."""
    return select(DownloadEntry).where(DownloadEntry.document_id == document_id, DownloadEntry.owner_id == owner_id)


async def lock_own(session: AsyncSession, document_id: UUID, organization_id: UUID) -> Document | None:
    """A document of the organization, locked against attaching and every other change."""
    return await session.scalar(
        select(Document)
        .where(Document.id == document_id, Document.organization_id == organization_id, Document.deleted_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def hold_own(session: AsyncSession, document_ids: Sequence[UUID], organization_id: UUID) -> dict[UUID, Document]:
    """Documents of the organization, held against deletion until the transaction ends."""
    rows = await session.scalars(
        select(Document)
        .where(
            Document.id.in_(document_ids), Document.organization_id == organization_id, Document.deleted_at.is_(None)
        )
        .order_by(Document.id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


async def grant(
    session: AsyncSession,
    owner_id: UUID,
    document_ids: Sequence[UUID],
    entity: Entity,
    reader_ids: Sequence[UUID],
    *,
    first: int = 0,
) -> None:
    """Let readers open documents because of a thing; what is granted already stays as it is. `first` is the place of the
    first of them."""
    rows = [
        {
            "document_id": document_id,
            "entity_kind": entity[0],
            "entity_id": entity[1],
            "reader_id": reader_id,
            "owner_id": owner_id,
            "position": position,
        }
        for position, document_id in enumerate(document_ids, first)
        for reader_id in sorted(set(reader_ids))
    ]
    if rows:
        await session.execute(insert(DocumentGrant).values(rows).on_conflict_do_nothing())


async def next_position(session: AsyncSession, entity: Entity) -> int:
    """The place behind everything that the acting organization attached to a thing."""
    last = select(func.max(DocumentGrant.position)).where(*_own_attachments(entity))
    found: int | None = await session.scalar(last)
    return 0 if found is None else found + 1


async def attached_ids(session: AsyncSession, entity: Entity) -> list[UUID]:
    """What the acting organization attached to a thing, in order."""
    statement = (
        select(DocumentGrant.document_id)
        .where(*_own_attachments(entity))
        .order_by(DocumentGrant.position, DocumentGrant.document_id)
    )
    return list((await session.scalars(statement)).all())


async def put_in_order(session: AsyncSession, entity: Entity, document_ids: Sequence[UUID]) -> None:
    """Give the acting organization's attachments of a thing their places."""
    places = values(column("document_id", Uuid), column("place", Integer), name="places").data(
        [(document_id, place) for place, document_id in enumerate(document_ids)]
    )
    await session.execute(
        update(DocumentGrant)
        .where(*_own_attachments(entity), DocumentGrant.document_id == places.c.document_id)
        .values(position=places.c.place)
        .execution_options(synchronize_session=False)
    )


async def detach(session: AsyncSession, entity: Entity, document_id: UUID) -> bool:
    """Take an attachment of the acting organization away; whether there was one."""
    gone = delete(DocumentGrant).where(*_own_attachments(entity), DocumentGrant.document_id == document_id)
    return await session.scalar(gone.returning(DocumentGrant.document_id)) is not None


async def entities_of(session: AsyncSession, document_id: UUID) -> list[Entity]:
    """The things that an own document is attached to."""
    statement = (
        select(DocumentGrant.entity_kind, DocumentGrant.entity_id)
        .where(
            DocumentGrant.document_id == document_id,
            DocumentGrant.owner_id == func.app_organization_id(),
            DocumentGrant.reader_id == DocumentGrant.owner_id,
        )
        .order_by(DocumentGrant.entity_kind, DocumentGrant.entity_id)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


def _own_attachments(entity: Entity) -> list[ColumnElement[bool]]:
    return [
        DocumentGrant.entity_kind == entity[0],
        DocumentGrant.entity_id == entity[1],
        DocumentGrant.owner_id == func.app_organization_id(),
        DocumentGrant.reader_id == DocumentGrant.owner_id,
    ]


async def has_grant(session: AsyncSession, document_id: UUID, reader_id: UUID) -> bool:
    """Whether the document was given to this very reader, and not only published."""
    found = exists().where(DocumentGrant.document_id == document_id, DocumentGrant.reader_id == reader_id)
    return bool(await session.scalar(select(found)))


async def find_equal(session: AsyncSession, organization_id: UUID, sha256: str) -> Document | None:
    """The oldest document of the organization with this content that can be shown: not refused, and under no terms."""
    statement = (
        select(Document)
        .where(
            Document.organization_id == organization_id,
            Document.file_key == sha256,
            Document.scan_state != ScanState.REFUSED,
            Document.nda_sha256.is_(None),
        )
        .order_by(Document.id)
        .limit(1)
    )
    found: Document | None = await session.scalar(statement)
    return found


async def share(session: AsyncSession, entity: Entity, reader_ids: Sequence[UUID]) -> None:
    """Grant the acting organization's attachments of a thing to further readers, in one statement."""
    readers = values(column("reader_id", Uuid), name="readers").data([(reader,) for reader in sorted(set(reader_ids))])
    own = DocumentGrant.__table__.alias("own")
    rows = (
        select(
            own.c.document_id, own.c.entity_kind, own.c.entity_id, readers.c.reader_id, own.c.owner_id, own.c.position
        )
        .select_from(own)
        .join(readers, readers.c.reader_id != own.c.owner_id)
        .where(
            own.c.entity_kind == entity[0],
            own.c.entity_id == entity[1],
            own.c.owner_id == func.app_organization_id(),
            own.c.reader_id == own.c.owner_id,
        )
    )
    names = ["document_id", "entity_kind", "entity_id", "reader_id", "owner_id", "position"]
    await session.execute(insert(DocumentGrant).from_select(names, rows).on_conflict_do_nothing())


async def set_published(session: AsyncSession, entity: Entity, published: bool) -> None:
    """Let everybody open what the acting organization attached to a thing, or no longer."""
    await session.execute(
        update(DocumentGrant)
        .where(
            DocumentGrant.entity_kind == entity[0],
            DocumentGrant.entity_id == entity[1],
            DocumentGrant.owner_id == func.app_organization_id(),
            DocumentGrant.reader_id == DocumentGrant.owner_id,
            DocumentGrant.published != published,
        )
        .values(published=published)
        .execution_options(synchronize_session=False)
    )


async def publish_one(session: AsyncSession, entity: Entity, document_id: UUID) -> None:
    """Let everybody open one of the documents that the acting organization attached to a thing."""
    await session.execute(
        update(DocumentGrant)
        .where(
            DocumentGrant.document_id == document_id,
            DocumentGrant.entity_kind == entity[0],
            DocumentGrant.entity_id == entity[1],
            DocumentGrant.owner_id == func.app_organization_id(),
            DocumentGrant.reader_id == DocumentGrant.owner_id,
        )
        .values(published=True)
        .execution_options(synchronize_session=False)
    )


async def set_all_published(session: AsyncSession, entities: Sequence[Entity], published: bool) -> None:
    """The same as `set_published` for many things in one statement."""
    await session.execute(
        update(DocumentGrant)
        .where(
            tuple_(DocumentGrant.entity_kind, DocumentGrant.entity_id).in_(list(entities)),
            DocumentGrant.owner_id == func.app_organization_id(),
            DocumentGrant.reader_id == DocumentGrant.owner_id,
            DocumentGrant.published != published,
        )
        .values(published=published)
        .execution_options(synchronize_session=False)
    )


async def find_published(session: AsyncSession, document_id: UUID) -> Document | None:
    """A clean document that everybody may open."""
    shown = exists().where(DocumentGrant.document_id == document_id, DocumentGrant.published)
    return await session.scalar(
        select(Document).where(
            Document.id == document_id,
            Document.deleted_at.is_(None),
            Document.scan_state == ScanState.CLEAN,
            Document.nda_sha256.is_(None),
            shown,
        )
    )


class Attached(NamedTuple):
    """A document at a thing. `sizes` are its renditions from narrow to wide, as (fits, width, height)."""

    kind: str
    entity_id: UUID
    document: Document
    public: bool
    picture: DocumentPicture | None
    sizes: list[list[int]] | None


async def attached(session: AsyncSession, entities: Sequence[Entity]) -> list[Attached]:
    """What is attached to many things and the acting organization may open, in one statement."""
    wanted = values(column("kind", String), column("id", Uuid), name="wanted").data(sorted(set(entities)))
    rows = await session.execute(
        select(
            DocumentGrant.entity_kind,
            DocumentGrant.entity_id,
            Document,
            DocumentGrant.published,
            DocumentPicture,
            pictures.sizes(),
        )
        .join(wanted, (DocumentGrant.entity_kind == wanted.c.kind) & (DocumentGrant.entity_id == wanted.c.id))
        .join(Document, Document.id == DocumentGrant.document_id)
        .outerjoin(DocumentPicture, DocumentPicture.document_id == Document.id)
        .where(or_(DocumentGrant.reader_id == func.app_organization_id(), DocumentGrant.published))
        .order_by(DocumentGrant.owner_id, DocumentGrant.position, Document.id, DocumentGrant.published.desc())
    )
    return [Attached(*row) for row in rows]


async def is_attached(session: AsyncSession, document_id: UUID) -> bool:
    """Whether anything refers to an own document."""
    return bool(await session.scalar(select(exists().where(DocumentGrant.document_id == document_id))))


async def keep_file(session: AsyncSession, key: str, size_bytes: int) -> None:
    """Note that the file store keeps a content; the row is locked, so that the sweep cannot forget it meanwhile."""
    noted = insert(StoredFile).values(key=key, size_bytes=size_bytes)
    await session.execute(noted.on_conflict_do_update(index_elements=["key"], set_={"kept_at": func.app_now()}))


async def forget_file(session: AsyncSession, key: str) -> bool:
    """Forget a stored content unless a document has it, of whatever organization; whether nothing refers to it now.

    The foreign key decides, because no role may read every organization's documents.
    """
    try:
        async with session.begin_nested():
            await session.execute(delete(StoredFile).where(StoredFile.key == key))
    except IntegrityError:
        return False
    return True


async def use_storage(session: AsyncSession, organization_id: UUID, size_bytes: int, default_quota: int) -> int | None:
    """Count bytes against the organization's quota: None when they fit, else the quota. A guarded update, not a check."""
    await session.execute(insert(StorageUse).values(organization_id=organization_id).on_conflict_do_nothing())
    quota = func.coalesce(StorageUse.quota_bytes, default_quota)
    fits = await session.scalar(
        update(StorageUse)
        .where(StorageUse.organization_id == organization_id, StorageUse.used_bytes + size_bytes <= quota)
        .values(used_bytes=StorageUse.used_bytes + size_bytes)
        .returning(StorageUse.used_bytes)
        .execution_options(synchronize_session=False)
    )
    if fits is not None:
        return None
    return await session.scalar(select(quota).where(StorageUse.organization_id == organization_id))


async def free_storage(session: AsyncSession, organization_id: UUID, size_bytes: int) -> None:
    """Give bytes back."""
    await session.execute(
        update(StorageUse)
        .where(StorageUse.organization_id == organization_id)
        .values(used_bytes=StorageUse.used_bytes - size_bytes)
        .execution_options(synchronize_session=False)
    )


async def accepted_nda(session: AsyncSession, document: Document, organization_id: UUID) -> bool:
    """Whether the organization accepted the wording that is in force."""
    found = exists().where(
        NdaAcceptance.document_id == document.id,
        NdaAcceptance.organization_id == organization_id,
        NdaAcceptance.nda_sha256 == document.nda_sha256,
    )
    return bool(await session.scalar(select(found)))


async def record_scan(session: AsyncSession, document_id: UUID, state: ScanState, reason: str | None) -> bool:
    """Set the result of the checks once; whether it was set."""
    updated = await session.scalar(
        update(Document)
        .where(Document.id == document_id, Document.scan_state == ScanState.PENDING)
        .values(scan_state=state, scan_reason=reason, scanned_at=func.app_now(), version=Document.version + 1)
        .returning(Document.id)
        .execution_options(synchronize_session=False)
    )
    return updated is not None
