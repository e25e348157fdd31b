"""What people are told about goods that come in."""

from app.kit.locales import N_
from app.messages.facade import register_notice

ANNOUNCED = "warehousing.arrival_announced"
RECEIVED = "warehousing.arrival_received"
DIFFERS = "warehousing.arrival_differs"
DECIDED = "warehousing.inspection_decided"

register_notice(
    ANNOUNCED,
    subject=N_("{firm} has announced goods: {reference}"),
    body=N_("Under {reference}, {firm} sends goods to your warehouse {warehouse}. They are expected on {expected_on}."),
    path="/arrivals/{arrival_id}",
)
register_notice(
    RECEIVED,
    subject=N_("{firm} has received everything: {reference}"),
    body=N_("What was announced to {firm} under {reference} has been received completely and undamaged."),
    path="/arrivals/{arrival_id}",
)
register_notice(
    DIFFERS,
    subject=N_("{firm} has received goods that differ from the notice: {reference}"),
    body=N_(
        "What was announced to {firm} under {reference} has been received with differences. "
        "Lines short: {short}, over: {over}, damaged: {damaged}, not announced: {unannounced}."
    ),
    path="/arrivals/{arrival_id}",
)
register_notice(
    DECIDED,
    subject=N_("{firm} has inspected {item}: {decision}"),
    body=N_("{firm} has inspected goods on quality hold: {item} ({sku}). The decision: {decision}."),
    path="/inspections/{inspection_id}",
)
