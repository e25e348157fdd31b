"""What people are told about freight inquiries."""

from app.kit.locales import N_
from app.messages.facade import register_notice

ASKED = "logistics.freight_asked"
OFFERED = "logistics.freight_offered"
TAKEN = "logistics.freight_taken"
NOT_TAKEN = "logistics.freight_not_taken"

register_notice(
    ASKED,
    subject=N_("{firm} asks you for a freight offer: {lane}"),
    body=N_("{firm} asks what you would take for freight on the lane {lane}. Offers are taken in until {closes_at}."),
    path="/freight-inquiries/{freight_inquiry_id}",
)
register_notice(
    OFFERED,
    subject=N_("A freight offer of {firm}: {lane}"),
    body=N_("{firm} has answered your freight inquiry for the lane {lane}, revision {revision}."),
    path="/freight-inquiries/{freight_inquiry_id}",
)
register_notice(
    TAKEN,
    subject=N_("{firm} takes your freight offer: {lane}"),
    body=N_("{firm} has taken your freight offer for the lane {lane} and may now book at its price."),
    path="/freight-inquiries/{freight_inquiry_id}",
)
register_notice(
    NOT_TAKEN,
    subject=N_("{firm} has taken another freight offer: {lane}"),
    body=N_("{firm} has taken another offer for the lane {lane}. Thank you for yours."),
    path="/freight-inquiries/{freight_inquiry_id}",
)
