"""What becomes of a payment after it was made: captured, released, refunded, read."""

from typing import Any

from app.gateways.payments.checking import check_names, check_payable
from app.gateways.payments.errors import (
    AmountExceeded,
    CurrencyDiffers,
    HoldExpired,
    PaymentDeclined,
    PaymentKeyReused,
    PaymentRefused,
    PaymentStateForbids,
    PaymentUnknown,
)
from app.gateways.payments.model import Amount, Payment, PaymentState, Refund
from app.gateways.payments.stripe import reading
from app.gateways.payments.stripe.calling import Declined, Rejected, StripeCaller

_WHOLE = {"expand": ["latest_charge.refunds"]}


class StripeMoves:
    """What is asked of Stripe about payments that there are."""

    def __init__(self, caller: StripeCaller) -> None:
        self._caller = caller

    async def capture(self, payment: str, amount: Amount | None = None, *, key: str) -> Payment:
        """Take what is held, or a part: once, the rest is let go."""
        params: dict[str, Any] = {"metadata": {"capture_key": key}, **_WHOLE}
        if amount is not None:
            check_payable(amount)
            params["amount_to_capture"] = amount.minor
        check_names(payment=payment, key=key)
        if amount is not None:
            # Stripe is told no currency when money is captured.
            _check_currency(reading.payment_of(await self._intent_of(payment)), amount)
        call = self._caller.v1.payment_intents.capture_async(payment, params, {"idempotency_key": key})
        try:
            made = await self._caller.ask(call)
        except Declined as error:
            raise PaymentDeclined(reason=error.reason, reference=payment) from None
        except Rejected:
            intent = await self._intent_of(payment)
            now = reading.payment_of(intent)
            if intent["metadata"].get("capture_key") == key and now.captured_minor:
                if amount is not None and amount.minor != now.captured_minor:
                    raise PaymentKeyReused() from None
                return now
            if now.state is PaymentState.DECLINED and intent["metadata"].get("capture_key") == key:
                raise PaymentDeclined(reason=now.decline, reference=payment) from None
            raise _why_not_held(now) from None
        return await self._payment_of(made)

    async def release(self, payment: str, *, key: str) -> Payment:
        """Cancel the hold."""
        check_names(payment=payment, key=key)
        params = {"cancellation_reason": "requested_by_customer", **_WHOLE}
        before = reading.payment_of(await self._intent_of(payment))
        # Stripe lets what was declined be cancelled as well.
        if before.state is PaymentState.DECLINED:
            raise PaymentStateForbids(reference=payment, state=before.state)
        call = self._caller.v1.payment_intents.cancel_async(payment, params, {"idempotency_key": key})
        try:
            made = await self._caller.ask(call)
        except Rejected:
            raise _why_not_held(reading.payment_of(await self._intent_of(payment))) from None
        return await self._payment_of(made)

    async def refund(self, payment: str, amount: Amount | None = None, *, key: str) -> Refund:
        """Give back what was taken, or a part."""
        if amount is not None:
            check_payable(amount)
        check_names(payment=payment, key=key)
        intent = await self._intent_of(payment)
        now = reading.payment_of(intent)
        for one in _refunds(intent):
            if (one.get("metadata") or {}).get("key") == key:
                return _same(one, amount)
        if amount is not None:
            _check_currency(now, amount)
        params: dict[str, Any] = {"payment_intent": payment, "metadata": {"key": key}}
        if amount is not None:
            params["amount"] = amount.minor
        try:
            made = await self._caller.ask(self._caller.v1.refunds.create_async(params, {"idempotency_key": key}))
        except Rejected:
            now = reading.payment_of(await self._intent_of(payment))
            left = now.captured_minor - now.refunded_minor
            if now.state is PaymentState.CAPTURED and amount is not None and amount.minor > left:
                raise AmountExceeded(reference=payment, most_minor=left) from None
            raise PaymentStateForbids(reference=payment, state=now.state) from None
        return reading.refund_of(made)

    async def find_payment(self, reference: str) -> Payment:
        """Read a payment."""
        check_names(reference=reference)
        return reading.payment_of(await self._intent_of(reference))

    async def find_refund(self, reference: str) -> Refund:
        """Read a refund."""
        check_names(reference=reference)
        try:
            return reading.refund_of(await self._caller.ask(self._caller.v1.refunds.retrieve_async(reference)))
        except Rejected:
            raise PaymentUnknown(reference=reference) from None

    async def _intent_of(self, reference: str) -> dict[str, Any]:
        """A payment intent with all refunds of its charge. Raises `PaymentUnknown`."""
        try:
            intent = await self._caller.ask(self._caller.v1.payment_intents.retrieve_async(reference, dict(_WHOLE)))
        except Rejected:
            raise PaymentUnknown(reference=reference) from None
        return await self._with_all_refunds(intent)

    async def _payment_of(self, intent: dict[str, Any]) -> Payment:
        return reading.payment_of(await self._with_all_refunds(intent))

    async def _with_all_refunds(self, intent: dict[str, Any]) -> dict[str, Any]:
        """An object shows ten refunds; of more the others are read too."""
        page = (intent.get("latest_charge") or {}).get("refunds")
        while page and page["has_more"]:
            params = {"payment_intent": intent["id"], "limit": 100, "starting_after": page["data"][-1]["id"]}
            more = await self._caller.ask(self._caller.v1.refunds.list_async(params))
            page["data"] += more["data"]
            page["has_more"] = more["has_more"]
        return intent


def _check_currency(payment: Payment, amount: Amount) -> None:
    if amount.currency != payment.amount.currency:
        raise CurrencyDiffers(reference=payment.reference, currency=payment.amount.currency)


def _refunds(intent: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ((intent.get("latest_charge") or {}).get("refunds") or {}).get("data", [])
    return found


def _same(found: dict[str, Any], amount: Amount | None) -> Refund:
    refund = reading.refund_of(found)
    if amount is not None and amount != refund.amount:
        raise PaymentKeyReused()
    return refund


def _why_not_held(now: Payment) -> PaymentRefused:
    if now.state is PaymentState.EXPIRED:
        until = now.held_until.isoformat() if now.held_until else None
        return HoldExpired(reference=now.reference, held_until=until)
    if now.state is PaymentState.HELD:
        return AmountExceeded(reference=now.reference, most_minor=now.amount.minor)
    return PaymentStateForbids(reference=now.reference, state=now.state)
