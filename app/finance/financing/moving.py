"""Ask the payment provider for what a financier's payment waits for. Nothing here has a transaction open.

Every call carries a key made of the row's id and the verb: made again after a crash it has the same one effect.
"""

from contextlib import suppress
from dataclasses import asdict
from typing import Any

from app.finance.financing.models import FinancingPayment
from app.finance.financing.states import FundingStep
from app.finance.schedules.facade import PaymentWay
from app.gateways.payments import (
    Amount,
    AmountNotPayable,
    CardDataRefused,
    MethodUnknown,
    Payment,
    PaymentDeclined,
    PaymentRequestInvalid,
    Payments,
    PaymentState,
)

Values = dict[str, Any]

CAUSE = "financing"
"""What payments are made for, as the provider is told."""

_STATES = {
    PaymentState.HELD: FundingStep.PROCESSING,
    PaymentState.PROCESSING: FundingStep.PROCESSING,
    PaymentState.CAPTURED: FundingStep.CAPTURED,
    PaymentState.REFUNDED: FundingStep.CAPTURED,
    PaymentState.RELEASED: FundingStep.DECLINED,
    PaymentState.EXPIRED: FundingStep.DECLINED,
    PaymentState.DECLINED: FundingStep.DECLINED,
}


def stands(payment: Payment) -> Values:
    """The columns that say how a payment stands at the provider."""
    state = _STATES[payment.state]
    values: Values = {"state": state, "payment": payment.reference}
    if state is FundingStep.CAPTURED:
        values |= {"captured_minor": payment.captured_minor, "reason": None}
    if state is FundingStep.DECLINED:
        values["reason"] = str(payment.decline or "generic")
    return values


async def moved(payments: Payments, row: FinancingPayment) -> Values:
    """The columns that change by what the provider answers. Raises `PaymentUnavailable` when what became of a call is not known:
    make it again."""
    known: Values = {"token": None}
    try:
        if row.way == PaymentWay.TRANSFER:
            return await _awaited(payments, row)
        method = row.method
        if row.token is not None:
            payer = str(row.financier_id)
            saved = await payments.save_method(payer=payer, token=row.token, key=_key(row, "save"))
            method = saved.reference
            known |= {"method": method, "shown": f"{saved.brand} …{saved.last_digits}"}
        assert method is not None
        return known | await _charged(payments, row, method)
    except PaymentDeclined as error:
        return known | _declined(error)
    except AmountNotPayable:
        return known | {"state": FundingStep.DECLINED, "reason": "not_in_steps"}
    except (MethodUnknown, CardDataRefused, PaymentRequestInvalid):
        reason = "no_transfer" if row.way == PaymentWay.TRANSFER else "not_saved"
        return known | {"state": FundingStep.DECLINED, "reason": reason}


async def _charged(payments: Payments, row: FinancingPayment, method: str) -> Values:
    payer = str(row.financier_id)
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
    return told


def _declined(error: PaymentDeclined) -> Values:
    reference = error.params.get("reference")
    known = {"payment": str(reference)} if reference else {}
    return {"state": FundingStep.DECLINED, "reason": str(error.reason), **known}


async def _awaited(payments: Payments, row: FinancingPayment) -> Values:
    assert row.country is not None
    transfer = await payments.expect_transfer(
        _sum(row), payer=str(row.financier_id), country=row.country, cause=_cause(row), key=_key(row, "transfer")
    )
    return stands(transfer.payment) | {
        "bank_accounts": [asdict(account) for account in transfer.accounts],
        "remittance": transfer.remittance,
        "instructions_url": transfer.instructions_url,
    }


def _key(row: FinancingPayment, verb: str) -> str:
    return f"financing-payment/{row.id}/{verb}"


def _sum(row: FinancingPayment) -> Amount:
    return Amount(row.amount_minor, row.currency)


def _cause(row: FinancingPayment) -> str:
    return f"{CAUSE}/{row.financing_id}"
