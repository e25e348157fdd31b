"""Words of incidents that people open: their states, and what is written into their history."""

from collections.abc import Iterable
from enum import StrEnum

from app.kit.locales import NP_
from app.logistics.incidents import Owner


class IncidentState(StrEnum):
    """Open → acknowledged → resolved; resolved → open once. Another owner has to acknowledge anew."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Act(StrEnum):
    """What happens to an incident. The last two are written by the clock."""

    OPENED = "opened"
    COMMENTED = "commented"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    ANSWER_OVERDUE = "answer_overdue"
    SETTLE_OVERDUE = "settle_overdue"


BY_THE_CLOCK = (Act.ANSWER_OVERDUE, Act.SETTLE_OVERDUE)
OWNERS = (Owner.SHIPPER, Owner.CONSIGNEE, Owner.CARRIER)
"""Who may own an incident here: a side of the shipment. What a customs broker has to do, the shipper has done."""

_LEADS_TO = {
    Act.OPENED: IncidentState.OPEN,
    Act.ACKNOWLEDGED: IncidentState.ACKNOWLEDGED,
    Act.ASSIGNED: IncidentState.OPEN,
    Act.RESOLVED: IncidentState.RESOLVED,
    Act.REOPENED: IncidentState.OPEN,
}


def state_after(acts: Iterable[str]) -> IncidentState | None:
    """The state that a history leads to, in the order in which it was written; None for an empty one."""
    state = None
    for act in acts:
        state = _LEADS_TO.get(Act(act), state)
    return state


INCIDENT_STATE_LABELS = {
    IncidentState.OPEN: NP_("incident state", "Open"),
    IncidentState.ACKNOWLEDGED: NP_("incident state", "Being dealt with"),
    IncidentState.RESOLVED: NP_("incident state", "Resolved"),
}

ACT_LABELS = {
    Act.OPENED: NP_("incident history", "Opened"),
    Act.COMMENTED: NP_("incident history", "Comment"),
    Act.ACKNOWLEDGED: NP_("incident history", "Taken in hand"),
    Act.ASSIGNED: NP_("incident history", "Passed on"),
    Act.RESOLVED: NP_("incident history", "Resolved"),
    Act.REOPENED: NP_("incident history", "Opened again"),
    Act.ANSWER_OVERDUE: NP_("incident history", "No answer in time"),
    Act.SETTLE_OVERDUE: NP_("incident history", "Not resolved in time"),
}
