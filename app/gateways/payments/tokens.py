"""The tokens of the local provider: each stands for a method that behaves in one way, as the known test cards do."""

from dataclasses import dataclass
from datetime import timedelta

from app.gateways.payments.errors import DeclineReason
from app.gateways.payments.model import MethodKind


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a method behaves. A time that is None has no end, or is the provider's usual one."""

    brand: str = "Visa"
    last_digits: str = "4242"
    kind: MethodKind = MethodKind.CARD
    declined_when_saved: DeclineReason | None = None
    declined: DeclineReason | None = None
    """Holds and charges."""
    declined_at_capture: DeclineReason | None = None
    """Captures and charges: a hold works."""
    declined_when_settled: DeclineReason | None = None
    """Debits, days after they were taken on."""
    usable_for: timedelta | None = None
    hold_for: timedelta | None = None
    answers_get_lost: bool = False
    """What is done with the method is done, but the first answer never arrives."""
    unavailable: bool = False
    """Nothing is done with the method, and no answer arrives."""


TOKENS: dict[str, Behaviour] = {
    "tok_visa": Behaviour(),
    "tok_mastercard": Behaviour(brand="Mastercard", last_digits="4444"),
    "tok_sepa_debit": Behaviour("SEPA", "3000", MethodKind.BANK_DEBIT),
    "tok_sepa_debit_fails": Behaviour(
        "SEPA", "3002", MethodKind.BANK_DEBIT, declined_when_settled=DeclineReason.INSUFFICIENT_FUNDS
    ),
    "tok_declined_when_saved": Behaviour(last_digits="0002", declined_when_saved=DeclineReason.GENERIC),
    "tok_declined": Behaviour(last_digits="0341", declined=DeclineReason.GENERIC),
    "tok_declined_insufficient_funds": Behaviour(last_digits="9995", declined=DeclineReason.INSUFFICIENT_FUNDS),
    "tok_declined_expired_method": Behaviour(last_digits="0069", declined=DeclineReason.EXPIRED_METHOD),
    "tok_declined_authentication_required": Behaviour(
        last_digits="3184", declined=DeclineReason.AUTHENTICATION_REQUIRED
    ),
    "tok_declined_limit_exceeded": Behaviour(last_digits="6975", declined=DeclineReason.LIMIT_EXCEEDED),
    "tok_declined_blocked_method": Behaviour(last_digits="9979", declined=DeclineReason.BLOCKED_METHOD),
    "tok_declined_at_capture": Behaviour(last_digits="0019", declined_at_capture=DeclineReason.INSUFFICIENT_FUNDS),
    "tok_expires": Behaviour(last_digits="0077", usable_for=timedelta(days=30)),
    "tok_short_hold": Behaviour(last_digits="0093", hold_for=timedelta(hours=1)),
    "tok_answer_lost": Behaviour(last_digits="0119", answers_get_lost=True),
    "tok_unavailable": Behaviour(last_digits="0127", unavailable=True),
}
# Those of Stripe's test tokens, and of the demo's own provider, by which the demo's people pay: one set for all providers.
TOKENS |= {
    "pm_card_visa": TOKENS["tok_visa"],
    "pm_card_mastercard": TOKENS["tok_mastercard"],
    "pm_saved_captureDeclined": TOKENS["tok_declined_at_capture"],
}
"""A token that is not here is unknown to the provider."""

BANK_TRANSFER = "bank_transfer"
BEHAVIOURS = TOKENS | {BANK_TRANSFER: Behaviour("Bank transfer", "0000", MethodKind.BANK_TRANSFER)}
"""With what stands for the bank of a payer who sends money himself: no token of a browser."""
