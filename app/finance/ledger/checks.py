"""What `partingline verify` proves of the ledger, in a few statements over all of it."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check

MOST_TOLD = 100
# These statements look at everything that was ever posted: the limit of a request's is not meant for them.
_PATIENTLY = text("SET LOCAL statement_timeout = 0")

_POSTINGS = text("""
SELECT posting_id, currency, sum(amount_minor) AS left_over
FROM ledger_entries GROUP BY posting_id, currency HAVING sum(amount_minor) <> 0 LIMIT :most
""")
_BARE = text("""
SELECT p.id FROM ledger_postings p LEFT JOIN ledger_entries e ON e.posting_id = p.id
GROUP BY p.id HAVING count(e.id) < 2 LIMIT :most
""")
_CURRENCIES = text(
    "SELECT currency, count(*) AS entries, sum(amount_minor) AS total FROM ledger_entries GROUP BY currency"
)
_BALANCES = text("""
SELECT coalesce(b.account_id, s.account_id) AS account_id, b.balance_minor, s.total
FROM ledger_balances b
FULL JOIN (SELECT account_id, sum(amount_minor) AS total, count(*) AS entries FROM ledger_entries GROUP BY account_id) s
    ON s.account_id = b.account_id
WHERE (b.balance_minor, b.entries) IS DISTINCT FROM (coalesce(s.total, 0), coalesce(s.entries, 0)) LIMIT :most
""")
_FLOORS = text("""
SELECT a.id, b.balance_minor, a.floor_minor FROM ledger_accounts a LEFT JOIN ledger_balances b ON b.account_id = a.id
WHERE (b.holder_id, b.currency, b.side, b.floor_minor) IS DISTINCT FROM (a.holder_id, a.currency, a.side, a.floor_minor)
   OR CASE a.side WHEN 'debit' THEN b.balance_minor ELSE -b.balance_minor END < a.floor_minor LIMIT :most
""")
_CLOSINGS = text("""
WITH moved AS (
    SELECT account_id, (date_trunc('month', occurred_on::timestamp))::date AS month, sum(amount_minor) AS total
    FROM ledger_entries WHERE EXISTS (SELECT 1 FROM ledger_closings) GROUP BY 1, 2
)
SELECT c.period, c.account_id, c.balance_minor, coalesce(sum(m.total), 0) AS total
FROM ledger_closings c LEFT JOIN moved m ON m.account_id = c.account_id AND m.month <= c.period
GROUP BY c.period, c.account_id, c.balance_minor HAVING c.balance_minor <> coalesce(sum(m.total), 0) LIMIT :most
""")
_NOT_CARRIED = text("""
SELECT p.period, f.account_id FROM ledger_periods p
JOIN (SELECT account_id, min(occurred_on) AS first_day FROM ledger_entries GROUP BY account_id) f
    ON f.first_day < p.period + interval '1 month'
LEFT JOIN ledger_closings c ON c.period = p.period AND c.account_id = f.account_id WHERE c.account_id IS NULL LIMIT :most
""")
_COUNTS = text("SELECT (SELECT count(*) FROM ledger_balances) + (SELECT count(*) FROM ledger_closings)")


@check("ledger postings")
async def ledger_postings(session: AsyncSession) -> tuple[int, list[str]]:
    """Every posting has two legs or more, and comes to nothing in each currency; so does the whole."""
    await session.execute(_PATIENTLY)
    whole = (await session.execute(_CURRENCIES)).all()
    most = {"most": MOST_TOLD}
    broken = [f"all entries in {row.currency} come to {row.total}" for row in whole if row.total != 0]
    for row in (await session.execute(_POSTINGS, most)).all():
        broken.append(f"posting {row.posting_id} comes to {row.left_over} {row.currency}")
    broken += [f"posting {row.id} has not two legs" for row in (await session.execute(_BARE, most)).all()]
    return sum(row.entries for row in whole), broken


@check("ledger balances")
async def ledger_balances(session: AsyncSession) -> tuple[int, list[str]]:
    """Balances, and what was carried forward when months were closed, are the sums of the entries; no account is below its
    floor."""
    await session.execute(_PATIENTLY)
    most = {"most": MOST_TOLD}
    broken = [
        f"balance of account {row.account_id}: {row.balance_minor} is not {row.total}"
        for row in (await session.execute(_BALANCES, most)).all()
    ]
    broken += [
        f"account {row.id} at {row.balance_minor} has the floor {row.floor_minor}"
        for row in (await session.execute(_FLOORS, most)).all()
    ]
    broken += [
        f"account {row.account_id} closed {row.period} with {row.balance_minor}, not with {row.total}"
        for row in (await session.execute(_CLOSINGS, most)).all()
    ]
    broken += [
        f"account {row.account_id} was not carried forward from {row.period}"
        for row in (await session.execute(_NOT_CARRIED, most)).all()
    ]
    return int(await session.scalar(_COUNTS) or 0), broken
