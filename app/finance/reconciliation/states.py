"""Words of reconciliation: how far a run is, what is compared, what can differ, where a difference stands."""

from enum import StrEnum

from app.kit.locales import NP_


class RunPhase(StrEnum):
    """What a run does, in this order."""

    EXPECTING = "expecting"
    LISTING = "listing"
    ASKING = "asking"
    COMPARING = "comparing"
    DONE = "done"


class LineKind(StrEnum):
    """What is compared."""

    PAYMENT = "payment"
    REFUND = "refund"
    TRANSFER = "transfer"
    REVERSAL = "reversal"


class DifferenceKind(StrEnum):
    """What differs."""

    MISSING_AT_PROVIDER = "missing_at_provider"
    MISSING_IN_LEDGER = "missing_in_ledger"
    AMOUNT = "amount"
    STATE = "state"
    CURRENCY = "currency"
    GIVEN_BACK = "given_back"
    LEDGER = "ledger"


OF_THE_LEDGER = (DifferenceKind.LEDGER, DifferenceKind.MISSING_IN_LEDGER)
"""What is found by the sums of a cause, not by one line alone."""


class DifferenceState(StrEnum):
    """Open → closed by the operator, or vanished when it is found no more. Open again when it is found otherwise than it was
    closed, or after it had vanished."""

    OPEN = "open"
    CLOSED = "closed"
    VANISHED = "vanished"


PHASE_LABELS = {
    RunPhase.EXPECTING: NP_("reconciliation", "Collecting what is known here"),
    RunPhase.LISTING: NP_("reconciliation", "Reading the provider's lists"),
    RunPhase.ASKING: NP_("reconciliation", "Asking the provider"),
    RunPhase.COMPARING: NP_("reconciliation", "Comparing"),
    RunPhase.DONE: NP_("reconciliation", "Done"),
}

LINE_LABELS = {
    LineKind.PAYMENT: NP_("reconciliation", "Payment"),
    LineKind.REFUND: NP_("reconciliation", "Refund"),
    LineKind.TRANSFER: NP_("reconciliation", "Transfer to a supplier"),
    LineKind.REVERSAL: NP_("reconciliation", "Transfer taken back"),
}

DIFFERENCE_LABELS = {
    DifferenceKind.MISSING_AT_PROVIDER: NP_("reconciliation", "Not known to the provider"),
    DifferenceKind.MISSING_IN_LEDGER: NP_("reconciliation", "Not in the ledger"),
    DifferenceKind.AMOUNT: NP_("reconciliation", "Another amount"),
    DifferenceKind.STATE: NP_("reconciliation", "Another state"),
    DifferenceKind.CURRENCY: NP_("reconciliation", "Another currency"),
    DifferenceKind.GIVEN_BACK: NP_("reconciliation", "Another sum given back"),
    DifferenceKind.LEDGER: NP_("reconciliation", "Another sum in the ledger"),
}

DIFFERENCE_STATE_LABELS = {
    DifferenceState.OPEN: NP_("reconciliation", "Open"),
    DifferenceState.CLOSED: NP_("reconciliation", "Closed"),
    DifferenceState.VANISHED: NP_("reconciliation", "Vanished by itself"),
}
