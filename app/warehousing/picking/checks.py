"""What `partingline verify` proves of goods that went out and came back: what papers say is what the ledger moved."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check
from app.reference import facade as reference

_PICKED = text("""
SELECT l.id, l.picked, coalesce((SELECT sum(m.quantity) FROM stock_moves m
    WHERE m.cause_kind = 'pick_wave' AND m.cause_id = l.wave_id AND m.reservation_line_id = l.reservation_line_id), 0),
    l.packed, coalesce((SELECT sum(c.quantity) FROM package_contents c WHERE c.pick_line_id = l.id), 0)
FROM pick_lines l
""")

_PACKAGES = text("""
SELECT p.number, p.sscc, p.gross_kg, p.state, p.tare_kg
    + coalesce((SELECT sum(c.quantity * c.mass_kg) FROM package_contents c WHERE c.package_id = p.id), 0)
    + coalesce((SELECT sum(i.gross_kg) FROM packages i WHERE i.parent_id = p.id), 0) AS weighs,
    EXISTS (SELECT 1 FROM packages i WHERE i.parent_id = p.id AND i.dispatch_id IS DISTINCT FROM p.dispatch_id)
FROM packages p
""")

_DISPATCHED = text("""
WITH packed AS (
    SELECT p.dispatch_id, c.item_id, c.lot, c.owner_id, sum(c.quantity) AS quantity
    FROM package_contents c JOIN packages p ON p.id = c.package_id WHERE p.dispatch_id IS NOT NULL GROUP BY 1, 2, 3, 4
), moved AS (
    SELECT m.cause_id, m.item_id, o.code AS lot, m.from_owner_id, sum(m.quantity) AS quantity
    FROM stock_moves m LEFT JOIN stock_lots o ON o.id = m.lot_id WHERE m.cause_kind = 'dispatch' GROUP BY 1, 2, 3, 4
)
SELECT coalesce(p.dispatch_id, m.cause_id), p.quantity, m.quantity
FROM packed p FULL JOIN moved m ON m.cause_id = p.dispatch_id AND m.item_id = p.item_id AND m.from_owner_id = p.owner_id
    AND m.lot IS NOT DISTINCT FROM p.lot
""")

_RETURNED = text("""
SELECT c.id, c.returned, c.quantity, coalesce(sum(coalesce(l.received, l.quantity)), 0)
FROM package_contents c LEFT JOIN goods_return_lines l ON l.content_id = c.id GROUP BY c.id
""")

_CAME_BACK = text("""
SELECT r.id, coalesce((SELECT sum(l.received) FROM goods_return_lines l WHERE l.return_id = r.id), 0),
    coalesce((SELECT sum(m.quantity) FROM stock_moves m WHERE m.cause_kind = 'goods_return' AND m.cause_id = r.id), 0)
FROM goods_returns r
""")


@check("picks of waves")
async def picks_of_waves(session: AsyncSession) -> tuple[int, list[str]]:
    """Compare what lines of waves say was picked with the ledger, and what is packed of them with the packages."""
    rows = (await session.execute(_PICKED)).all()
    broken = [f"picked of wave line {row[0]}: {row[1]} is not {row[2]}" for row in rows if row[1] != row[2]]
    broken += [f"packed of wave line {row[0]}: {row[3]} is not {row[4]}" for row in rows if row[3] != row[4]]
    broken += [f"more is packed of wave line {row[0]} than was picked" for row in rows if row[4] > row[1]]
    return len(rows), broken


@check("packages")
async def packages(session: AsyncSession) -> tuple[int, list[str]]:
    """Check the numbers of packages, weigh them, and see that what is in one leaves with it."""
    rows = (await session.execute(_PACKAGES)).all()
    broken = [
        f"package {row[0]}: {row[1]} is no SSCC"
        for row in rows
        if row[1] is not None and not reference.check_cargo_number("sscc", row[1]).ok
    ]
    broken += [
        f"package {row[0]} weighs {row[2]} kg and its contents {row[4]} kg"
        for row in rows
        if row[3] != "open" and row[2] < round(row[4], 3)
    ]
    broken += [f"what is in package {row[0]} did not leave with it" for row in rows if row[5]]
    return len(rows), broken


@check("dispatches")
async def dispatches(session: AsyncSession) -> tuple[int, list[str]]:
    """Compare what dispatched packages hold with what left the stock."""
    rows = (await session.execute(_DISPATCHED)).all()
    return len(rows), [f"dispatch {row[0]}: {row[1]} packed, {row[2]} moved" for row in rows if row[1] != row[2]]


@check("goods returned")
async def goods_returned(session: AsyncSession) -> tuple[int, list[str]]:
    """Compare what comes back with what was sent, and what came with the ledger."""
    contents = (await session.execute(_RETURNED)).all()
    broken = [f"returned of content {row[0]}: {row[1]} is not {row[3]}" for row in contents if row[1] != row[3]]
    broken += [f"more of content {row[0]} came back than was sent" for row in contents if row[3] > row[2]]
    returns = (await session.execute(_CAME_BACK)).all()
    broken += [f"return {row[0]}: {row[1]} received, {row[2]} moved" for row in returns if row[1] != row[2]]
    return len(contents), broken
