"""Make a received file a document of an organization."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import queries
from app.documents.errors import QuotaExceeded
from app.documents.guards import Received
from app.documents.models import Document
from app.kit import audit
from app.kit.actor import Actor
from app.kit.jobs import defer

SCAN_JOB = "documents.scan"


async def keep_upload(session: AsyncSession, actor: Actor, received: Received, *, default_quota: int) -> Document:
    """Write the row of a file that the store holds, count its bytes, and defer its checks.

    Raises `QuotaExceeded`. The organization's storage row is locked last.
    """
    stored = received.stored
    await queries.keep_file(session, stored.key, stored.size_bytes)
    document = Document(
        organization_id=actor.organization_id,
        uploaded_by=actor.key,
        filename=received.filename,
        kind=received.kind.code,
        media_type=received.kind.media_type,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        file_key=stored.key,
    )
    session.add(document)
    await session.flush()
    quota = await queries.use_storage(session, actor.organization_id, stored.size_bytes, default_quota)
    if quota is not None:
        raise QuotaExceeded(quota_bytes=quota)
    after = {"kind": document.kind, "size_bytes": document.size_bytes, "sha256": document.sha256}
    await audit.record(session, actor, "document.upload", "document", document.id, after=after)
    await defer(session, SCAN_JOB, document_id=str(document.id), organization_id=str(actor.organization_id))
    return document
