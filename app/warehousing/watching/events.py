"""What is announced about stock that runs low."""

from decimal import Decimal
from uuid import UUID

from app.kit.outbox import Event


class StockLow(Event, name="warehousing.stock_low.v1", subject=("stock_item", "item_id")):
    """No more than the reorder point of an item is available: in one warehouse, or in all together."""

    alert_id: UUID
    reorder_rule_id: UUID
    organization_id: UUID
    item_id: UUID
    warehouse_id: UUID | None
    available: Decimal
    reorder_point: Decimal
    target_quantity: Decimal
