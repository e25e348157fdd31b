"""What `partingline verify` proves of receiving: receipts, differences and decisions against the ledger of the stock."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check

# A reversal takes out what the receipt that it names took in.
_RECEIPTS = text("""
WITH said AS (
    SELECT r.id, count(l.id) AS lines,
        coalesce(sum(l.quantity), 0) * CASE WHEN r.reverses_id IS NULL THEN 1 ELSE -1 END AS quantity
    FROM receipts r LEFT JOIN receipt_lines l ON l.receipt_id = coalesce(r.reverses_id, r.id)
    GROUP BY r.id
), moved AS (
    SELECT m.cause_id AS id, count(*) AS lines,
        sum(CASE WHEN m.to_bin_id IS NOT NULL THEN m.quantity ELSE -m.quantity END) AS quantity
    FROM stock_moves m WHERE m.cause_kind = 'receipt' GROUP BY m.cause_id
)
SELECT coalesce(s.id, m.id), s.quantity, coalesce(m.quantity, 0), s.lines IS NOT DISTINCT FROM coalesce(m.lines, 0)
FROM said s FULL JOIN moved m ON m.id = s.id
""")

_LINES = text("""
SELECT l.id, (l.item_id, l.lot_id, l.quantity, l.bin_id, l.status, l.owner_id, l.receipt_id)
    IS NOT DISTINCT FROM (m.item_id, m.lot_id, m.quantity, m.to_bin_id, m.to_status, m.to_owner_id, m.cause_id)
FROM receipt_lines l JOIN stock_moves m ON m.id = l.move_id
""")

_DIFFERENCES = text("""
WITH came AS (
    SELECT l.line_id, l.arrival_id, l.item_id, l.status, l.quantity FROM receipt_lines l
    WHERE NOT EXISTS (SELECT 1 FROM receipts r WHERE r.reverses_id = l.receipt_id)
), sums AS (
    SELECT n.id, n.arrival_id, n.item_id, n.quantity AS asked, coalesce(sum(c.quantity), 0) AS total,
        coalesce(sum(c.quantity) FILTER (WHERE c.status = 'damaged'), 0) AS damaged
    FROM arrival_lines n LEFT JOIN came c ON c.line_id = n.id GROUP BY n.id
), due AS (
    SELECT s.arrival_id, s.id AS line_id, s.item_id, d.kind, d.quantity FROM sums s CROSS JOIN LATERAL (
        VALUES ('short', s.asked - s.total), ('over', s.total - s.asked), ('damaged', s.damaged)) d (kind, quantity)
    WHERE d.quantity > 0
    UNION ALL
    SELECT c.arrival_id, NULL, c.item_id, 'unannounced', sum(c.quantity) FROM came c
    WHERE c.line_id IS NULL GROUP BY c.arrival_id, c.item_id
), closed AS (
    SELECT d.* FROM due d JOIN arrivals a ON a.id = d.arrival_id WHERE a.state = 'received'
)
SELECT coalesce(c.arrival_id, s.arrival_id), coalesce(c.kind, s.kind), s.quantity, c.quantity
FROM closed c FULL JOIN arrival_differences s ON s.arrival_id = c.arrival_id AND s.item_id = c.item_id AND s.kind = c.kind
    AND coalesce(s.line_id, s.arrival_id) = coalesce(c.line_id, c.arrival_id)
""")

_INSPECTIONS = text("""
SELECT i.id, i.state, i.quantity, coalesce(sum(m.quantity), 0), count(m.id), coalesce(bool_and(
    (m.item_id, m.lot_id, m.from_bin_id, m.from_status, m.reason)
        IS NOT DISTINCT FROM (i.item_id, i.lot_id, i.bin_id, 'quality_hold'::varchar, 'inspection'::varchar)
    AND (m.to_status = 'available') = (i.state IN ('accepted', 'conceded'))) FILTER (WHERE m.id IS NOT NULL), true)
FROM inspections i LEFT JOIN stock_moves m ON m.cause_kind = 'inspection' AND m.cause_id = i.id
GROUP BY i.id
""")


@check("receipts of goods")
async def receipts_of_goods(session: AsyncSession) -> tuple[int, list[str]]:
    """Compare receipts with the moves that they caused: number, sum, and each line with its own."""
    rows = (await session.execute(_RECEIPTS)).all()
    broken = [f"moved by receipt {row[0]}: {row[2]} is not {row[1]}" for row in rows if row[1] != row[2] or not row[3]]
    lines = (await session.execute(_LINES)).all()
    return len(rows) + len(lines), broken + [
        f"line of a receipt {row[0]} is not as it moved" for row in lines if not row[1]
    ]


@check("differences of arrivals")
async def differences_of_arrivals(session: AsyncSession) -> tuple[int, list[str]]:
    """State the differences of closed arrivals again and compare them with those that were stored."""
    rows = (await session.execute(_DIFFERENCES)).all()
    return len(rows), [f"{row[1]} of arrival {row[0]}: {row[2]} is not {row[3]}" for row in rows if row[2] != row[3]]


@check("inspections")
async def inspections(session: AsyncSession) -> tuple[int, list[str]]:
    """Compare what was decided with what moved for it; nothing moves for what is open or was given up."""
    broken = []
    rows = (await session.execute(_INSPECTIONS)).all()
    for inspection_id, state, quantity, moved, moves, fitting in rows:
        decided = state not in ("open", "cancelled")
        due = quantity if decided else 0
        if moved != due or moves != decided or not fitting:
            broken.append(f"moved by inspection {inspection_id}: {moved} is not {due}")
    return len(rows), broken
