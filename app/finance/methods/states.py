"""Words of saved payment methods: where one stands, what kinds there are, why one is declined."""

from enum import StrEnum

from app.gateways.payments import DeclineReason, MethodKind
from app.kit.locales import N_, NP_


class MethodState(StrEnum):
    """Saved → forgetting → forgotten. From `forgetting` on nobody is charged by it; the provider is still to be told."""

    SAVED = "saved"
    FORGETTING = "forgetting"
    FORGOTTEN = "forgotten"


class SavedKind(StrEnum):
    """What can be saved to be charged again. A bank transfer is sent by the payer himself, and is none."""

    CARD = MethodKind.CARD
    BANK_DEBIT = MethodKind.BANK_DEBIT


KIND_LABELS = {
    SavedKind.CARD: NP_("payment method", "Card"),
    SavedKind.BANK_DEBIT: NP_("payment method", "Direct debit"),
}

DECLINE_TEXTS = {
    DeclineReason.GENERIC: N_("The bank declined the payment without a reason."),
    DeclineReason.INSUFFICIENT_FUNDS: N_("There is not enough money."),
    DeclineReason.EXPIRED_METHOD: N_("The card has expired."),
    DeclineReason.AUTHENTICATION_REQUIRED: N_("The bank wants you to confirm. Give the payment method once more."),
    DeclineReason.LIMIT_EXCEEDED: N_("The amount is over a limit of the bank."),
    DeclineReason.BLOCKED_METHOD: N_("The payment method is blocked."),
}
"""Why whoever keeps the money did not let a method be saved."""
