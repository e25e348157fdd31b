"""Words of credit: why a line is suspended, what became of what was taken, on which side somebody is."""

from enum import StrEnum

from app.kit.locales import NP_


class Suspension(StrEnum):
    """Why nothing is taken on a line: its supplier said so, or something has been overdue for too long."""

    SUPPLIER = "supplier"
    OVERDUE = "overdue"


class TakeState(StrEnum):
    """Where a deal stands: on credit and not invoiced, invoiced, or ended before it was."""

    TAKEN = "taken"
    INVOICED = "invoiced"
    GIVEN_BACK = "given_back"


class CreditSide(StrEnum):
    """On which side of a line somebody is."""

    SUPPLIER = "supplier"
    BUYER = "buyer"


class LineState(StrEnum):
    """What can be taken on a line; it follows from its days and its suspension."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    TO_COME = "to_come"
    ENDED = "ended"


TAKE_MOVES: dict[TakeState, frozenset[TakeState]] = {
    TakeState.TAKEN: frozenset({TakeState.INVOICED, TakeState.GIVEN_BACK}),
    TakeState.INVOICED: frozenset(),
    TakeState.GIVEN_BACK: frozenset(),
}

SUSPENSION_LABELS = {
    Suspension.SUPPLIER: NP_("credit suspension", "By the supplier"),
    Suspension.OVERDUE: NP_("credit suspension", "Because something is overdue"),
}

TAKE_STATE_LABELS = {
    TakeState.TAKEN: NP_("credit take", "Not invoiced yet"),
    TakeState.INVOICED: NP_("credit take", "Invoiced"),
    TakeState.GIVEN_BACK: NP_("credit take", "Given back"),
}

LINE_STATE_LABELS = {
    LineState.ACTIVE: NP_("credit line state", "Active"),
    LineState.SUSPENDED: NP_("credit line state", "Suspended"),
    LineState.TO_COME: NP_("credit line state", "Not valid yet"),
    LineState.ENDED: NP_("credit line state", "Ended"),
}

CREDIT_SIDE_LABELS = {
    CreditSide.SUPPLIER: NP_("side of a credit line", "Granted by you"),
    CreditSide.BUYER: NP_("side of a credit line", "Granted to you"),
}
