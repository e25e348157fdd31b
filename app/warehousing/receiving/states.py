"""Words of receiving."""

from enum import StrEnum

from app.kit.locales import NP_


class ArrivalState(StrEnum):
    """Announced → receiving → received; or cancelled before anything came. The last two are ends."""

    ANNOUNCED = "announced"
    RECEIVING = "receiving"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class ArrivalSide(StrEnum):
    """What an organization has to do with an arrival."""

    SENDER = "sender"
    KEEPER = "keeper"
    OWNER = "owner"


class ReceivedAs(StrEnum):
    """In what status goods are received: those of the stock but for what is in transit."""

    AVAILABLE = "available"
    QUALITY_HOLD = "quality_hold"
    DAMAGED = "damaged"


class DifferenceKind(StrEnum):
    """How what came differs from what was announced."""

    SHORT = "short"
    OVER = "over"
    DAMAGED = "damaged"
    UNANNOUNCED = "unannounced"


class InspectionState(StrEnum):
    """Open, then decided in one of three ways, or given up before."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CONCEDED = "conceded"
    CANCELLED = "cancelled"


class Decision(StrEnum):
    """What is said of inspected goods."""

    ACCEPT = "accept"
    REJECT = "reject"
    CONCEDE = "concede"


class Verdict(StrEnum):
    """What measured values say of a characteristic."""

    NOT_MEASURED = "not_measured"
    IN_TOLERANCE = "in_tolerance"
    OUT_OF_TOLERANCE = "out_of_tolerance"


DECIDED = {
    Decision.ACCEPT: InspectionState.ACCEPTED,
    Decision.REJECT: InspectionState.REJECTED,
    Decision.CONCEDE: InspectionState.CONCEDED,
}
"""The state that a decision leads to."""

ARRIVAL_STATE_LABELS = {
    ArrivalState.ANNOUNCED: NP_("arrival state", "Announced"),
    ArrivalState.RECEIVING: NP_("arrival state", "Being received"),
    ArrivalState.RECEIVED: NP_("arrival state", "Received"),
    ArrivalState.CANCELLED: NP_("arrival state", "Cancelled"),
}

DIFFERENCE_LABELS = {
    DifferenceKind.SHORT: NP_("receiving difference", "Short delivery"),
    DifferenceKind.OVER: NP_("receiving difference", "Over-delivery"),
    DifferenceKind.DAMAGED: NP_("receiving difference", "Damaged"),
    DifferenceKind.UNANNOUNCED: NP_("receiving difference", "Not announced"),
}

INSPECTION_STATE_LABELS = {
    InspectionState.OPEN: NP_("inspection state", "Open"),
    InspectionState.ACCEPTED: NP_("inspection state", "Accepted"),
    InspectionState.REJECTED: NP_("inspection state", "Rejected"),
    InspectionState.CONCEDED: NP_("inspection state", "Accepted under concession"),
    InspectionState.CANCELLED: NP_("inspection state", "Given up"),
}

VERDICT_LABELS = {
    Verdict.NOT_MEASURED: NP_("inspection verdict", "Not measured"),
    Verdict.IN_TOLERANCE: NP_("inspection verdict", "In tolerance"),
    Verdict.OUT_OF_TOLERANCE: NP_("inspection verdict", "Out of tolerance"),
}
