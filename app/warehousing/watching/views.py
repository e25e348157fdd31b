"""Reorder rules and alerts as their owners see them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.warehousing import queries as stock
from app.warehousing.watching.models import ReorderRule, StockAlert
from app.warehousing.watching.rules import to_order
from app.warehousing.watching.schemas import ReorderRuleOut, StockAlertOut


async def rules_out(session: AsyncSession, rows: Sequence[ReorderRule]) -> list[ReorderRuleOut]:
    """Rules, in as many statements for many as for one."""
    items = await stock.items_by_id(session, (row.item_id for row in rows))
    shown = []
    for row in rows:
        values = {name: getattr(row, name) for name in ReorderRuleOut.model_fields if hasattr(row, name)}
        item = items[row.item_id]
        shown.append(ReorderRuleOut(**values | {"sku": item.sku, "name": item.name, "unit": item.unit}))
    return shown


async def alerts_out(session: AsyncSession, rows: Sequence[StockAlert]) -> list[StockAlertOut]:
    """Alerts."""
    items = await stock.items_by_id(session, (row.item_id for row in rows))
    shown = []
    for row in rows:
        values = {name: getattr(row, name) for name in StockAlertOut.model_fields if hasattr(row, name)}
        item = items[row.item_id]
        shown.append(
            StockAlertOut(
                **values
                | {
                    "reorder_rule_id": row.rule_id,
                    "sku": item.sku,
                    "name": item.name,
                    "unit": item.unit,
                    "to_order": to_order(row.available, row.target_quantity),
                }
            )
        )
    return shown
