"""Payments by Stripe: holds, charges, captures, releases and refunds, one payment intent a payment.

Stripe remembers a key for a day at least. What was made under a key longer ago is found by the key in its metadata, so that a
call that is made again after days has no second effect: the index of the search lags by a minute, no more.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from pydantic import SecretStr

from app.gateways.payments.checking import check_names, check_payable
from app.gateways.payments.errors import (
    DeclineReason,
    MethodCannotHold,
    MethodUnknown,
    PaymentDeclined,
    PaymentKeyReused,
    PaymentRequestInvalid,
    PaymentUnavailable,
)
from app.gateways.payments.model import (
    Amount,
    BankTransfer,
    Operation,
    Outcome,
    Payment,
    PaymentState,
)
from app.gateways.payments.stripe import reading
from app.gateways.payments.stripe.calling import API_BASE, Declined, Rejected, StripeCaller
from app.gateways.payments.stripe.listing import StripeLists
from app.gateways.payments.stripe.methods import StripeMethods
from app.gateways.payments.stripe.suppliers import StripeSuppliers
from app.kit.clock import Clock
from app.kit.outside import calls_out

HOLD_LIVES = timedelta(days=4, hours=18)
"""Visa's window for payments that the payer does not start himself, the shortest of all; of most cards it is seven days.
Source: docs.stripe.com/payments/place-a-hold-on-a-payment-method."""

KEPT = timedelta(hours=23)
"""For how long a key is relied upon; Stripe keeps it for 24 hours at least."""

TIMEOUT_S = 30.0
CONNECT_TIMEOUT_S = 5.0

# By currency: where Stripe has accounts that payers' banks can send money to.
_BANKS = {
    "EUR": "eu_bank_transfer",
    "GBP": "gb_bank_transfer",
    "JPY": "jp_bank_transfer",
    "MXN": "mx_bank_transfer",
    "USD": "us_bank_transfer",
}


@calls_out
class StripePayments(StripeMethods, StripeLists, StripeSuppliers):
    """`Payments`, `SupplierPayments` and `ProviderLists`. Close it with `aclose`."""

    hold_lives = HOLD_LIVES

    def __init__(
        self,
        secret_key: SecretStr,
        *,
        api_base: str = API_BASE,
        timeout_s: float = TIMEOUT_S,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        clock: Clock | None = None,
    ) -> None:
        """`timeout_s` bounds each step of a call; what is not answered by then is unknown, not failed."""
        caller = StripeCaller(secret_key, api_base=api_base, timeout_s=timeout_s, connect_timeout_s=connect_timeout_s)
        super().__init__(caller)
        self._clock = clock or Clock()

    async def hold(self, amount: Amount, *, payer: str, method: str, cause: str, key: str) -> Payment:
        """Reserve money; `held_until` is what the card's network grants."""
        return await self._pay(Operation.HOLD, amount, payer=payer, method=method, cause=cause, key=key)

    async def charge(self, amount: Amount, *, payer: str, method: str, cause: str, key: str) -> Payment:
        """Take money at once, or begin to."""
        return await self._pay(Operation.CHARGE, amount, payer=payer, method=method, cause=cause, key=key)

    async def expect_transfer(self, amount: Amount, *, payer: str, country: str, cause: str, key: str) -> BankTransfer:
        """An account for the payer's bank to send the money to."""
        check_payable(amount)
        check_names(payer=payer, country=country, cause=cause, key=key)
        kind = _BANKS.get(amount.currency)
        if kind is None:
            raise PaymentRequestInvalid(field="currency")
        about = _about(Operation.EXPECT_TRANSFER, amount, payer=payer, method=country, cause=cause, key=key)
        customer = await self._customer_of(payer)
        if old := await self._made_long_ago(key, about):
            return reading.bank_transfer_of(old)
        bank: dict[str, Any] = {"type": kind}
        if kind == "eu_bank_transfer":
            bank[kind] = {"country": country}
        params = self._intent(amount, customer, about | {"method": ""}) | {
            "payment_method_types": ["customer_balance"],
            "payment_method_data": {"type": "customer_balance"},
            "payment_method_options": {"customer_balance": {"funding_type": "bank_transfer", "bank_transfer": bank}},
        }
        try:
            made = await self._caller.ask(
                self._caller.v1.payment_intents.create_async(params, {"idempotency_key": key})
            )
        except Rejected as error:
            raise PaymentRequestInvalid(field=error.param or "country") from None
        return reading.bank_transfer_of(made)

    async def outcome_of(self, key: str, *, payer: str) -> Outcome | None:
        """Look for a payment that was made under the key: the index lags, and knows no other calls."""
        check_names(key=key, payer=payer)
        intent = await self._made(key)
        if intent is None or intent["metadata"].get("payer") != payer:
            return None
        payment = reading.payment_of(intent)
        refusal = None
        if payment.state is PaymentState.DECLINED:
            refusal = PaymentDeclined(reason=payment.decline, reference=payment.reference)
        operation = Operation(intent["metadata"]["operation"])
        return Outcome(operation, payment.made_at, payment, refusal)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._caller.aclose()

    async def _pay(
        self, operation: Operation, amount: Amount, *, payer: str, method: str, cause: str, key: str
    ) -> Payment:
        check_payable(amount)
        check_names(payer=payer, method=method, cause=cause, key=key)
        customer, pm, type_ = reading.parts_of(method)
        if await self._payer_of(customer) != payer:
            raise MethodUnknown(reference=method)
        if operation is Operation.HOLD and type_ != "card":
            raise MethodCannotHold(kind=reading.KINDS[type_])
        about = _about(operation, amount, payer=payer, method=method, cause=cause, key=key)
        if old := await self._made_long_ago(key, about):
            return _answer(old)
        params = self._intent(amount, customer, about) | {
            "payment_method": pm,
            "payment_method_types": [type_],
            "off_session": True,
        }
        if operation is Operation.HOLD:
            params["capture_method"] = "manual"
        try:
            made = await self._caller.ask(
                self._caller.v1.payment_intents.create_async(params, {"idempotency_key": key})
            )
        except Declined as error:
            declined: tuple[DeclineReason, str | None] = (error.reason, error.payment)
        except Rejected as error:
            if not await self._is_usable(customer, pm):
                raise MethodUnknown(reference=method) from None
            raise PaymentRequestInvalid(field=error.param or "amount") from None
        else:
            if made["status"] != "requires_action":
                return _answer(made)
            declined = (DeclineReason.AUTHENTICATION_REQUIRED, made["id"])
        await self._give_up(declined[1], key)
        raise PaymentDeclined(reason=declined[0], reference=declined[1])

    @staticmethod
    def _intent(amount: Amount, customer: str, about: dict[str, str]) -> dict[str, Any]:
        """What all payment intents have: made and confirmed in one call; the cause ties transfers of the payment together."""
        return {
            "amount": amount.minor,
            "currency": amount.currency.lower(),
            "customer": customer,
            "confirm": True,
            "transfer_group": about["cause"],
            "metadata": about,
            "expand": ["latest_charge.refunds"],
        }

    async def _give_up(self, intent: str | None, key: str) -> None:
        """Nobody shall confirm a declined payment later. What goes wrong here leaves it open, but unpaid."""
        if intent is None:
            return
        params = {"cancellation_reason": "abandoned"}
        options = {"idempotency_key": f"{key}/give-up"}
        with suppress(PaymentUnavailable, Rejected):
            await self._caller.ask(self._caller.v1.payment_intents.cancel_async(intent, params, options))

    async def _made(self, key: str) -> dict[str, Any] | None:
        query = f'metadata["key"]:"{key}"'
        params = {"query": query, "limit": 1, "expand": ["data.latest_charge.refunds"]}
        found = await self._caller.ask(self._caller.v1.payment_intents.search_async(params))
        rows: list[dict[str, Any]] = found["data"]
        return rows[0] if rows else None

    async def _made_long_ago(self, key: str, about: dict[str, str]) -> dict[str, Any] | None:
        """What was made under a key that Stripe may have forgotten. Raises `PaymentKeyReused` when it was something else."""
        intent = await self._made(key)
        if intent is None or self._now() - reading.moment(intent["created"]) < KEPT:
            return None
        if intent["metadata"].get("request") != about["request"]:
            raise PaymentKeyReused()
        return intent

    def _now(self) -> datetime:
        return self._clock.now()


def _about(operation: Operation, amount: Amount, **names: str) -> dict[str, str]:
    """What stands beside a payment at Stripe; `request` tells one call from another under the same key."""
    request = sha256(repr((str(operation), amount.minor, amount.currency, sorted(names.items()))).encode()).hexdigest()
    return {**names, "operation": str(operation), "request": request}


def _answer(intent: dict[str, Any]) -> Payment:
    payment = reading.payment_of(intent)
    if payment.state is PaymentState.DECLINED:
        raise PaymentDeclined(reason=payment.decline, reference=payment.reference)
    return payment
