"""What people are told about counts."""

from app.kit.locales import N_
from app.messages.facade import register_notice

RESERVATION_SHORTENED = "warehousing.reservation_shortened"

register_notice(
    RESERVATION_SHORTENED,
    subject=N_("Less is held for you: {sku}, {name}"),
    body=N_(
        "A count of the warehouse found less than was reserved. {quantity} of “{name}” ({sku}) that were held for you wait for "
        "stock again and keep their place in the queue."
    ),
    path="/reservations/{reservation_id}",
)
