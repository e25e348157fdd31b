"""The SQL on pictures and their renditions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.documents.models import Document, DocumentPicture, DocumentRendition
from app.documents.states import PictureState, ScanState


async def want(session: AsyncSession, owner_id: UUID, document_ids: Sequence[UUID]) -> list[UUID]:
    """Note that renditions are wanted; the documents of which they were not wanted before."""
    if not document_ids:
        return []
    rows = [{"document_id": document_id, "owner_id": owner_id} for document_id in sorted(document_ids)]
    noted = insert(DocumentPicture).values(rows).on_conflict_do_nothing().returning(DocumentPicture.document_id)
    return list((await session.scalars(noted)).all())


async def waiting(session: AsyncSession, document_id: UUID, *, lock: bool = False) -> Document | None:
    """A checked document of the acting organization whose renditions are wanted and not made."""
    statement = (
        select(Document)
        .join(DocumentPicture, DocumentPicture.document_id == Document.id)
        .where(
            Document.id == document_id,
            Document.organization_id == func.app_organization_id(),
            Document.scan_state == ScanState.CLEAN,
            Document.deleted_at.is_(None),
            DocumentPicture.state == PictureState.WAITING,
        )
        .execution_options(populate_existing=True)
    )
    if lock:
        statement = statement.with_for_update(of=DocumentPicture)
    found: Document | None = await session.scalar(statement)
    return found


async def keep(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Note the renditions of pictures whose contents the file store keeps."""
    await session.execute(insert(DocumentRendition), list(rows))


async def end(session: AsyncSession, document_id: UUID, **values: Any) -> None:
    """Record what came of a picture that waited."""
    await session.execute(
        update(DocumentPicture)
        .where(DocumentPicture.document_id == document_id)
        .values(**values, ended_at=func.app_now())
        .execution_options(synchronize_session=False)
    )


async def forget(session: AsyncSession, document_id: UUID) -> None:
    """Forget a picture's renditions; the sweep removes their contents."""
    for table in (DocumentRendition, DocumentPicture):
        await session.execute(delete(table).where(table.document_id == document_id))


async def fitting(
    session: AsyncSession, document_id: UUID, form: str, width_px: int
) -> tuple[DocumentRendition, str] | None:
    """The rendition made for a width, else the widest below it; with the version of its picture."""
    row = (
        await session.execute(
            select(DocumentRendition, DocumentPicture.version)
            .join(DocumentPicture, DocumentPicture.document_id == DocumentRendition.document_id)
            .where(
                DocumentRendition.document_id == document_id,
                DocumentRendition.format == form,
                DocumentRendition.fits_px <= width_px,
                DocumentPicture.state == PictureState.READY,
            )
            .order_by(DocumentRendition.fits_px.desc())
            .limit(1)
        )
    ).first()
    return (row[0], str(row[1])) if row else None


def sizes() -> ColumnElement[Any]:
    """For a SELECT on pictures: their renditions from narrow to wide, as JSON triples (fits, width, height)."""
    triple = func.jsonb_build_array(DocumentRendition.fits_px, DocumentRendition.width_px, DocumentRendition.height_px)
    return (
        select(func.jsonb_agg(aggregate_order_by(triple, DocumentRendition.fits_px)))
        .where(DocumentRendition.document_id == DocumentPicture.document_id, DocumentRendition.format == "jpeg")
        .scalar_subquery()
    )
