"""How a payment can fail.

A refusal (decline, expired hold, a sum beyond what is left) is an answer of the provider: the same call gets it again.
`PaymentUnavailable` is no answer: what became of the call is not known, and it is made again with the same key.
"""

from enum import StrEnum
from typing import ClassVar

from app.gateways.errors import GatewayError


class DeclineReason(StrEnum):
    """Why whoever keeps the payer's money refused. What a provider names otherwise is `GENERIC`."""

    GENERIC = "generic"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    EXPIRED_METHOD = "expired_method"
    AUTHENTICATION_REQUIRED = "authentication_required"
    LIMIT_EXCEEDED = "limit_exceeded"
    BLOCKED_METHOD = "blocked_method"


class PaymentError(GatewayError):
    """Base of the payment errors."""

    code: ClassVar[str] = "payment_failed"


class PaymentUnavailable(PaymentError):
    """The provider gave no answer, or is out of order. Make the call again with the same key."""

    code: ClassVar[str] = "payment_unavailable"
    retryable: ClassVar[bool] = True


class PaymentNotDone(PaymentUnavailable):
    """The provider did nothing: it was not reached, was asked too often, or does not know us (`reason`). Ask again later."""

    code: ClassVar[str] = "payment_not_done"


class PaymentRequestInvalid(PaymentError):
    """The call itself is wrong: `field` says where. Nothing was asked of anybody."""

    code: ClassVar[str] = "payment_request_invalid"


class AmountNotPayable(PaymentRequestInvalid):
    """The provider takes this currency in steps of `step_minor` only. Nothing was asked of anybody."""

    code: ClassVar[str] = "payment_amount_not_payable"


class CardDataRefused(PaymentError):
    """What looks like a card number stands in `field`. It is neither kept nor repeated: clients send tokens."""

    code: ClassVar[str] = "payment_card_data_refused"


class PaymentKeyReused(PaymentError):
    """The key stands for another call."""

    code: ClassVar[str] = "payment_key_reused"


class MethodUnknown(PaymentError):
    """No method of this payer has that reference, or it was forgotten."""

    code: ClassVar[str] = "payment_method_unknown"


class PaymentUnknown(PaymentError):
    """No payment or refund has that reference."""

    code: ClassVar[str] = "payment_unknown"


class AccountUnknown(PaymentError):
    """No supplier's account has that reference."""

    code: ClassVar[str] = "payment_account_unknown"


class TransferUnknown(PaymentError):
    """No transfer has that reference."""

    code: ClassVar[str] = "payment_transfer_unknown"


class DisputeUnknown(PaymentError):
    """No dispute has that reference."""

    code: ClassVar[str] = "payment_dispute_unknown"


class PaymentRefused(PaymentError):
    """Base of the provider's refusals, which are remembered under the call's key."""

    code: ClassVar[str] = "payment_refused"


class PaymentDeclined(PaymentRefused):
    """Whoever keeps the payer's money refused: `reason` is a `DeclineReason`, `reference` the declined payment's."""

    code: ClassVar[str] = "payment_declined"

    @property
    def reason(self) -> DeclineReason:
        """Why."""
        return DeclineReason(str(self.params["reason"]))


class MethodCannotHold(PaymentRefused):
    """Money cannot be held by such a method, only charged."""

    code: ClassVar[str] = "payment_method_cannot_hold"


class HoldExpired(PaymentRefused):
    """The hold ended at `held_until`: nothing is held any more, and nothing can be captured."""

    code: ClassVar[str] = "payment_hold_expired"


class PaymentStateForbids(PaymentRefused):
    """In its `state` the payment takes no such call."""

    code: ClassVar[str] = "payment_state_forbids"


class AmountExceeded(PaymentRefused):
    """More than what is held or left: `most_minor`."""

    code: ClassVar[str] = "payment_amount_exceeded"


class CurrencyDiffers(PaymentRefused):
    """The payment is in another currency."""

    code: ClassVar[str] = "payment_currency_differs"


class AccountNotReady(PaymentRefused):
    """The supplier has not told the provider yet what it must know before it pays him."""

    code: ClassVar[str] = "payment_account_not_ready"


class BalanceTooLow(PaymentRefused):
    """There is not as much money where it is to be taken from."""

    code: ClassVar[str] = "payment_balance_too_low"


REFUSALS: dict[str, type[PaymentRefused]] = {
    refusal.code: refusal
    for refusal in (
        PaymentDeclined,
        MethodCannotHold,
        HoldExpired,
        PaymentStateForbids,
        AmountExceeded,
        CurrencyDiffers,
        AccountNotReady,
        BalanceTooLow,
    )
}
"""By code."""
