"""What people are told about incidents."""

from app.kit.locales import N_
from app.messages.facade import register_notice

YOURS = "logistics.incident_yours"
OPENED = "logistics.incident_opened"
ANSWER_OVERDUE = "logistics.incident_answer_overdue"
SETTLE_OVERDUE = "logistics.incident_settle_overdue"
RESOLVED = "logistics.incident_resolved"

HOME = "/"
"""Incidents have no page of their own yet."""

register_notice(
    YOURS,
    subject=N_("You have to act on shipment {shipment}: {incident}"),
    body=N_(
        "Your organization has to act on an incident of shipment {shipment}: {incident}. Please answer until {answer_at} and "
        "resolve it until {settle_at}.\n\n{text}"
    ),
    path=HOME,
)
register_notice(
    OPENED,
    subject=N_("Incident of shipment {shipment}: {incident}"),
    body=N_("An incident of shipment {shipment} is open: {incident}. Who has to act: {owner}.\n\n{text}"),
    path=HOME,
)
register_notice(
    ANSWER_OVERDUE,
    subject=N_("No answer to an incident of shipment {shipment}: {incident}"),
    body=N_(
        "Nobody has answered in time to the incident of shipment {shipment}: {incident}. An answer was due at {answer_at}. "
        "Who has to act: {owner}."
    ),
    path=HOME,
)
register_notice(
    SETTLE_OVERDUE,
    subject=N_("An incident of shipment {shipment} is overdue: {incident}"),
    body=N_(
        "The incident of shipment {shipment} is not resolved: {incident}. This was due at {settle_at}. Who has to act: {owner}."
    ),
    path=HOME,
)
register_notice(
    RESOLVED,
    subject=N_("Resolved at shipment {shipment}: {incident}"),
    body=N_("The incident of shipment {shipment} is resolved: {incident}."),
    path=HOME,
)
