"""Words of disputes: why they are opened, where they stand, and what is done in them."""

from collections.abc import Iterable
from enum import StrEnum

from app.kit.locales import NP_


class Reason(StrEnum):
    """What the buyer has against the milestone."""

    DIMENSION = "dimension"
    SURFACE = "surface"
    DOCUMENTS = "documents"
    LATE = "late"
    T1_FAILED = "t1_failed"
    NOT_AS_ORDERED = "not_as_ordered"
    OTHER = "other"


class DisputeState(StrEnum):
    """Open → answered → escalated; from each of them → agreed or withdrawn; escalated → decided."""

    OPEN = "open"
    ANSWERED = "answered"
    ESCALATED = "escalated"
    AGREED = "agreed"
    WITHDRAWN = "withdrawn"
    DECIDED = "decided"


class Side(StrEnum):
    """Who speaks in a dispute. What the clock writes is nobody's."""

    BUYER = "buyer"
    SUPPLIER = "supplier"
    OPERATOR = "operator"


class Act(StrEnum):
    """What is done in a dispute. The clock notes that no answer came in time, and escalates."""

    OPENED = "opened"
    MESSAGE = "message"
    PROPOSED = "proposed"
    TAKEN_BACK = "taken_back"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    ANSWER_OVERDUE = "answer_overdue"
    ESCALATED = "escalated"
    DECIDED = "decided"


class ProposalState(StrEnum):
    """Open → replaced by another of the same side, taken back, declined, accepted, or lapsed with the dispute."""

    OPEN = "open"
    REPLACED = "replaced"
    TAKEN_BACK = "taken_back"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    LAPSED = "lapsed"


STEPS: dict[DisputeState, tuple[DisputeState, ...]] = {
    DisputeState.OPEN: (
        DisputeState.ANSWERED,
        DisputeState.ESCALATED,
        DisputeState.AGREED,
        DisputeState.WITHDRAWN,
    ),
    DisputeState.ANSWERED: (DisputeState.ESCALATED, DisputeState.AGREED, DisputeState.WITHDRAWN),
    DisputeState.ESCALATED: (DisputeState.AGREED, DisputeState.WITHDRAWN, DisputeState.DECIDED),
    DisputeState.AGREED: (),
    DisputeState.WITHDRAWN: (),
    DisputeState.DECIDED: (),
}
"""What may follow what; the database's guard says the same."""

ACTIVE = tuple(state for state, following in STEPS.items() if following)
"""While a dispute stands so, its milestone is frozen."""

SETTLED = (DisputeState.AGREED, DisputeState.DECIDED)
"""Money was divided."""

PARTIES = (Side.BUYER, Side.SUPPLIER)
OF_PROPOSALS = (Act.PROPOSED, Act.TAKEN_BACK, Act.DECLINED, Act.ACCEPTED)
WITH_SPLIT = (*OF_PROPOSALS, Act.DECIDED)
WITH_TEXT = (Act.OPENED, Act.MESSAGE, Act.DECIDED)
"""Nobody does these without a word."""

_LEADS_TO = {
    Act.OPENED: DisputeState.OPEN,
    Act.ACCEPTED: DisputeState.AGREED,
    Act.WITHDRAWN: DisputeState.WITHDRAWN,
    Act.ESCALATED: DisputeState.ESCALATED,
    Act.DECIDED: DisputeState.DECIDED,
}


def state_after(history: Iterable[tuple[str, str | None]]) -> DisputeState | None:
    """The state that (act, side), in the order in which they were written, lead to. The supplier's first words are his answer."""
    state = None
    for act, side in history:
        if state is DisputeState.OPEN and side == Side.SUPPLIER:
            state = DisputeState.ANSWERED
        state = _LEADS_TO.get(Act(act), state)
    return state


REASON_LABELS = {
    Reason.DIMENSION: NP_("dispute reason", "Dimension out of tolerance"),
    Reason.SURFACE: NP_("dispute reason", "Surface not as agreed"),
    Reason.DOCUMENTS: NP_("dispute reason", "Documents missing"),
    Reason.LATE: NP_("dispute reason", "Late"),
    Reason.T1_FAILED: NP_("dispute reason", "T1 failed"),
    Reason.NOT_AS_ORDERED: NP_("dispute reason", "Not as ordered"),
    Reason.OTHER: NP_("dispute reason", "Something else"),
}

DISPUTE_STATE_LABELS = {
    DisputeState.OPEN: NP_("dispute state", "Awaiting the supplier's answer"),
    DisputeState.ANSWERED: NP_("dispute state", "Being negotiated"),
    DisputeState.ESCALATED: NP_("dispute state", "Before the operator"),
    DisputeState.AGREED: NP_("dispute state", "Agreed"),
    DisputeState.WITHDRAWN: NP_("dispute state", "Withdrawn"),
    DisputeState.DECIDED: NP_("dispute state", "Decided"),
}

DISPUTE_SIDE_LABELS = {
    Side.BUYER: NP_("side of a dispute", "Buyer"),
    Side.SUPPLIER: NP_("side of a dispute", "Supplier"),
    Side.OPERATOR: NP_("side of a dispute", "Operator"),
}

DISPUTE_ACT_LABELS = {
    Act.OPENED: NP_("dispute history", "Dispute opened"),
    Act.MESSAGE: NP_("dispute history", "Message"),
    Act.PROPOSED: NP_("dispute history", "Split proposed"),
    Act.TAKEN_BACK: NP_("dispute history", "Proposal taken back"),
    Act.DECLINED: NP_("dispute history", "Proposal declined"),
    Act.ACCEPTED: NP_("dispute history", "Proposal accepted"),
    Act.WITHDRAWN: NP_("dispute history", "Dispute withdrawn"),
    Act.ANSWER_OVERDUE: NP_("dispute history", "No answer in time"),
    Act.ESCALATED: NP_("dispute history", "Brought before the operator"),
    Act.DECIDED: NP_("dispute history", "Decided by the operator"),
}
