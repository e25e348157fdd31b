"""Ask the payment provider for what a payment or refund waits for. Nothing here has a transaction open.

Every call carries a key made of the row's id and the verb: made again after a crash it has the same one effect.
"""

from contextlib import suppress
from dataclasses import asdict
from typing import Any

from app.finance.schedules.models import MilestonePayment, MilestoneRefund
from app.finance.schedules.states import PaymentStep, PaymentWay, RefundStep
from app.gateways.payments import (
    Amount,
    AmountNotPayable,
    CardDataRefused,
    HoldExpired,
    MethodUnknown,
    Payment,
    PaymentDeclined,
    PaymentRefused,
    PaymentRequestInvalid,
    Payments,
    PaymentState,
    PaymentStateForbids,
    Refund,
    RefundState,
)

Values = dict[str, Any]

CAUSE = "milestone"
"""What payments are made for, as the provider is told."""

_STATES = {
    PaymentState.HELD: PaymentStep.PROCESSING,
    PaymentState.PROCESSING: PaymentStep.PROCESSING,
    PaymentState.CAPTURED: PaymentStep.CAPTURED,
    PaymentState.REFUNDED: PaymentStep.CAPTURED,
    PaymentState.RELEASED: PaymentStep.WITHDRAWN,
    PaymentState.EXPIRED: PaymentStep.WITHDRAWN,
    PaymentState.DECLINED: PaymentStep.DECLINED,
}
_REFUNDS = {
    RefundState.PROCESSING: RefundStep.PROCESSING,
    RefundState.DONE: RefundStep.DONE,
    RefundState.FAILED: RefundStep.FAILED,
}


def stands(payment: Payment) -> Values:
    """The columns that say how a payment stands at the provider."""
    state = _STATES[payment.state]
    values: Values = {"state": state, "payment": payment.reference}
    if state is PaymentStep.CAPTURED:
        values |= {"captured_minor": payment.captured_minor, "reason": None}
    if state is PaymentStep.DECLINED:
        values["reason"] = str(payment.decline or "generic")
    return values


async def moved(payments: Payments, row: MilestonePayment) -> Values:
    """The columns that change by what the provider answers. Raises `PaymentUnavailable` when what became of a call is not known:
    make it again."""
    try:
        if row.state == PaymentStep.WITHDRAWING:
            return await _withdrawn(payments, row)
        if row.way == PaymentWay.TRANSFER:
            return await _awaited(payments, row)
        return await _charged(payments, row)
    except PaymentDeclined as error:
        return _declined(error)
    except AmountNotPayable:
        return {"state": PaymentStep.DECLINED, "reason": "not_in_steps", "token": None}
    except (MethodUnknown, CardDataRefused, PaymentRequestInvalid):
        reason = "no_transfer" if row.way == PaymentWay.TRANSFER else "not_saved"
        return {"state": PaymentStep.DECLINED, "reason": reason, "token": None}


async def _charged(payments: Payments, row: MilestonePayment) -> Values:
    payer, method, shown = str(row.buyer_id), row.method, row.shown
    if row.token is not None:
        saved = await payments.save_method(payer=payer, token=row.token, key=_key(row, "save"))
        method, shown = saved.reference, f"{saved.brand} …{saved.last_digits}"
    assert method is not None
    known: Values = {"method": method, "shown": shown, "token": None}
    try:
        told = stands(
            await payments.charge(_sum(row), payer=payer, method=method, cause=_cause(row), key=_key(row, "charge"))
        )
    except PaymentDeclined as error:
        told = _declined(error)
    if row.token is not None:
        # A method that was given for one payment is used for no other.
        with suppress(MethodUnknown):
            await payments.forget_method(method, payer=payer, key=_key(row, "forget"))
    return known | told


def _declined(error: PaymentDeclined) -> Values:
    reference = error.params.get("reference")
    known = {"payment": str(reference)} if reference else {}
    return {"state": PaymentStep.DECLINED, "reason": str(error.reason), "token": None, **known}


async def _awaited(payments: Payments, row: MilestonePayment) -> Values:
    assert row.country is not None
    transfer = await payments.expect_transfer(
        _sum(row), payer=str(row.buyer_id), country=row.country, cause=_cause(row), key=_key(row, "transfer")
    )
    return stands(transfer.payment) | {
        "bank_accounts": [asdict(account) for account in transfer.accounts],
        "remittance": transfer.remittance,
        "instructions_url": transfer.instructions_url,
    }


async def _withdrawn(payments: Payments, row: MilestonePayment) -> Values:
    """It may have come meanwhile: then it has paid."""
    assert row.payment is not None
    try:
        return stands(await payments.release(row.payment, key=_key(row, "release")))
    except (HoldExpired, PaymentStateForbids):
        return stands(await payments.find_payment(row.payment))


async def given_back(payments: Payments, row: MilestoneRefund, payment: str) -> Values:
    """The columns that change by what the provider answers. Raises `PaymentUnavailable`, as `moved`."""
    if row.refund is not None:
        return _refunded(await payments.find_refund(row.refund))
    amount = Amount(row.amount_minor, row.currency)
    try:
        return _refunded(await payments.refund(payment, amount, key=f"milestone-refund/{row.id}"))
    except (PaymentRefused, AmountNotPayable):
        # Given back, or disputed, at the provider: how the payment stands there is looked at.
        return {"state": RefundStep.FAILED}


def _refunded(refund: Refund) -> Values:
    return {"state": _REFUNDS[refund.state], "refund": refund.reference}


def _key(row: MilestonePayment, verb: str) -> str:
    return f"milestone-payment/{row.id}/{verb}"


def _sum(row: MilestonePayment) -> Amount:
    return Amount(row.amount_minor, row.currency)


def _cause(row: MilestonePayment) -> str:
    return f"{CAUSE}/{row.milestone_id}"
