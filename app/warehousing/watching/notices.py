"""What people are told about stock that runs low."""

from app.kit.locales import N_
from app.messages.facade import register_notice

STOCK_LOW = "warehousing.stock_low"

register_notice(
    STOCK_LOW,
    subject=N_("Stock is low: {sku}, {name}"),
    body=N_(
        "{available} of “{name}” ({sku}) are available; the reorder point is {reorder_point}. Order {to_order} to be back at "
        "the target of {target_quantity}."
    ),
    path="/stock-items/{item_id}",
)
