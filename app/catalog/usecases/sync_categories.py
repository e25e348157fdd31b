"""Tell the database which categories the edition has, so that a listing's category is a foreign key."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import queries
from app.catalog.definitions import categories, edition


async def sync_categories(session: AsyncSession) -> int:
    """Upsert the edition's categories; their number. Runs as `owner` after a migration."""
    rows = [{"code": c.code, "path": list(c.path), "edition": edition()} for c in categories().values()]
    await queries.sync_categories(session, rows)
    return len(rows)
