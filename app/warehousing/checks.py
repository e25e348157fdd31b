"""What `partingline verify` proves of this room: balances against the ledger, and what is reserved against who holds it."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check

_ON_HAND = text("""
WITH moved AS (
    SELECT item_id, to_bin_id AS bin_id, lot_id, to_owner_id AS owner_id, to_status AS status, quantity
    FROM stock_moves WHERE to_bin_id IS NOT NULL
    UNION ALL
    SELECT item_id, from_bin_id, lot_id, from_owner_id, from_status, -quantity FROM stock_moves WHERE from_bin_id IS NOT NULL
), summed AS (
    SELECT item_id, bin_id, lot_id, owner_id, status, sum(quantity) AS quantity FROM moved GROUP BY 1, 2, 3, 4, 5
)
SELECT coalesce(b.id::text, 'of bin ' || s.bin_id), b.on_hand, s.quantity
FROM stock_balances b FULL JOIN summed s ON s.item_id = b.item_id AND s.bin_id = b.bin_id AND s.owner_id = b.owner_id
    AND s.status = b.status AND s.lot_id IS NOT DISTINCT FROM b.lot_id
""")

_RESERVED = text("""
SELECT b.id, b.reserved, coalesce(sum(l.open), 0)
FROM stock_balances b LEFT JOIN stock_reservation_lines l ON l.balance_id = b.id AND l.open > 0
GROUP BY b.id
""")

_CONTENTS = text("""
SELECT p.code, p.mass_kg, p.volume_dm3, coalesce(sum(b.on_hand * coalesce(i.mass_kg, 0)), 0),
    coalesce(sum(b.on_hand * coalesce(i.volume_dm3, 0)), 0)
FROM warehouse_bins p LEFT JOIN stock_balances b ON b.bin_id = p.id LEFT JOIN stock_items i ON i.id = b.item_id
GROUP BY p.id
""")

_PICKED = text("""
SELECT l.id, l.picked, coalesce(sum(m.quantity), 0), r.state, l.open
FROM stock_reservation_lines l JOIN stock_reservations r ON r.id = l.reservation_id
    LEFT JOIN stock_moves m ON m.reservation_line_id = l.id
GROUP BY l.id, r.id
""")


@check("stock ledger")
async def stock_ledger(session: AsyncSession) -> tuple[int, list[str]]:
    """Sum the ledger by place and compare it with what is on hand."""
    rows = (await session.execute(_ON_HAND)).all()
    return len(rows), [f"on hand of balance {row[0]}: {row[1]} is not {row[2]}" for row in rows if row[1] != row[2]]


@check("stock reservations")
async def stock_reservations(session: AsyncSession) -> tuple[int, list[str]]:
    """Sum what lines of reservations still hold and compare it with what is reserved."""
    rows = (await session.execute(_RESERVED)).all()
    return len(rows), [f"reserved of balance {row[0]}: {row[1]} is not {row[2]}" for row in rows if row[1] != row[2]]


@check("stock picks")
async def stock_picks(session: AsyncSession) -> tuple[int, list[str]]:
    """Compare what lines say was picked with the moves that name them; nothing is held by what has ended."""
    rows = (await session.execute(_PICKED)).all()
    broken = [f"picked of line {row[0]}: {row[1]} is not {row[2]}" for row in rows if row[1] != row[2]]
    broken += [
        f"line {row[0]} of an ended reservation holds {row[4]}" for row in rows if row[3] != "held" and row[4] > 0
    ]
    return len(rows), broken


@check("contents of bins")
async def contents_of_bins(session: AsyncSession) -> tuple[int, list[str]]:
    """Weigh and measure what lies in each bin and compare it with what the bin says."""
    rows = (await session.execute(_CONTENTS)).all()
    return len(rows), [f"contents of bin {row[0]}" for row in rows if (row[1], row[2]) != (row[3], row[4])]
