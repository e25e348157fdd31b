"""What buyers are told about price lists."""

from app.kit.locales import N_
from app.messages.facade import register_notice

ACTIVATED = "catalog.price_list_activated"
ENDED = "catalog.price_list_ended"

register_notice(
    ACTIVATED,
    subject=N_("{firm} has agreed prices for you: {name}"),
    body=N_(
        "The price list “{name}” of {firm}, edition {edition}, applies to your organization from {valid_from_on} on. "
        "The catalogue shows your prices when you are signed in."
    ),
    path="/price-lists/{price_list_id}",
)
register_notice(
    ENDED,
    subject=N_("A price list of {firm} has ended: {name}"),
    body=N_(
        "{firm} has ended the price list “{name}”. Prices that were confirmed to you stand until the moment named in "
        "each confirmation; after that other lists or the public prices apply."
    ),
    path="/catalog/prices",
)
