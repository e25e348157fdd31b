"""Ask the payment provider for transfers and their reversals. No transaction is open.

Every call carries a key made of the row's id and the attempt: made again after a silence it has the same one effect. Only after a
refusal, which is an answer, is there another attempt.
"""

from dataclasses import dataclass

from app.finance.payouts.models import PayoutItem, PayoutTakeBack
from app.gateways.payments import (
    AccountNotReady,
    AccountUnknown,
    Amount,
    AmountExceeded,
    BalanceTooLow,
    CurrencyDiffers,
    PaymentStateForbids,
    PaymentUnknown,
    Reversal,
    SupplierPayments,
    Transfer,
    TransferUnknown,
)

NOT_READY = (AccountNotReady, AccountUnknown)
LATER = (BalanceTooLow,)
"""Tried again on another day by itself."""

REFUSED = (AmountExceeded, CurrencyDiffers, PaymentStateForbids, PaymentUnknown)
"""The payment cannot be sent on: somebody has to look."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider did not do it. `waits_for_supplier`: he has to tell something first. `for_good`: it would not do it again."""

    code: str
    waits_for_supplier: bool = False
    for_good: bool = False


async def transferred(payments: SupplierPayments, row: PayoutItem, account: str) -> Transfer | Refused:
    """Send what is open of an item. Raises `PaymentUnavailable` when what became of it is not known: make the call again."""
    if row.payment is None:
        raise ValueError("there is no payment to send on")
    amount, key = Amount(row.open_minor, row.currency), f"payout-item/{row.id}/{row.attempt}"
    try:
        return await payments.transfer(amount, account=account, payment=row.payment, key=key)
    except NOT_READY as error:
        return Refused(error.code, waits_for_supplier=True)
    except LATER as error:
        return Refused(error.code)
    except REFUSED as error:
        return Refused(error.code, for_good=True)


async def reversed_by(payments: SupplierPayments, row: PayoutTakeBack, transfer: str) -> Reversal | Refused:
    """Take back a part of a transfer. Raises `PaymentUnavailable`."""
    try:
        amount = Amount(row.amount_minor, row.currency)
        return await payments.reverse(transfer, amount, key=f"payout-take-back/{row.id}")
    except (BalanceTooLow, AmountExceeded, CurrencyDiffers, TransferUnknown) as error:
        return Refused(error.code, for_good=True)
