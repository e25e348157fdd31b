"""What `partingline verify` proves of what is watched."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check

_ALERTS = text("""
SELECT a.id, a.closed_at IS NULL AND r.ended_at IS NOT NULL,
    (a.item_id, a.warehouse_id) IS DISTINCT FROM (r.item_id, r.warehouse_id)
FROM stock_alerts a JOIN stock_reorder_rules r ON r.id = a.rule_id
""")

# What was told stands with the variant, and in the public document where there is one.
_LEVELS = text("""
SELECT s.variant_id, (s.level, s.at_least, s.unit) IS DISTINCT FROM (v.stock_level, v.stock_at_least, v.stock_unit),
    p.product_id IS NOT NULL AND NOT p.document->'variants' @> jsonb_build_array(jsonb_build_object('id', v.id::text, 'stock',
        jsonb_build_object('level', s.level, 'at_least', s.at_least::text, 'unit', s.unit)))
FROM stock_levels s JOIN variants v ON v.id = s.variant_id LEFT JOIN public_products p ON p.product_id = v.product_id
""")


@check("stock alerts")
async def stock_alerts(session: AsyncSession) -> tuple[int, list[str]]:
    """No alert is open of a rule that has ended, and each is of the item that its rule is of."""
    rows = (await session.execute(_ALERTS)).all()
    return len(rows), [f"alert {row[0]}" for row in rows if row[1] or row[2]]


@check("stock in the catalogue")
async def stock_levels(session: AsyncSession) -> tuple[int, list[str]]:
    """Public documents show of stock what the catalogue was last told."""
    rows = (await session.execute(_LEVELS)).all()
    return len(rows), [f"stock of variant {row[0]}" for row in rows if row[1] or row[2]]
