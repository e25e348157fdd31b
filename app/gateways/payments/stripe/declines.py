"""Stripe's reasons for a decline in our words. Source: docs.stripe.com/declines/codes and docs.stripe.com/error-codes."""

from app.gateways.payments.errors import DeclineReason

_CODES: dict[DeclineReason, tuple[str, ...]] = {
    DeclineReason.INSUFFICIENT_FUNDS: ("insufficient_funds",),
    DeclineReason.EXPIRED_METHOD: ("expired_card", "invalid_expiry_month", "invalid_expiry_year"),
    DeclineReason.AUTHENTICATION_REQUIRED: (
        "authentication_required",
        "authentication_not_handled",
        "payment_intent_authentication_failure",
        "setup_intent_authentication_failure",
        "mobile_device_authentication_required",
    ),
    DeclineReason.LIMIT_EXCEEDED: (
        "amount_too_large",
        "card_velocity_exceeded",
        "charge_exceeds_source_limit",
        "charge_exceeds_transaction_limit",
        "charge_exceeds_weekly_limit",
        "withdrawal_count_limit_exceeded",
    ),
    DeclineReason.BLOCKED_METHOD: (
        "account_closed",
        "bank_account_restricted",
        "bank_account_unusable",
        "debit_not_authorized",
        "fraudulent",
        "highest_risk_level",
        "invalid_account",
        "lost_card",
        "merchant_blacklist",
        "pickup_card",
        "restricted_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "security_violation",
        "stolen_card",
        "stop_payment_order",
    ),
}
_REASONS = {code: reason for reason, codes in _CODES.items() for code in codes}


def reason_of(*codes: object) -> DeclineReason:
    """Of Stripe's codes (the issuer's first) the first that says something; `GENERIC` when none does."""
    known = (_REASONS.get(code) for code in codes if isinstance(code, str))
    return next((reason for reason in known if reason), DeclineReason.GENERIC)
