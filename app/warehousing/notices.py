"""What people are told about what is held for them."""

from app.kit.locales import N_
from app.messages.facade import register_notice

BACKORDER_FILLED = "warehousing.backorder_filled"
RESERVATION_EXPIRED = "warehousing.reservation_expired"

register_notice(
    BACKORDER_FILLED,
    subject=N_("Held for you: {quantity} of {sku}, {name}"),
    body=N_("What you waited for has come in: {quantity} of “{name}” ({sku}) are held for you now."),
    path="/reservations/{reservation_id}",
)
register_notice(
    RESERVATION_EXPIRED,
    subject=N_("A reservation has expired"),
    body=N_(
        "The time of a reservation of {expired_at} is over. What it still held is free for others; reserve it again if needed."
    ),
    path="/reservations/{reservation_id}",
)
