"""What `partingline verify` proves of what is suggested."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check
from app.pooling.sensing.rules import K

# Of what stands, each of those behind it had consented when it was made; of what ended, nobody who left is kept.
_BEHIND = text("""
SELECT s.id, s.state, s.buyers, s.left_since, count(m.organization_id) AS kept,
    count(m.organization_id) FILTER (WHERE NOT coalesce((
        SELECT c.given FROM demand_consents c WHERE c.organization_id = m.organization_id AND c.decided_at <= s.made_at
        ORDER BY c.version DESC LIMIT 1), false)) AS against
FROM demand_suggestions s LEFT JOIN demand_members m ON m.suggestion_id = s.id
GROUP BY s.id
""")


@check("demand suggestions")
async def demand_suggestions(session: AsyncSession) -> tuple[int, list[str]]:
    """Behind each suggestion that stands are as many buyers as it says, `K` or more, who all let their demand be counted."""
    rows = (await session.execute(_BEHIND)).all()
    broken = [
        f"suggestion {row.id}"
        for row in rows
        if row.against
        or row.buyers < K
        or (row.kept != row.buyers if row.state == "current" else row.kept > row.buyers - row.left_since)
    ]
    return len(rows), broken
