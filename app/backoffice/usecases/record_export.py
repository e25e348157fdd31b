"""Remember that somebody took a list away."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor, Permission


async def record_export(session: AsyncSession, actor: Actor, table: str, *, file_format: str, rows: int) -> None:
    """An export leaves the house's walls: who took what is kept."""
    actor.require(Permission.OPERATE)
    after = {"table": table, "format": file_format, "rows": rows}
    await audit.record(session, actor, "backoffice.export", "table", None, after=after)
