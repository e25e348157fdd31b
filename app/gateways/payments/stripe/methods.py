"""Payers and their saved methods: one customer a payer, methods confirmed in the payer's browser."""

from collections.abc import Sequence
from typing import Any

from app.gateways.payments.checking import check_names
from app.gateways.payments.errors import DeclineReason, MethodUnknown, PaymentDeclined, PaymentRequestInvalid
from app.gateways.payments.model import HostedSaving, Method, MethodKind, Saving, given_at
from app.gateways.payments.stripe import reading
from app.gateways.payments.stripe.calling import Declined, Rejected, StripeCaller
from app.gateways.payments.stripe.declines import reason_of

MOST_KNOWN = 10_000

# What the checkout's page is called in our languages; in others it goes by the browser.
_SPOKEN = {
    "de": "de",
    "en": "en",
    "es": "es",
    "fr": "fr",
    "ja": "ja",
    "pt-BR": "pt-BR",
    "zh-Hans": "zh",
    "zh-Hant": "zh-TW",
}


class StripeMethods:
    """What is asked of Stripe about methods. Which customer is which payer never changes, and is remembered."""

    def __init__(self, caller: StripeCaller) -> None:
        self._caller = caller
        self._customers: dict[str, str] = {}
        self._payers: dict[str, str] = {}

    async def begin_saving(self, *, payer: str, kinds: Sequence[MethodKind], key: str) -> Saving:
        """A setup intent for the payer's browser."""
        check_names(payer=payer, key=key)
        types = [reading.TYPES[kind] for kind in kinds if kind is not MethodKind.BANK_TRANSFER]
        if not types:
            raise PaymentRequestInvalid(field="kinds")
        params = await self._setup(payer) | {"payment_method_types": types}
        made = await self._caller.ask(self._caller.v1.setup_intents.create_async(params, {"idempotency_key": key}))
        return Saving(made["id"], made["client_secret"])

    async def begin_hosted_saving(
        self, *, payer: str, kinds: Sequence[MethodKind], back_url: str, locale: str, key: str
    ) -> HostedSaving:
        """A checkout session that charges nothing."""
        check_names(payer=payer, key=key)
        types = [reading.TYPES[kind] for kind in kinds if kind is not MethodKind.BANK_TRANSFER]
        if not types:
            raise PaymentRequestInvalid(field="kinds")
        about = {"payer": payer}
        params: dict[str, Any] = {
            "mode": "setup",
            "customer": await self._customer_of(payer),
            "payment_method_types": types,
            "setup_intent_data": {"metadata": about},
            "metadata": about,
            "locale": _SPOKEN.get(locale, "auto"),
            "success_url": given_at(back_url, "{CHECKOUT_SESSION_ID}"),
            "cancel_url": back_url,
        }
        call = self._caller.v1.checkout.sessions.create_async(params, {"idempotency_key": key})
        try:
            made = await self._caller.ask(call)
        except Rejected as error:
            raise PaymentRequestInvalid(field=error.param or "kinds") from None
        return HostedSaving(made["id"], made["url"])

    async def save_method(self, *, payer: str, token: str, key: str) -> Method:
        """`token` is a setup intent that the browser has confirmed, the checkout session on whose page it was, or the payment
        method of a card that needs no more."""
        check_names(payer=payer, token=token, key=key)
        if token.startswith("cs_"):
            token = await self._given_in(token)
        params: dict[str, Any] = {"expand": ["payment_method"]}
        options = {"idempotency_key": key}
        setups = self._caller.v1.setup_intents
        if token.startswith("seti_"):
            customer = await self._customer_of(payer)
            call = setups.update_async(token, params | {"metadata": {"key": key}}, options)
        elif token.startswith("pm_"):
            params |= await self._setup(payer) | {"payment_method": token, "confirm": True}
            params["payment_method_types"] = ["card"]
            customer = params["customer"]
            call = setups.create_async(params, options)
        else:
            raise PaymentRequestInvalid(field="token")
        try:
            made = await self._caller.ask(call)
        except Declined as error:
            raise PaymentDeclined(reason=error.reason, reference=None) from None
        except Rejected:
            raise PaymentRequestInvalid(field="token") from None
        if reading.id_of(made["customer"]) != customer:
            raise PaymentRequestInvalid(field="token")
        if made["status"] != "succeeded":
            raise PaymentDeclined(reason=_why(made), reference=None)
        return reading.method_of(made["payment_method"], customer, payer)

    async def forget_method(self, method: str, *, payer: str, key: str) -> Method:
        """Detach it: Stripe lets it be used no more either."""
        check_names(method=method, payer=payer, key=key)
        customer, pm, _ = reading.parts_of(method)
        if await self._payer_of(customer) != payer:
            raise MethodUnknown(reference=method)
        try:
            found = await self._caller.ask(
                self._caller.v1.payment_methods.detach_async(pm, {}, {"idempotency_key": key})
            )
        except Rejected:
            raise MethodUnknown(reference=method) from None
        return reading.method_of(found, customer, payer)

    async def find_method(self, reference: str) -> Method:
        """Read a method; one that was forgotten is found too."""
        check_names(reference=reference)
        customer, pm, _ = reading.parts_of(reference)
        payer = await self._payer_of(customer)
        try:
            found = await self._caller.ask(self._caller.v1.payment_methods.retrieve_async(pm))
        except Rejected:
            raise MethodUnknown(reference=reference) from None
        if payer is None or found["customer"] not in (customer, None):
            raise MethodUnknown(reference=reference)
        return reading.method_of(found, customer, payer)

    async def _given_in(self, session: str) -> str:
        """The setup intent of a checkout session. Whose it is, and whether it was confirmed, stands in the intent."""
        try:
            found = await self._caller.ask(self._caller.v1.checkout.sessions.retrieve_async(session))
        except Rejected:
            raise PaymentRequestInvalid(field="token") from None
        if not (intent := reading.id_of(found["setup_intent"])):
            raise PaymentRequestInvalid(field="token")
        return intent

    async def _is_usable(self, customer: str, pm: str) -> bool:
        try:
            found = await self._caller.ask(self._caller.v1.payment_methods.retrieve_async(pm))
        except Rejected:
            return False
        return bool(found["customer"] == customer)

    async def _setup(self, payer: str) -> dict[str, Any]:
        customer = await self._customer_of(payer)
        return {"customer": customer, "usage": "off_session", "metadata": {"payer": payer}}

    async def _customer_of(self, payer: str) -> str:
        """The payer's customer, made when there is none. While the index does not know a new one yet, its key is remembered."""
        if payer not in self._customers:
            query = f'metadata["payer"]:"{payer}"'
            found = await self._caller.ask(self._caller.v1.customers.search_async({"query": query, "limit": 1}))
            if found["data"]:
                customer = found["data"][0]["id"]
            else:
                options = {"idempotency_key": f"payer/{payer}"}
                params = {"metadata": {"payer": payer}}
                customer = (await self._caller.ask(self._caller.v1.customers.create_async(params, options)))["id"]
            self._remember(customer, payer)
        return self._customers[payer]

    async def _payer_of(self, customer: str) -> str | None:
        if customer not in self._payers:
            try:
                found = await self._caller.ask(self._caller.v1.customers.retrieve_async(customer))
            except Rejected:
                return None
            payer = (found.get("metadata") or {}).get("payer")
            if payer is None:
                return None
            self._remember(customer, payer)
        return self._payers[customer]

    def _remember(self, customer: str, payer: str) -> None:
        if len(self._payers) >= MOST_KNOWN:
            self._payers.clear()
            self._customers.clear()
        self._payers[customer] = payer
        self._customers.setdefault(payer, customer)


def _why(setup: dict[str, Any]) -> DeclineReason:
    """Why a setup intent saved nothing: the method was declined, or the payer has not confirmed."""
    error = setup.get("last_setup_error")
    if not error:
        return DeclineReason.AUTHENTICATION_REQUIRED
    return reason_of(error.get("decline_code"), error.get("code"))
