"""Delete a document that nothing refers to."""

from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import picture_queries, queries
from app.documents.errors import DocumentAttached
from app.kit import audit
from app.kit.actor import Actor, Permission
from app.kit.errors import NotFound


async def delete_document(session: AsyncSession, actor: Actor, document_id: UUID) -> None:
    """Forget a document's content. Its row stays for the download log; the sweep removes the file and its renditions.

    The row is locked first, so that deleting and attaching cannot interleave. Raises `NotFound`, `Forbidden`,
    `DocumentAttached`.
    """
    document = await queries.lock_own(session, document_id, actor.organization_id)
    if document is None:
        raise NotFound()
    actor.require(Permission.UPLOAD)
    if await queries.is_attached(session, document_id):
        raise DocumentAttached()
    document.file_key = None
    document.deleted_at = func.app_now()
    document.version += 1
    await session.flush()
    await picture_queries.forget(session, document_id)
    await queries.free_storage(session, actor.organization_id, document.size_bytes)
    before = {"sha256": document.sha256, "size_bytes": document.size_bytes}
    await audit.record(session, actor, "document.delete", "document", document_id, before=before)
