"""What `partingline verify` proves of reminders and claims for late payment."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check

MOST_TOLD = 100
_COUNT = text("SELECT count(*) FROM dunning_notices")
# An item goes up by one step a letter, and every letter is there because it takes some item up.
_STEPS = text("""
SELECT item_id, max(step) AS last, count(*) AS letters FROM dunning_lines WHERE reached
GROUP BY item_id HAVING max(step) <> count(*) OR count(DISTINCT step) <> count(*) LIMIT :most
""")
_EMPTY = text("""
SELECT n.id FROM dunning_notices n
WHERE NOT EXISTS (SELECT 1 FROM dunning_lines l WHERE l.notice_id = n.id AND l.reached) LIMIT :most
""")
_LINES = text("""
SELECT l.notice_id, l.number FROM dunning_lines l JOIN open_items o ON o.id = l.item_id
JOIN dunning_notices n ON n.id = l.notice_id
WHERE o.kind <> 'invoice' OR l.open_minor > o.amount_minor OR (l.number, l.currency, l.due_on) <> (o.number, o.currency, o.due_on)
   OR n.issued_on - l.due_on <> l.days_overdue LIMIT :most
""")
_CLAIMS = text("SELECT count(*) FROM late_payment_claims")
# Each line is what its days cost: simple interest, a year of 365 days. All up to a line are rounded once, by whole numbers alone:
# half a cent is half a cent. A line carries what the ones before it left over, and begins where the one before it ends.
_RECKONED = text("""
WITH exact AS (
    SELECT claim_id, position, first_on, last_on, interest_minor, lag(last_on) OVER so_far AS before,
        div(2 * sum(principal_minor::numeric * rate_bp * (last_on - first_on + 1)) OVER so_far + 3650000, 7300000) AS told
    FROM late_payment_claim_lines WINDOW so_far AS (PARTITION BY claim_id ORDER BY position)
), costs AS (
    SELECT *, told - lag(told, 1, 0::numeric) OVER (PARTITION BY claim_id ORDER BY position) AS cost FROM exact
), lines AS (
    SELECT claim_id, sum(interest_minor) AS interest, sum(cost) AS exact, min(first_on) AS first_on, max(last_on) AS last_on,
        bool_and(interest_minor = cost AND first_on = coalesce(before + 1, first_on)) AS kept
    FROM costs GROUP BY 1
)
SELECT c.id, c.interest_minor, coalesce(l.interest, 0) AS lines, coalesce(l.exact, 0) AS exact
FROM late_payment_claims c LEFT JOIN lines l ON l.claim_id = c.id
WHERE (c.interest_minor, c.first_on, c.last_on, true) IS DISTINCT FROM (l.interest, l.first_on, l.last_on, l.kept) LIMIT :most
""")
_ITEMS = text("""
SELECT coalesce(c.id, o.id) AS id, o.amount_minor, c.interest_minor + c.fixed_minor AS claimed
FROM (SELECT * FROM open_items WHERE kind = 'claim') o FULL JOIN late_payment_claims c ON c.id = o.id
LEFT JOIN open_items late ON late.id = c.item_id AND late.kind = 'invoice'
WHERE (o.amount_minor, o.issuer_id, o.recipient_id, o.currency, late.invoice_id, late.due_on)
    IS DISTINCT FROM (c.interest_minor + c.fixed_minor, c.issuer_id, c.recipient_id, c.currency, o.invoice_id, c.due_on)
LIMIT :most
""")
_TOLD = text("""
SELECT c.id, c.interest_minor + c.fixed_minor AS claimed, b.minor FROM late_payment_claims c LEFT JOIN (
    SELECT p.cause_id, a.organization_id, sum(e.amount_minor) AS minor
    FROM ledger_postings p JOIN ledger_entries e ON e.posting_id = p.id JOIN ledger_accounts a ON a.id = e.account_id
    WHERE p.cause_kind = 'open_item' AND p.kind = 'late_payment_claimed' AND a.purpose = 'receivable' GROUP BY 1, 2
) b ON (b.cause_id, b.organization_id) = (c.id, c.issuer_id)
WHERE b.minor IS DISTINCT FROM c.interest_minor + c.fixed_minor LIMIT :most
""")
# No day is claimed twice, nor the fixed sum.
_TWICE = text("""
WITH standing AS (
    SELECT c.* FROM late_payment_claims c
    WHERE NOT EXISTS (SELECT 1 FROM open_item_entries e WHERE e.item_id = c.id AND e.kind = 'withdrawn')
)
SELECT one.id, other.id AS other_id FROM standing one JOIN standing other ON other.item_id = one.item_id AND other.id > one.id
WHERE (one.first_on <= other.last_on AND other.first_on <= one.last_on) OR (one.fixed_minor > 0 AND other.fixed_minor > 0)
LIMIT :most
""")


@check("reminders")
async def reminders(session: AsyncSession) -> tuple[int, list[str]]:
    """Each item was taken from step to step, each once; each letter is about overdue invoices, and took some of them up."""
    most = {"most": MOST_TOLD}
    broken = [
        f"item {row.item_id} is at step {row.last} after {row.letters} letters"
        for row in (await session.execute(_STEPS, most)).all()
    ]
    broken += [f"letter {row.id} has no reason" for row in (await session.execute(_EMPTY, most)).all()]
    broken += [f"letter {row.notice_id} about {row.number}" for row in (await session.execute(_LINES, most)).all()]
    return int(await session.scalar(_COUNT) or 0), broken


@check("claims for late payment")
async def late_payment_claims(session: AsyncSession) -> tuple[int, list[str]]:
    """Each claim is over what its lines come to, so are its open item and what the books were told; no day is claimed twice."""
    most = {"most": MOST_TOLD}
    broken = [
        f"claim {row.id}: interest of {row.interest_minor}, lines of {row.lines}, reckoned {row.exact}"
        for row in (await session.execute(_RECKONED, most)).all()
    ]
    broken += [
        f"claim {row.id} over {row.claimed} has an item over {row.amount_minor}"
        for row in (await session.execute(_ITEMS, most)).all()
    ]
    broken += [
        f"claim {row.id} over {row.claimed} is {row.minor} in the books"
        for row in (await session.execute(_TOLD, most)).all()
    ]
    broken += [f"claims {row.id} and {row.other_id} overlap" for row in (await session.execute(_TWICE, most)).all()]
    return int(await session.scalar(_CLAIMS) or 0), broken
