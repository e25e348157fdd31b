"""The payment methods of the provider: Stripe's published ones, and some of its own that are saved and declined later.

https://docs.stripe.com/testing names the published ones.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a method behaves: declined when it is saved, when it pays, when it is captured, when a debit arrives."""

    type: str = "card"
    brand: str = "visa"
    last4: str = "4242"
    declined_at_setup: str | None = None
    declined: str | None = None
    declined_at_capture: str | None = None
    declined_later: str | None = None
    hold_hours: int = 7 * 24
    refunds_pend: bool = False


METHODS: dict[str, Behaviour] = {
    "pm_card_visa": Behaviour(),
    "pm_card_mastercard": Behaviour(brand="mastercard", last4="4444"),
    "pm_card_pendingRefund": Behaviour(last4="7726", refunds_pend=True),
    "pm_card_chargeCustomerFail": Behaviour(last4="0341", declined="generic_decline"),
    "pm_card_authenticationRequired": Behaviour(last4="3184", declined="authentication_required"),
    **{
        f"pm_card_{name}": Behaviour(last4=last4, declined_at_setup=code, declined=code)
        for name, code, last4 in (
            ("visa_chargeDeclined", "generic_decline", "0002"),
            ("visa_chargeDeclinedInsufficientFunds", "insufficient_funds", "9995"),
            ("visa_chargeDeclinedLostCard", "lost_card", "9987"),
            ("visa_chargeDeclinedStolenCard", "stolen_card", "9979"),
            ("chargeDeclinedExpiredCard", "expired_card", "0069"),
            ("chargeDeclinedProcessingError", "processing_error", "0119"),
            ("visa_chargeDeclinedVelocityLimitExceeded", "card_velocity_exceeded", "6975"),
        )
    },
    **{
        f"pm_saved_{code}": Behaviour(last4="9000", declined=code)
        for code in ("insufficient_funds", "expired_card", "card_velocity_exceeded", "stolen_card", "never_heard_of")
    },
    "pm_saved_short": Behaviour(last4="9001", hold_hours=1),
    "pm_saved_captureDeclined": Behaviour(last4="9002", declined_at_capture="insufficient_funds"),
    "pm_sepa_debit": Behaviour("sepa_debit", last4="3201"),
    "pm_sepa_debit_fails": Behaviour("sepa_debit", last4="3202", declined_later="insufficient_funds"),
}
"""By the token that a browser would be given."""

OWN_CODES = ("authentication_required", "expired_card", "processing_error")
"""Reasons that stand in `code` as well; others are told as `card_declined`."""
