"""What `partingline verify` proves of saved payment methods."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check

_DEFAULTS = text("""
SELECT organization_id, count(*) AS methods, count(*) FILTER (WHERE is_default) AS defaults
FROM payment_methods WHERE state = 'saved' OR is_default GROUP BY organization_id
""")


@check("payment methods")
async def payment_methods(session: AsyncSession) -> tuple[int, list[str]]:
    """Who has saved methods has exactly one that is charged when nothing else is said."""
    rows = (await session.execute(_DEFAULTS)).all()
    broken = [f"organization {row.organization_id}: {row.defaults} defaults" for row in rows if row.defaults != 1]
    return sum(row.methods for row in rows), broken
