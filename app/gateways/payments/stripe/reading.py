"""Stripe's objects in our words. Pure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from app.gateways.payments.errors import DeclineReason, MethodUnknown
from app.gateways.payments.model import (
    Amount,
    BankAccount,
    BankTransfer,
    Method,
    MethodKind,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)
from app.gateways.payments.stripe.declines import reason_of

Object = Mapping[str, Any]

KINDS = {
    "card": MethodKind.CARD,
    "sepa_debit": MethodKind.BANK_DEBIT,
    "customer_balance": MethodKind.BANK_TRANSFER,
}
TYPES = {kind: type_ for type_, kind in KINDS.items()}
_SEPARATOR = "/"


def moment(seconds: int) -> datetime:
    """Seconds since 1970 as a time."""
    return datetime.fromtimestamp(seconds, UTC)


def amount_of(thing: Object) -> Amount:
    """Stripe counts in minor units too, and writes currencies small."""
    return Amount(thing["amount"], thing["currency"].upper())


def id_of(thing: Any) -> str:
    """The id of what may be expanded or not."""
    return str(thing["id"] if isinstance(thing, dict) else thing or "")


def reference_of(customer: str, method: str, type_: str) -> str:
    """How we name a method: whose it is and of which type stand in it, so that both are known without asking."""
    return _SEPARATOR.join((customer, method, type_))


def parts_of(reference: str) -> tuple[str, str, str]:
    """(customer, payment method, type). Raises `MethodUnknown`."""
    parts = reference.split(_SEPARATOR)
    if len(parts) != 3 or not parts[0].startswith("cus_") or not parts[1].startswith("pm_") or parts[2] not in KINDS:
        raise MethodUnknown(reference=reference)
    return parts[0], parts[1], parts[2]


def method_of(found: Object, customer: str, payer: str) -> Method:
    """A payment method as far as it may be shown."""
    type_ = found["type"]
    about = found.get(type_) or {}
    expires_on = None
    if about.get("exp_year"):
        after = about["exp_year"] * 12 + about["exp_month"]
        expires_on = date.fromordinal(date(after // 12, after % 12 + 1, 1).toordinal() - 1)
    return Method(
        reference_of(customer, found["id"], type_),
        payer,
        KINDS.get(type_, MethodKind.CARD),
        "SEPA" if type_ == "sepa_debit" else str(about.get("brand") or type_).replace("_", " ").title(),
        str(about.get("last4") or ""),
        can_hold=type_ == "card",
        expires_on=expires_on,
        forgotten=found.get("customer") is None,
    )


def payment_of(intent: Object) -> Payment:
    """A payment intent with its latest charge and that one's refunds expanded."""
    about, charge = intent["metadata"], intent.get("latest_charge") or {}
    refunded = refunded_minor(charge)
    state = _state(intent, refunded)
    taken = intent["amount_received"] if state in (PaymentState.CAPTURED, PaymentState.REFUNDED) else 0
    let_go = intent["amount"] - taken if state not in _PENDING else 0
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    until = card.get("capture_before")
    return Payment(
        intent["id"],
        about.get("payer", ""),
        about.get("method", ""),
        about.get("cause", ""),
        state,
        amount_of(intent),
        captured_minor=taken,
        released_minor=0 if state is PaymentState.DECLINED else let_go,
        refunded_minor=refunded if taken else 0,
        made_at=moment(intent["created"]),
        held_until=moment(until) if until else None,
        decline=decline_of(intent) if state is PaymentState.DECLINED else None,
    )


_PENDING = (PaymentState.HELD, PaymentState.PROCESSING)


def _state(intent: Object, refunded: int) -> PaymentState:
    status, waits = intent["status"], intent["payment_method_types"] == ["customer_balance"]
    if status == "requires_capture":
        return PaymentState.HELD
    if status == "processing" or (waits and status == "requires_action"):
        return PaymentState.PROCESSING
    if status == "succeeded":
        return PaymentState.REFUNDED if refunded >= intent["amount_received"] > 0 else PaymentState.CAPTURED
    if status == "canceled" and not intent.get("last_payment_error"):
        # Not asked for by anybody: the hold has ended.
        ended = intent.get("cancellation_reason") in ("automatic", "expired")
        return PaymentState.EXPIRED if ended else PaymentState.RELEASED
    return PaymentState.DECLINED


def decline_of(intent: Object) -> DeclineReason:
    """Why a payment intent was not paid; one that waits for the payer needs his confirmation."""
    error = intent.get("last_payment_error") or {}
    if intent["status"] == "requires_action":
        return DeclineReason.AUTHENTICATION_REQUIRED
    return reason_of(error.get("decline_code"), error.get("code"))


def refunded_minor(charge: Object) -> int:
    """What was given back of what was taken. What was held and let go stands among the refunds as well, but moved no money."""
    refunds = (charge.get("refunds") or {}).get("data", [])
    return sum(one["amount"] for one in refunds if moved_money(one))


def moved_money(refund: Object) -> bool:
    """Whether a refund gives back what was taken, now or soon."""
    if refund["status"] in ("failed", "canceled"):
        return False
    return refund["status"] != "succeeded" or refund.get("balance_transaction") is not None


_REFUND_STATES = {"succeeded": RefundState.DONE, "failed": RefundState.FAILED, "canceled": RefundState.FAILED}


def refund_of(refund: Object) -> Refund:
    """A refund."""
    state = _REFUND_STATES.get(refund["status"], RefundState.PROCESSING)
    made_at = moment(refund["created"])
    return Refund(refund["id"], id_of(refund["payment_intent"]), amount_of(refund), state, made_at)


# By type of address: (the account's number, what names its bank).
_NUMBERS = {
    "iban": ("iban", "bic"),
    "sort_code": ("account_number", "sort_code"),
    "aba": ("account_number", "routing_number"),
    "swift": ("account_number", "swift_code"),
    "spei": ("clabe", "bank_code"),
    "zengin": ("account_number", "bank_code"),
}


def bank_transfer_of(intent: Object) -> BankTransfer:
    """What the payer has to tell his bank."""
    told = (intent.get("next_action") or {}).get("display_bank_transfer_instructions") or {}
    accounts = []
    for address in told.get("financial_addresses") or []:
        number, bank = _NUMBERS.get(address["type"], ("", ""))
        about = address.get(address["type"]) or {}
        country = str(about.get("country") or (about.get("bank_address") or {}).get("country") or "")
        holder = str(about.get("account_holder_name") or "")
        accounts.append(
            BankAccount(address["type"], holder, str(about.get(number) or ""), str(about.get(bank) or ""), country)
        )
    return BankTransfer(
        payment_of(intent), tuple(accounts), str(told.get("reference") or ""), told.get("hosted_instructions_url")
    )
