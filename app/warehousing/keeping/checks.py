"""What `partingline verify` proves of counts and transfers: that the ledger says what their rows say."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check

_COUNTED = text("""
WITH found AS (
    SELECT l.count_id, l.bin_id, l.item_id, l.lot_id, l.owner_id, l.status, l.difference
    FROM stock_count_lines l
    JOIN stock_count_bins b ON b.count_id = l.count_id AND b.bin_id = l.bin_id AND b.round = l.round
    WHERE b.count_state = 'approved'
), posted AS (
    SELECT cause_id AS count_id, coalesce(to_bin_id, from_bin_id) AS bin_id, item_id, lot_id, to_owner_id AS owner_id,
        coalesce(to_status, from_status) AS status, sum(CASE WHEN to_bin_id IS NULL THEN -quantity ELSE quantity END) AS quantity
    FROM stock_moves WHERE cause_kind = 'stock_count' GROUP BY 1, 2, 3, 4, 5, 6
)
SELECT coalesce(f.count_id, p.count_id), coalesce(f.difference, 0), coalesce(p.quantity, 0)
FROM found f FULL JOIN posted p ON p.count_id = f.count_id AND p.bin_id = f.bin_id AND p.item_id = f.item_id
    AND p.owner_id = f.owner_id AND p.status = f.status AND p.lot_id IS NOT DISTINCT FROM f.lot_id
""")

_TRANSFERRED = text("""
WITH lines AS (
    SELECT t.id, t.transit_bin_id, l.item_id, l.lot_id, l.owner_id,
        sum(CASE WHEN t.state IN ('in_transit', 'received') THEN l.quantity ELSE 0 END) AS sent,
        sum(l.received + l.lost) AS ended
    FROM stock_transfers t JOIN stock_transfer_lines l ON l.transfer_id = t.id GROUP BY 1, 2, 3, 4, 5
), moved AS (
    SELECT m.cause_id AS id, m.item_id, m.lot_id, m.to_owner_id AS owner_id,
        sum(m.quantity) FILTER (WHERE m.to_status = 'in_transit') AS sent,
        sum(m.quantity) FILTER (WHERE m.from_status = 'in_transit') AS ended
    FROM stock_moves m WHERE m.cause_kind = 'stock_transfer' GROUP BY 1, 2, 3, 4
)
SELECT coalesce(l.id, m.id), coalesce(l.sent, 0), coalesce(m.sent, 0), coalesce(l.ended, 0), coalesce(m.ended, 0)
FROM lines l FULL JOIN moved m ON m.id = l.id AND m.item_id = l.item_id AND m.owner_id = l.owner_id
    AND m.lot_id IS NOT DISTINCT FROM l.lot_id
""")


@check("stock counts")
async def stock_counts(session: AsyncSession) -> tuple[int, list[str]]:
    """Compare the differences of approved counts with the moves that name them; no other count has any."""
    rows = (await session.execute(_COUNTED)).all()
    return len(rows), [f"difference of count {row[0]}: {row[1]} is not {row[2]}" for row in rows if row[1] != row[2]]


@check("stock transfers")
async def stock_transfers(session: AsyncSession) -> tuple[int, list[str]]:
    """Compare what transfers say was sent, has arrived or is lost with the moves that name them."""
    rows = (await session.execute(_TRANSFERRED)).all()
    return len(rows), [f"moves of transfer {row[0]}: {row[1:]}" for row in rows if (row[1], row[3]) != (row[2], row[4])]
