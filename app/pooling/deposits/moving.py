"""Ask the payment provider for what a deposit's state calls for. Nothing here knows a campaign, and no transaction is open.

Every call carries a key made of the deposit, the verb and the attempt: made again after a crash it has the same one effect.
"""

from contextlib import suppress
from typing import Any
from uuid import UUID

from app.gateways.payments import (
    Amount,
    AmountExceeded,
    AmountNotPayable,
    CardDataRefused,
    HoldExpired,
    MethodCannotHold,
    MethodUnknown,
    PaymentDeclined,
    PaymentRequestInvalid,
    Payments,
    PaymentState,
    PaymentStateForbids,
    PaymentUnavailable,
)
from app.pooling.deposits.models import PoolDeposit
from app.pooling.deposits.states import DepositState

CAUSE = "commitment"
"""What payments are made for, as the provider is told."""


async def moved(payments: Payments, row: PoolDeposit, *, hold: bool) -> dict[str, Any]:
    """The columns that change by what the provider answers. `hold` says whether money is held until the freeze.

    Raises `PaymentUnavailable` when what became of a call is not known: make it again.
    """
    if surplus_is_due(row):
        return await _surplus_back(payments, row)
    try:
        match DepositState(row.state):
            case DepositState.PENDING:
                return await _secured(payments, row, hold=hold)
            case DepositState.CHARGING:
                return await _charged(payments, row)
            case DepositState.CAPTURING:
                return await _captured(payments, row)
            case DepositState.RELEASING:
                return await _released(payments, row)
            case other:
                raise ValueError(f"nothing is to be asked for a deposit that is {other}")
    except PaymentDeclined as error:
        return {"state": DepositState.DECLINED, "reason": str(error.reason), "token": None}
    except AmountNotPayable:
        return {"state": DepositState.DECLINED, "reason": "not_in_steps", "token": None}
    except MethodCannotHold:
        return {"state": DepositState.DECLINED, "reason": "cannot_hold", "token": None}
    except (MethodUnknown, CardDataRefused, PaymentRequestInvalid):
        return {"state": DepositState.DECLINED, "reason": "not_saved", "token": None}


def surplus_is_due(row: PoolDeposit) -> bool:
    """Whether more was taken than there is to pay, and is not given back yet."""
    return row.surplus_minor > 0 and row.surplus_refund is None


async def _surplus_back(payments: Payments, row: PoolDeposit) -> dict[str, Any]:
    assert row.payment is not None
    amount = Amount(row.surplus_minor, row.currency)
    try:
        refund = await payments.refund(row.payment, amount, key=_key(row, "surplus"))
    except (AmountExceeded, PaymentStateForbids):
        now = await payments.find_payment(row.payment)
        if now.refunded_minor < row.surplus_minor:
            # Nothing is called given back that is not: it is asked for again, and the comparison with the provider tells of it.
            raise PaymentUnavailable(reason="refund refused") from None
        # Given back at the provider's own desk already.
        return {"surplus_refund": row.payment}
    return {"surplus_refund": refund.reference}


def _key(row: PoolDeposit, verb: str) -> str:
    return f"deposit/{row.id}/{verb}/{row.attempt}"


def _sum(row: PoolDeposit) -> Amount:
    return Amount(row.amount_minor, row.currency)


async def _secured(payments: Payments, row: PoolDeposit, *, hold: bool) -> dict[str, Any]:
    payer = str(row.member_id)
    method, shown = row.method, row.shown
    if row.token is not None:
        saved = await payments.save_method(payer=payer, token=row.token, key=_key(row, "save"))
        if not saved.can_hold:
            return {"state": DepositState.DECLINED, "reason": "cannot_hold", "token": None}
        method, shown = saved.reference, f"{saved.brand} …{saved.last_digits}"
    assert method is not None
    known = {"method": method, "shown": shown, "token": None, "reason": None}
    if not hold:
        return known | {"state": DepositState.SAVED}
    held = await payments.hold(
        _sum(row), payer=payer, method=method, cause=_cause(row.commitment_id), key=_key(row, "hold")
    )
    return known | {"state": DepositState.HELD, "payment": held.reference}


async def _charged(payments: Payments, row: PoolDeposit) -> dict[str, Any]:
    assert row.method is not None
    paid = await payments.charge(
        _sum(row),
        payer=str(row.member_id),
        method=row.method,
        cause=_cause(row.commitment_id),
        key=_key(row, "charge"),
    )
    return {"state": DepositState.CAPTURED, "payment": paid.reference, "reason": None, "due_at": None}


async def _captured(payments: Payments, row: PoolDeposit) -> dict[str, Any]:
    assert row.payment is not None
    try:
        await payments.capture(row.payment, key=_key(row, "capture"))
    except HoldExpired:
        # The hold ended before the clearing did: the saved method is charged instead.
        return {"state": DepositState.CHARGING, "payment": None}
    except PaymentStateForbids as error:
        # Somebody took it, or let it go, at the provider.
        if error.params["state"] not in (PaymentState.CAPTURED, PaymentState.REFUNDED):
            return {"state": DepositState.CHARGING, "payment": None}
    return {"state": DepositState.CAPTURED, "reason": None, "due_at": None}


async def _released(payments: Payments, row: PoolDeposit) -> dict[str, Any]:
    """Give back what was taken or held, and forget the method. What the provider has let go already stays so."""
    if row.payment is not None:
        payment = await payments.find_payment(row.payment)
        if payment.state in (PaymentState.CAPTURED, PaymentState.REFUNDED):
            # Given back at the provider already: then there is nothing left.
            with suppress(PaymentStateForbids):
                await payments.refund(row.payment, key=_key(row, "refund"))
        elif payment.state is PaymentState.HELD:
            with suppress(HoldExpired, PaymentStateForbids):
                await payments.release(row.payment, key=_key(row, "release"))
    if row.method is not None:
        with suppress(MethodUnknown):
            await payments.forget_method(row.method, payer=str(row.member_id), key=_key(row, "forget"))
    return {"state": DepositState.RELEASED, "token": None, "method": None}


def _cause(commitment_id: UUID) -> str:
    return f"{CAUSE}/{commitment_id}"
