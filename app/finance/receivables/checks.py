"""What `partingline verify` proves of open items."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check

MOST_TOLD = 100
_PATIENTLY = text("SET LOCAL statement_timeout = 0")

_COUNT = text("SELECT count(*) FROM open_items")
# Every invoice that asks for payment has its item, over what was left to be paid when it was issued.
_MISSING = text("""
SELECT i.id, i.number FROM invoices i LEFT JOIN open_items o ON o.invoice_id = i.id AND o.kind = 'invoice'
WHERE i.kind IN ('invoice', 'prepayment') AND i.payable_minor > 0
  AND (o.amount_minor, o.due_on, o.number) IS DISTINCT FROM (i.payable_minor, coalesce(i.due_on, i.issued_on), i.number)
LIMIT :most
""")
_SETTLED = text("""
SELECT o.id, o.number, o.settled_minor, coalesce(sum(e.amount_minor), 0) AS total
FROM open_items o LEFT JOIN open_item_entries e ON e.item_id = o.id
GROUP BY o.id
HAVING (o.settled_minor, o.entries) IS DISTINCT FROM (coalesce(sum(e.amount_minor), 0), count(e.id))
    OR o.settled_minor > o.amount_minor OR (o.settled_minor = o.amount_minor) <> (o.closed_on IS NOT NULL)
    OR coalesce(max(e.position), 0) <> count(e.id)
LIMIT :most
""")
# A credit note takes back exactly what it says, less what was given back before: from its invoice, and as a credit
# what was not open there.
_CREDITED = text("""
SELECT c.id, c.number, c.payable_minor, coalesce(e.amount_minor, 0) + coalesce(o.amount_minor, 0) AS total
FROM invoices c
LEFT JOIN open_item_entries e ON e.kind = 'credit_note' AND e.source_kind = 'invoice' AND e.source_id = c.id
LEFT JOIN open_items o ON o.kind = 'credit' AND o.invoice_id = c.id
WHERE c.kind = 'credit_note' AND coalesce(e.amount_minor, 0) + coalesce(o.amount_minor, 0) <> c.payable_minor LIMIT :most
""")
_BOOKS = text("""
WITH open AS (
    SELECT issuer_id, recipient_id, currency,
        CASE kind WHEN 'credit' THEN settled_minor - amount_minor ELSE amount_minor - settled_minor END AS left_minor
    FROM open_items
), sums AS (
    SELECT issuer_id AS holder_id, 'receivable' AS purpose, currency, sum(left_minor) AS total FROM open GROUP BY 1, 3
    UNION ALL
    SELECT recipient_id, 'trade_payable', currency, -sum(left_minor) FROM open GROUP BY 1, 3
)
SELECT coalesce(a.holder_id, s.holder_id) AS holder_id, coalesce(a.purpose, s.purpose) AS purpose,
    coalesce(a.currency, s.currency) AS currency, b.balance_minor, s.total
FROM (SELECT * FROM ledger_accounts WHERE purpose IN ('receivable', 'trade_payable')) a
JOIN ledger_balances b ON b.account_id = a.id
FULL JOIN sums s ON (s.holder_id, s.purpose, s.currency) = (a.holder_id, a.purpose, a.currency)
WHERE coalesce(b.balance_minor, 0) <> coalesce(s.total, 0) LIMIT :most
""")
_ACCOUNTS = text("SELECT count(*) FROM ledger_accounts WHERE purpose IN ('receivable', 'trade_payable')")


@check("open items")
async def open_items(session: AsyncSession) -> tuple[int, list[str]]:
    """Every invoice that asks for payment has its item; what is settled of an item is the sum of what happened to it; a credit
    note takes back what it says."""
    await session.execute(_PATIENTLY)
    most = {"most": MOST_TOLD}
    broken = [
        f"invoice {row.number} ({row.id}) has no such item" for row in (await session.execute(_MISSING, most)).all()
    ]
    broken += [
        f"item {row.number} ({row.id}): {row.settled_minor} settled is not {row.total}"
        for row in (await session.execute(_SETTLED, most)).all()
    ]
    broken += [
        f"credit note {row.number} ({row.id}) over {row.payable_minor} took back {row.total}"
        for row in (await session.execute(_CREDITED, most)).all()
    ]
    return int(await session.scalar(_COUNT) or 0), broken


@check("open items in the books")
async def open_items_in_the_books(session: AsyncSession) -> tuple[int, list[str]]:
    """What is open of an organization's invoices and claims, less credits, is what its accounts of the ledger come to."""
    await session.execute(_PATIENTLY)
    rows = (await session.execute(_BOOKS, {"most": MOST_TOLD})).all()
    broken = [
        f"{row.purpose} of {row.holder_id} in {row.currency}: {row.balance_minor} is not {row.total}" for row in rows
    ]
    return int(await session.scalar(_ACCOUNTS) or 0), broken
