"""What `partingline verify` proves of financing."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check

_MOST = {"most": 100}
_COUNT = text("SELECT count(*) FROM financings")
_LEDGER = text("""
WITH posted AS (
    SELECT coalesce(o.cause_id, p.cause_id) AS id, sum(e.amount_minor) AS due
    FROM ledger_postings p LEFT JOIN ledger_postings o ON o.id = p.reverses_id
    JOIN ledger_entries e ON e.posting_id = p.id JOIN ledger_accounts a ON a.id = e.account_id
    WHERE a.purpose = 'financing_due' GROUP BY 1
)
SELECT coalesce(f.id, p.id) AS id, f.principal_minor, p.due FROM financings f FULL JOIN posted p ON p.id = f.id
WHERE coalesce(f.principal_minor, 0) <> coalesce(p.due, 0) LIMIT :most
""")
_MOVES = text("""
SELECT f.id FROM financings f LEFT JOIN (
    SELECT financing_id,
        sum(CASE kind WHEN 'returned' THEN -principal_minor WHEN 'lost' THEN 0 ELSE principal_minor END) AS repaid,
        sum(CASE kind WHEN 'returned' THEN -charge_minor WHEN 'lost' THEN 0 ELSE charge_minor END) AS charged
    FROM financing_moves GROUP BY 1
) m ON m.financing_id = f.id
WHERE (f.repaid_minor, f.charged_minor) <> (coalesce(m.repaid, 0), coalesce(m.charged, 0)) LIMIT :most
""")
_TWICE = text("""
SELECT milestone_id AS id, count(*) AS times FROM financings WHERE state <> 'cancelled'
GROUP BY milestone_id HAVING count(*) > 1 LIMIT :most
""")


async def _looked(session: AsyncSession) -> int:
    return int(await session.scalar(_COUNT) or 0)


@check("advances in the ledger")
async def advances_in_the_ledger(session: AsyncSession) -> tuple[int, list[str]]:
    """What financiers are owed of every advance is what the ledger says, and what was repaid is what became of it."""
    broken = [
        f"financing {row.id}: {row.principal_minor} outstanding, {row.due} in the ledger"
        for row in (await session.execute(_LEDGER, _MOST)).all()
    ]
    broken += [f"financing {row.id} does not add up" for row in (await session.execute(_MOVES, _MOST)).all()]
    return await _looked(session), broken


@check("receivables assigned once")
async def receivables_assigned_once(session: AsyncSession) -> tuple[int, list[str]]:
    """Nothing is assigned to two financiers."""
    rows = (await session.execute(_TWICE, _MOST)).all()
    return await _looked(session), [f"milestone {row.id} is assigned {row.times} times" for row in rows]
