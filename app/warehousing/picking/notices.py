"""What people are told of goods that left."""

from app.kit.locales import N_
from app.messages.facade import register_notice

SENT_TO_YOU = "warehousing.sent_to_you"
YOURS_LEFT = "warehousing.yours_left"

register_notice(
    SENT_TO_YOU,
    subject=N_("{firm} has dispatched goods to you"),
    body=N_("Number of packages: {packages} ({numbers}). The packing list says what is in each of them."),
    path="/dispatches/{dispatch_id}",
)
register_notice(
    YOURS_LEFT,
    subject=N_("Your goods have left the warehouse of {firm}"),
    body=N_(
        "They are on their way to {consignee}; number of packages: {packages}. The stock ledger shows what was yours."
    ),
    path="/stock-moves",
)
