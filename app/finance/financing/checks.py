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
        sum(principal_minor) FILTER (WHERE kind IN ('repaid', 'recourse')) AS repaid,
        sum(charge_minor) FILTER (WHERE kind IN ('repaid', 'recourse')) AS charged,
        sum(principal_minor) FILTER (WHERE kind = 'returned') AS returned,
        sum(charge_minor) FILTER (WHERE kind = 'returned') AS uncharged,
        sum(principal_minor) FILTER (WHERE kind = 'lost') AS lost,
        sum(principal_minor) FILTER (WHERE kind = 'undone') AS undone,
        sum(principal_minor) FILTER (WHERE kind = 'renewed') AS renewed
    FROM financing_moves GROUP BY 1
) m ON m.financing_id = f.id
WHERE (f.repaid_minor, f.charged_minor, f.lost_minor, f.taken_minor) <> (
    coalesce(m.repaid, 0) - coalesce(m.returned, 0), coalesce(m.charged, 0) - coalesce(m.uncharged, 0),
    coalesce(m.lost, 0), coalesce(m.undone, 0) - coalesce(m.renewed, 0))
    OR f.funded_minor <> f.principal_minor + f.repaid_minor + f.lost_minor + f.taken_minor LIMIT :most
""")
# What came in by a financier's payments, and what of it he has back, is what the ledger has on the house's account.
_PAID = text("""
WITH posted AS (
    SELECT coalesce(o.cause_id, p.cause_id) AS id, sum(e.amount_minor) AS cash
    FROM ledger_postings p LEFT JOIN ledger_postings o ON o.id = p.reverses_id
    JOIN ledger_entries e ON e.posting_id = p.id JOIN ledger_accounts a ON a.id = e.account_id
    WHERE a.purpose = 'cash_at_provider' AND coalesce(o.cause_kind, p.cause_kind) = 'financing' GROUP BY 1
), paid AS (
    SELECT financing_id AS id, sum(captured_minor - refunded_minor - taken_supplier_minor - taken_financier_minor) AS cash
    FROM financing_payments GROUP BY 1
)
SELECT coalesce(a.id, b.id) AS id, coalesce(b.cash, 0) AS paid, coalesce(a.cash, 0) AS posted
FROM posted a FULL JOIN paid b ON b.id = a.id WHERE coalesce(a.cash, 0) <> coalesce(b.cash, 0) LIMIT :most
""")
_TWICE = text("""
SELECT milestone_id AS id, count(*) AS times FROM financings WHERE state <> 'cancelled'
GROUP BY milestone_id HAVING count(*) > 1 LIMIT :most
""")


async def _looked(session: AsyncSession) -> int:
    return int(await session.scalar(_COUNT) or 0)


@check("advances in the ledger")
async def advances_in_the_ledger(session: AsyncSession) -> tuple[int, list[str]]:
    """What financiers are owed of every advance is what the ledger says, what was repaid, lost and taken back is what became of
    it, and what they have paid is there."""
    broken = [
        f"financing {row.id}: {row.principal_minor} outstanding, {row.due} in the ledger"
        for row in (await session.execute(_LEDGER, _MOST)).all()
    ]
    broken += [f"financing {row.id} does not add up" for row in (await session.execute(_MOVES, _MOST)).all()]
    broken += [
        f"financing {row.id}: {row.paid} paid and not taken back, {row.posted} in the ledger"
        for row in (await session.execute(_PAID, _MOST)).all()
    ]
    return await _looked(session), broken


@check("receivables assigned once")
async def receivables_assigned_once(session: AsyncSession) -> tuple[int, list[str]]:
    """Nothing is assigned to two financiers."""
    rows = (await session.execute(_TWICE, _MOST)).all()
    return await _looked(session), [f"milestone {row.id} is assigned {row.times} times" for row in rows]
