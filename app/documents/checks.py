"""What `partingline verify` recomputes of the documents room."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.documents.models import Document, StorageUse
from app.kit.verify import check


@check("document storage")
async def storage_is_counted(session: AsyncSession) -> tuple[int, list[str]]:
    """Each organization's used bytes are the sum of its documents."""
    sizes = (
        select(Document.organization_id, func.sum(Document.size_bytes).label("size_bytes"))
        .where(Document.deleted_at.is_(None))
        .group_by(Document.organization_id)
        .subquery()
    )
    rows = await session.execute(
        select(
            func.coalesce(StorageUse.organization_id, sizes.c.organization_id),
            func.coalesce(StorageUse.used_bytes, 0),
            func.coalesce(sizes.c.size_bytes, 0),
        ).select_from(
            StorageUse.__table__.outerjoin(sizes, sizes.c.organization_id == StorageUse.organization_id, full=True)
        )
    )
    found = rows.all()
    broken = [f"storage of {owner}: {used} counted, {kept} kept" for owner, used, kept in found if used != kept]
    return len(found), broken
