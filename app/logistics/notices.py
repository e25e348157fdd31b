"""What people are told about bookings and about how shipments move."""

from app.kit.locales import N_
from app.messages.facade import register_notice

OFFERED = "logistics.booking_offered"
ACCEPTED = "logistics.booking_accepted"
DECLINED = "logistics.booking_declined"
EXPIRED = "logistics.booking_expired"
WITHDRAWN = "logistics.booking_withdrawn"
MOVED = "logistics.shipment_moved"
HINDERED = "logistics.shipment_hindered"
EXPECTED = "logistics.shipment_expected"
INBOUND_MOVED = "logistics.inbound_shipment_moved"

HOME = "/"
"""Shipments have no page of their own yet."""

register_notice(
    OFFERED,
    subject=N_("{firm} asks you to carry: {from_place} – {to_place}"),
    body=N_(
        "{firm} asks you to carry a leg from {from_place} to {to_place} ({mode}), ready on {ready_on}. Please answer "
        "booking {number} until {expires_at}."
    ),
    path=HOME,
)
register_notice(
    ACCEPTED,
    subject=N_("{firm} has accepted booking {number}"),
    body=N_("{firm} carries shipment {shipment} from {from_place} to {to_place}."),
    path=HOME,
)
register_notice(
    DECLINED,
    subject=N_("{firm} has declined booking {number}"),
    body=N_(
        "{firm} does not carry shipment {shipment} from {from_place} to {to_place}. The reason given: {reason}\n\n"
        "Ask another partner for this leg."
    ),
    path=HOME,
)
register_notice(
    EXPIRED,
    subject=N_("No answer from {firm} to booking {number}"),
    body=N_(
        "{firm} has not answered in time whether it carries shipment {shipment} from {from_place} to {to_place}.\n\n"
        "Ask another partner for this leg."
    ),
    path=HOME,
)
register_notice(
    WITHDRAWN,
    subject=N_("{firm} has withdrawn booking {number}"),
    body=N_("{firm} does not need the leg from {from_place} to {to_place} any more. Do not carry it."),
    path=HOME,
)
register_notice(
    MOVED,
    subject=N_("Shipment {shipment}: {state}"),
    body=N_("This is the news of shipment {shipment} from {origin} to {destination}: {state}."),
    path=HOME,
)
register_notice(
    HINDERED,
    subject=N_("Something stands in the way of shipment {shipment}: {incident}"),
    body=N_(
        "The carrier reports of shipment {shipment} from {origin} to {destination}: {incident}. Who has to act: {owner}."
    ),
    path=HOME,
)
register_notice(
    EXPECTED,
    subject=N_("Shipment {shipment} arrives at another time"),
    body=N_("Shipment {shipment} is now expected in {destination} at {eta_at}. Before, this was {before_at}."),
    path=HOME,
)
register_notice(
    INBOUND_MOVED,
    subject=N_("Shipment {shipment}: news of the consolidated shipment to {hub}"),
    body=N_(
        "The goods of shipment {shipment} come to {hub} in a consolidated shipment and go on to you from there. "
        "The consolidated shipment: {state}."
    ),
    path=HOME,
)
