"""What `partingline verify` proves of payouts."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check

MOST_TOLD = 100

# A posting that the operator has reversed counts for nothing: its reversal names it.
_LEDGER = text("""
WITH posted AS (
    SELECT coalesce(o.cause_id, p.cause_id) AS item_id, a.organization_id AS supplier_id, a.currency,
        sum(e.amount_minor) FILTER (WHERE coalesce(o.kind, p.kind) IN ('payout', 'payout_returned')) AS sent,
        -sum(e.amount_minor) FILTER (WHERE coalesce(o.kind, p.kind) = 'payout_reversed') AS came_back
    FROM ledger_postings p LEFT JOIN ledger_postings o ON o.id = p.reverses_id
    JOIN ledger_entries e ON e.posting_id = p.id JOIN ledger_accounts a ON a.id = e.account_id
    WHERE coalesce(o.cause_kind, p.cause_kind) = 'payout' AND a.purpose = 'payable_to_supplier'
    GROUP BY 1, 2, 3
)
SELECT coalesce(i.id, p.item_id) AS id, i.state, i.sent_minor, p.sent, i.reversed_minor, p.came_back
FROM payout_items i FULL JOIN posted p ON (p.item_id, p.supplier_id, p.currency) = (i.id, i.supplier_id, i.currency)
WHERE (coalesce(i.sent_minor, 0), coalesce(i.reversed_minor, 0)) <> (coalesce(p.sent, 0), coalesce(p.came_back, 0))
LIMIT :most
""")
_PAYOUTS = text("""
SELECT p.id, p.state, p.amount_minor, p.sent_minor, coalesce(i.sent, 0) AS sent, coalesce(i.sending, 0) AS sending
FROM payouts p LEFT JOIN (
    SELECT payout_id, sum(sent_minor) AS sent, count(*) FILTER (WHERE state = 'sending') AS sending,
        sum(amount_minor - taken_back_minor - set_off_minor) AS whole
    FROM payout_items WHERE payout_id IS NOT NULL GROUP BY payout_id
) i ON i.payout_id = p.id
WHERE CASE p.state WHEN 'returned' THEN 0 ELSE p.sent_minor END <> coalesce(i.sent, 0) OR coalesce(i.whole, 0) > p.amount_minor
   OR (p.state = 'sending') <> (coalesce(i.sending, 0) > 0)
LIMIT :most
""")
_TWICE = text("""
SELECT cause_id AS id, sum(CASE kind WHEN 'payout' THEN 1 ELSE -1 END) AS times FROM ledger_postings p
WHERE cause_kind = 'payout' AND kind IN ('payout', 'payout_returned')
  AND NOT EXISTS (SELECT 1 FROM ledger_postings r WHERE r.reverses_id = p.id)
GROUP BY cause_id HAVING sum(CASE kind WHEN 'payout' THEN 1 ELSE -1 END) > 1
UNION ALL
SELECT max(id::text)::uuid, count(*) FROM payout_items WHERE transfer IS NOT NULL GROUP BY transfer HAVING count(*) > 1
LIMIT :most
""")
_ITEMS = text("""
SELECT i.id, i.state FROM payout_items i
LEFT JOIN (
    SELECT item_id, sum(amount_minor) AS total, sum(amount_minor) FILTER (WHERE state = 'done') AS done
    FROM payout_take_backs GROUP BY item_id
) t ON t.item_id = i.id
WHERE i.amount_minor < i.taken_back_minor + i.set_off_minor + i.sent_minor
   OR i.reversed_minor <> coalesce(t.done, 0) OR i.taken_back_minor + coalesce(t.total, 0) > i.amount_minor
   OR (i.state IN ('sent', 'set_off', 'dropped') AND i.amount_minor <> i.taken_back_minor + i.set_off_minor + i.sent_minor)
LIMIT :most
""")
# What facts other than payouts left with suppliers is what is owed to them, less what was taken back of it. What a supplier makes
# good to a financier, and what a financier brings of what he has back, is a debt, which is set off.
_OWED = text("""
WITH owed AS (
    SELECT i.supplier_id, i.currency, sum(i.amount_minor - i.taken_back_minor - coalesce(t.total, 0)) AS owed_minor
    FROM payout_items i LEFT JOIN (
        SELECT item_id, sum(amount_minor) AS total FROM payout_take_backs GROUP BY item_id
    ) t ON t.item_id = i.id GROUP BY i.supplier_id, i.currency
), left_with AS (
    SELECT a.organization_id AS supplier_id, a.currency, -sum(e.amount_minor) AS left_minor
    FROM ledger_postings p LEFT JOIN ledger_postings o ON o.id = p.reverses_id
    JOIN ledger_entries e ON e.posting_id = p.id JOIN ledger_accounts a ON a.id = e.account_id
    WHERE a.purpose = 'payable_to_supplier' AND coalesce(o.cause_kind, p.cause_kind) <> 'payout'
      AND NOT (coalesce(o.kind, p.kind) = 'financing_recourse' AND e.amount_minor > 0)
      AND NOT (coalesce(o.cause_kind, p.cause_kind) = 'financing'
               AND coalesce(o.kind, p.kind) IN ('refund', 'charged_back', 'chargeback_won')
               AND EXISTS (SELECT 1 FROM financings f WHERE f.id = coalesce(o.cause_id, p.cause_id)
                           AND f.financier_id = a.organization_id))
    GROUP BY a.organization_id, a.currency
)
SELECT coalesce(o.supplier_id, l.supplier_id) AS supplier_id, coalesce(o.currency, l.currency) AS currency,
    coalesce(o.owed_minor, 0) AS owed_minor, coalesce(l.left_minor, 0) AS left_minor
FROM owed o FULL JOIN left_with l ON (l.supplier_id, l.currency) = (o.supplier_id, o.currency)
WHERE coalesce(o.owed_minor, 0) <> coalesce(l.left_minor, 0) LIMIT :most
""")
_COUNT = text("SELECT count(*) FROM payout_items")
_MOST = {"most": MOST_TOLD}


async def _looked(session: AsyncSession) -> int:
    return int(await session.scalar(_COUNT) or 0)


@check("payouts in the ledger")
async def payouts_in_the_ledger(session: AsyncSession) -> tuple[int, list[str]]:
    """Of each item the ledger has what was sent and what came back, and nothing of any other."""
    rows = (await session.execute(_LEDGER, _MOST)).all()
    broken = [
        f"payout item {row.id} ({row.state}): {row.sent_minor} sent, {row.sent} posted; "
        f"{row.reversed_minor} came back, {row.came_back} posted"
        for row in rows
    ]
    return await _looked(session), broken


@check("payouts sent once")
async def payouts_sent_once(session: AsyncSession) -> tuple[int, list[str]]:
    """No item was sent twice, and a payout is what its items are."""
    twice = (await session.execute(_TWICE, _MOST)).all()
    broken = [f"payout item {row.id} was sent {row.times} times" for row in twice]
    broken += [
        f"payout {row.id} ({row.state}): {row.sent_minor} sent, {row.sent} by its items, {row.sending} under way"
        for row in (await session.execute(_PAYOUTS, _MOST)).all()
    ]
    return await _looked(session), broken


@check("what suppliers are owed")
async def what_suppliers_are_owed(session: AsyncSession) -> tuple[int, list[str]]:
    """Each item is taken back, set off, sent or still to be sent, to the minor unit; all of a supplier's together are what the
    ledger says was left with him."""
    broken = [
        f"payout item {row.id} ({row.state}) does not add up" for row in (await session.execute(_ITEMS, _MOST)).all()
    ]
    broken += [
        f"supplier {row.supplier_id}: {row.owed_minor} {row.currency} owed, {row.left_minor} in the ledger"
        for row in (await session.execute(_OWED, _MOST)).all()
    ]
    return await _looked(session), broken
