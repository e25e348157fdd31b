"""Suppliers at Stripe: connected accounts, transfers of what was charged separately, their reversals, payouts and disputes."""

from typing import Any

from app.gateways.payments.checking import check_amount, check_names
from app.gateways.payments.errors import (
    AccountNotReady,
    AccountUnknown,
    AmountExceeded,
    BalanceTooLow,
    CurrencyDiffers,
    DisputeUnknown,
    PaymentKeyReused,
    PaymentRequestInvalid,
    PaymentStateForbids,
    PaymentUnknown,
    TransferUnknown,
)
from app.gateways.payments.model import Amount
from app.gateways.payments.stripe import reading
from app.gateways.payments.stripe.calling import Rejected, StripeCaller
from app.gateways.payments.suppliers import (
    Account,
    AccountState,
    Dispute,
    DisputeState,
    Onboarding,
    Payout,
    PayoutState,
    Reversal,
    Transfer,
)

MOST = 100
# The house answers for losses and pays the fees; Stripe asks suppliers who they are and shows them their payouts.
_CONTROLLER = {
    "fees": {"payer": "application"},
    "losses": {"payments": "application"},
    "requirement_collection": "stripe",
    "stripe_dashboard": {"type": "express"},
}


class StripeSuppliers:
    """What is asked of Stripe about those who are paid."""

    def __init__(self, caller: StripeCaller) -> None:
        self._caller = caller

    async def open_account(self, *, supplier: str, country: str, key: str) -> Account:
        """A connected account that can be sent transfers, once it is known whose it is."""
        check_names(supplier=supplier, country=country, key=key)
        params = {
            "country": country,
            "controller": _CONTROLLER,
            "capabilities": {"transfers": {"requested": True}},
            "metadata": {"supplier": supplier, "key": key},
        }
        try:
            made = await self._caller.ask(self._caller.v1.accounts.create_async(params, {"idempotency_key": key}))
        except Rejected as error:
            raise PaymentRequestInvalid(field=error.param or "country") from None
        return _account_of(made)

    async def onboarding(self, account: str, *, return_url: str, again_url: str) -> Onboarding:
        """A link that Stripe opens once. It changes nothing, so it has no key: each asking gets another."""
        check_names(account=account)
        params = {
            "account": account,
            "type": "account_onboarding",
            "return_url": return_url,
            "refresh_url": again_url,
            "collection_options": {"fields": "eventually_due"},
        }
        try:
            made = await self._caller.ask(self._caller.v1.account_links.create_async(params))
        except Rejected as error:
            if error.is_unknown:
                raise AccountUnknown(reference=account) from None
            raise PaymentRequestInvalid(field=error.param or "return_url") from None
        return Onboarding(made["url"], reading.moment(made["expires_at"]))

    async def find_account(self, reference: str) -> Account:
        """Read an account."""
        check_names(reference=reference)
        try:
            return _account_of(await self._caller.ask(self._caller.v1.accounts.retrieve_async(reference)))
        except Rejected:
            raise AccountUnknown(reference=reference) from None

    async def transfer(self, amount: Amount, *, account: str, payment: str, key: str) -> Transfer:
        """Send a share of a payment on. It is tied to the payment's charge: Stripe sends it once that money is there."""
        check_amount(amount)
        check_names(account=account, payment=payment, key=key)
        intent = await self._charged(payment, amount)
        sent = await self._transfers_of(intent["transfer_group"])
        for one in sent:
            if one["metadata"].get("key") == key:
                found = transfer_of(one)
                if (found.amount, found.account, found.payment) != (amount, account, payment):
                    raise PaymentKeyReused()
                return found
        params = {
            "amount": amount.minor,
            "currency": amount.currency.lower(),
            "destination": account,
            "source_transaction": reading.id_of(intent["latest_charge"]),
            "metadata": {"payment": payment, "cause": intent["metadata"].get("cause", ""), "key": key},
        }
        try:
            made = await self._caller.ask(self._caller.v1.transfers.create_async(params, {"idempotency_key": key}))
        except Rejected as error:
            code, unknown = error.told, error.is_unknown
        else:
            return transfer_of(made)
        if unknown:
            raise AccountUnknown(reference=account)
        if code == "insufficient_capabilities_for_transfer":
            raise AccountNotReady(reference=account)
        of_this = [one for one in sent if one["metadata"].get("payment") == payment]
        left = intent["amount_received"] - sum(one["amount"] - one["amount_reversed"] for one in of_this)
        if amount.minor > left:
            raise AmountExceeded(reference=payment, most_minor=left)
        raise BalanceTooLow(reference=payment)

    async def reverse(self, transfer: str, amount: Amount | None = None, *, key: str) -> Reversal:
        """Take a transfer back, or a part."""
        if amount is not None:
            check_amount(amount)
        check_names(transfer=transfer, key=key)
        whole = await self._whole_transfer(transfer)
        for one in whole["reversals"]["data"]:
            if (one.get("metadata") or {}).get("key") == key:
                found = reversal_of(one)
                if amount is not None and amount != found.amount:
                    raise PaymentKeyReused()
                return found
        if amount is not None and amount.currency != whole["currency"].upper():
            raise CurrencyDiffers(reference=transfer, currency=whole["currency"].upper())
        params: dict[str, Any] = {"metadata": {"key": key}}
        if amount is not None:
            params["amount"] = amount.minor
        call = self._caller.v1.transfers.reversals.create_async(transfer, params, {"idempotency_key": key})
        try:
            return reversal_of(await self._caller.ask(call))
        except Rejected:
            now = await self._whole_transfer(transfer)
        left = now["amount"] - now["amount_reversed"]
        if not left or (amount is not None and amount.minor > left):
            raise AmountExceeded(reference=transfer, most_minor=left)
        raise BalanceTooLow(reference=transfer)

    async def find_transfer(self, reference: str) -> Transfer:
        """Read a transfer."""
        check_names(reference=reference)
        return transfer_of(await self._whole_transfer(reference))

    async def payouts_of(self, account: str, *, most: int = 20) -> list[Payout]:
        """Read what Stripe has paid out of a connected account."""
        check_names(account=account)
        call = self._caller.v1.payouts.list_async({"limit": min(most, MOST)}, {"stripe_account": account})
        try:
            found = await self._caller.ask(call)
        except Rejected:
            raise AccountUnknown(reference=account) from None
        return [_payout_of(one, account) for one in found["data"]]

    async def find_dispute(self, reference: str) -> Dispute:
        """Read a dispute."""
        check_names(reference=reference)
        try:
            return _dispute_of(await self._caller.ask(self._caller.v1.disputes.retrieve_async(reference)))
        except Rejected:
            raise DisputeUnknown(reference=reference) from None

    async def _charged(self, payment: str, amount: Amount) -> dict[str, Any]:
        """The payment intent, when money was taken in the currency."""
        try:
            params = {"expand": ["latest_charge.refunds"]}
            intent = await self._caller.ask(self._caller.v1.payment_intents.retrieve_async(payment, params))
        except Rejected:
            raise PaymentUnknown(reference=payment) from None
        now = reading.payment_of(intent)
        if not now.captured_minor:
            raise PaymentStateForbids(reference=payment, state=now.state)
        if now.amount.currency != amount.currency:
            raise CurrencyDiffers(reference=payment, currency=now.amount.currency)
        return intent

    async def _transfers_of(self, group: str | None) -> list[dict[str, Any]]:
        """All transfers of a group: a list, which never lags as a search does."""
        found: list[dict[str, Any]] = []
        if group is None:
            return found
        params: dict[str, Any] = {"transfer_group": group, "limit": MOST}
        while True:
            page = await self._caller.ask(self._caller.v1.transfers.list_async(dict(params)))
            found += page["data"]
            if not page["has_more"]:
                return found
            params["starting_after"] = found[-1]["id"]

    async def _whole_transfer(self, reference: str) -> dict[str, Any]:
        """A transfer with all its reversals."""
        try:
            found = await self._caller.ask(self._caller.v1.transfers.retrieve_async(reference))
        except Rejected:
            raise TransferUnknown(reference=reference) from None
        page = found["reversals"]
        while page["has_more"]:
            params = {"limit": MOST, "starting_after": page["data"][-1]["id"]}
            more = await self._caller.ask(self._caller.v1.transfers.reversals.list_async(reference, params))
            page["data"] += more["data"]
            page["has_more"] = more["has_more"]
        return found


def _account_of(found: dict[str, Any]) -> Account:
    wanted = found.get("requirements") or {}
    due = tuple(sorted({*(wanted.get("currently_due") or []), *(wanted.get("past_due") or [])}))
    if (found.get("capabilities") or {}).get("transfers") == "active":
        state = AccountState.READY
    elif not found.get("details_submitted"):
        state = AccountState.NEW
    elif wanted.get("pending_verification") and not due:
        state = AccountState.CHECKED
    else:
        state = AccountState.RESTRICTED
    about = found.get("metadata") or {}
    pays_out = bool(found.get("payouts_enabled"))
    return Account(found["id"], about.get("supplier", ""), found.get("country") or "", state, pays_out, due)


def transfer_of(found: dict[str, Any]) -> Transfer:
    """A transfer."""
    about = found["metadata"]
    return Transfer(
        found["id"],
        reading.id_of(found["destination"]),
        about.get("payment", ""),
        about.get("cause", ""),
        reading.amount_of(found),
        found["amount_reversed"],
        reading.moment(found["created"]),
    )


def reversal_of(found: dict[str, Any]) -> Reversal:
    """A reversal of one."""
    transfer = reading.id_of(found["transfer"])
    return Reversal(found["id"], transfer, reading.amount_of(found), reading.moment(found["created"]))


_PAYOUTS = {"paid": PayoutState.DONE, "failed": PayoutState.FAILED, "canceled": PayoutState.FAILED}


def _payout_of(found: dict[str, Any], account: str) -> Payout:
    state = _PAYOUTS.get(found["status"], PayoutState.PROCESSING)
    arrives_on, made_at = reading.moment(found["arrival_date"]).date(), reading.moment(found["created"])
    return Payout(found["id"], account, reading.amount_of(found), state, arrives_on, made_at)


_DISPUTES = {
    "won": DisputeState.WON,
    "prevented": DisputeState.WON,
    "warning_closed": DisputeState.WON,
    "lost": DisputeState.LOST,
    "needs_response": DisputeState.TO_ANSWER,
    "warning_needs_response": DisputeState.TO_ANSWER,
}


def _dispute_of(found: dict[str, Any]) -> Dispute:
    due_by = (found.get("evidence_details") or {}).get("due_by")
    return Dispute(
        found["id"],
        reading.id_of(found.get("payment_intent")),
        reading.amount_of(found),
        _DISPUTES.get(found["status"], DisputeState.LOOKED_AT),
        found["reason"],
        reading.moment(due_by) if due_by else None,
        reading.moment(found["created"]),
    )
