"""What `partingline verify` proves of reminders."""

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
