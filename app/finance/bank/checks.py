"""What `partingline verify` proves of the bank: statements add up and follow one another, and the books say what they say."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check

MOST_TOLD = {"most": 100}
_PATIENTLY = text("SET LOCAL statement_timeout = 0")

_SUMS = text("""
SELECT s.id, s.closing_minor, s.opening_minor + coalesce(sum(e.booked_minor), 0) AS comes_to, s.entries,
    count(e.id) AS found
FROM bank_statements s LEFT JOIN bank_entries e ON e.statement_id = s.id
GROUP BY s.id HAVING s.closing_minor <> s.opening_minor + coalesce(sum(e.booked_minor), 0) OR s.entries <> count(e.id) LIMIT :most
""")
_FOLLOW = text("""
SELECT id, identification FROM (
    SELECT id, identification, opening_minor, position,
        lag(closing_minor) OVER account AS ended, lag(position) OVER account AS last
    FROM bank_statements WINDOW account AS (PARTITION BY account, currency ORDER BY position)
) AS told WHERE position <> coalesce(last, 0) + 1 OR opening_minor <> ended LIMIT :most
""")
_TASKS = text("""
SELECT e.id, t.left_minor, e.amount_minor - coalesce(sum(m.amount_minor), 0) AS left_over
FROM bank_entries e LEFT JOIN bank_tasks t ON t.entry_id = e.id
LEFT JOIN bank_matches m ON m.entry_id = e.id AND m.undone_at IS NULL
GROUP BY e.id, t.left_minor, t.amount_minor
HAVING (t.left_minor, t.amount_minor) IS DISTINCT FROM (e.amount_minor - coalesce(sum(m.amount_minor), 0), e.amount_minor)
LIMIT :most
""")
_POSTED = text("""
SELECT e.id FROM bank_entries e
LEFT JOIN ledger_postings p ON p.cause_kind = 'bank_entry' AND p.cause_id = e.id AND p.kind IN ('bank_received', 'bank_paid')
LEFT JOIN ledger_entries l ON l.posting_id = p.id
LEFT JOIN ledger_accounts a ON a.id = l.account_id
GROUP BY e.id
HAVING coalesce(sum(l.amount_minor) FILTER (WHERE a.purpose = 'bank'), 0) <> e.booked_minor
    OR coalesce(sum(l.amount_minor) FILTER (WHERE a.purpose = 'unassigned'), 0) <> -e.amount_minor LIMIT :most
""")
_OFFSETS = text("""
SELECT m.id FROM bank_matches m WHERE m.kind = 'offset' AND m.undone_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM bank_matches o WHERE o.entry_id = m.offset_id AND o.offset_id = m.entry_id AND o.undone_at IS NULL
      AND o.amount_minor = -m.amount_minor) LIMIT :most
""")
# What is at the banks is what the last statement of each account ended with. What is unassigned is what came and nothing was
# posted for: what is not ours, and what was set off, stays there. So does, on its other side, what was sent by bank, less what
# came back of it: a payout is posted by itself, and the entry by which it left makes up for it, whether it is matched yet or not.
_BALANCES = text("""
WITH should AS (
    SELECT 'bank' AS purpose, currency, sum(closing_minor) AS minor FROM (
        SELECT DISTINCT ON (account, currency) currency, closing_minor FROM bank_statements
        ORDER BY account, currency, position DESC) AS ended GROUP BY currency
    UNION ALL
    SELECT 'unassigned', currency, sum(minor) FROM (
        SELECT e.currency, m.posted - e.amount_minor AS minor FROM bank_entries e CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_minor), 0) AS posted FROM bank_matches
            WHERE entry_id = e.id AND undone_at IS NULL AND kind IN ('reference', 'charge')
              AND owner IS DISTINCT FROM 'finance.payouts') m
        UNION ALL
        SELECT currency, CASE state WHEN 'returned' THEN -kept_minor ELSE -sent_minor END FROM payouts
        WHERE way = 'bank') AS moved GROUP BY currency
), has AS (
    SELECT a.purpose, a.currency, b.balance_minor AS minor FROM ledger_accounts a JOIN ledger_balances b ON b.account_id = a.id
    WHERE a.purpose IN ('bank', 'unassigned')
)
SELECT purpose, currency, coalesce(should.minor, 0) AS should, coalesce(has.minor, 0) AS has
FROM should FULL JOIN has USING (purpose, currency) WHERE coalesce(should.minor, 0) <> coalesce(has.minor, 0)
""")


async def _count(session: AsyncSession, table: str) -> int:
    return int(await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608 - our own table


@check("bank statements")
async def bank_statements(session: AsyncSession) -> tuple[int, list[str]]:
    """Every statement's entries come to what it ended with, and each begins with what the one before ended with."""
    await session.execute(_PATIENTLY)
    broken = [
        f"statement {row.id} ends with {row.closing_minor}, but {row.found} of {row.entries} entries come to {row.comes_to}"
        for row in (await session.execute(_SUMS, MOST_TOLD)).all()
    ]
    broken += [
        f"statement {row.id} ({row.identification}) does not follow the one before"
        for row in (await session.execute(_FOLLOW, MOST_TOLD)).all()
    ]
    return await _count(session, "bank_statements"), broken


@check("bank entries")
async def bank_entries(session: AsyncSession) -> tuple[int, list[str]]:
    """What is left of each entry is what nothing is known of, each is posted as it was booked, and set-offs come in pairs."""
    await session.execute(_PATIENTLY)
    broken = [
        f"entry {row.id}: {row.left_minor} left, but {row.left_over} is not assigned"
        for row in (await session.execute(_TASKS, MOST_TOLD)).all()
    ]
    broken += [f"entry {row.id} is not posted as booked" for row in (await session.execute(_POSTED, MOST_TOLD)).all()]
    broken += [f"set-off {row.id} is alone" for row in (await session.execute(_OFFSETS, MOST_TOLD)).all()]
    return await _count(session, "bank_entries"), broken


@check("bank balances")
async def bank_balances(session: AsyncSession) -> tuple[int, list[str]]:
    """In each currency the books have at the banks what the last statements ended with, and on the account of what is unassigned
    what nobody has said anything of."""
    await session.execute(_PATIENTLY)
    broken = [
        f"{row.purpose} in {row.currency}: the books say {row.has}, the statements {row.should}"
        for row in (await session.execute(_BALANCES)).all()
    ]
    return await _count(session, "bank_statements"), broken
