"""Payment providers for tests that every provider passes: the local one, and Stripe's gateway on the test server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import httpx
from pydantic import SecretStr

from app.demo.provider import API_KEY, StripeServer, intents, money
from app.gateways.payments import (
    Amount,
    LocalPayments,
    MethodKind,
    Payment,
    Payments,
    ProviderLists,
    StripePayments,
    SupplierPayments,
)
from app.kit.clock import Clock
from app.kit.ids import new_id
from tests.rooms.gateways.paying import CAUSE, PAYER, SUM

TIMEOUT_S = 10.0

# What a method does → its token at the local provider, its token at Stripe.
TOKENS = {
    "visa": ("tok_visa", "pm_card_visa"),
    "mastercard": ("tok_mastercard", "pm_card_mastercard"),
    "not saved": ("tok_declined_when_saved", "pm_card_visa_chargeDeclined"),
    "generic": ("tok_declined", "pm_card_chargeCustomerFail"),
    "insufficient_funds": ("tok_declined_insufficient_funds", "pm_saved_insufficient_funds"),
    "expired_method": ("tok_declined_expired_method", "pm_saved_expired_card"),
    "authentication_required": ("tok_declined_authentication_required", "pm_card_authenticationRequired"),
    "limit_exceeded": ("tok_declined_limit_exceeded", "pm_saved_card_velocity_exceeded"),
    "blocked_method": ("tok_declined_blocked_method", "pm_saved_stolen_card"),
    "capture declined": ("tok_declined_at_capture", "pm_saved_captureDeclined"),
    "short": ("tok_short_hold", "pm_saved_short"),
    "debit": ("tok_sepa_debit", "pm_sepa_debit"),
    "debit fails": ("tok_sepa_debit_fails", "pm_sepa_debit_fails"),
}


class Provider(Payments, SupplierPayments, ProviderLists, Protocol):
    """All sides."""


class Stand:
    """A provider, a payer, and what happens without a call."""

    def __init__(self, payments: Provider, clock: Clock, server: StripeServer | None = None) -> None:
        self.payments = payments
        self.clock = clock
        self.server = server

    async def token(self, kind: str) -> str:
        """As the payer's browser hands one over."""
        local, stripe = TOKENS[kind]
        if self.server is None:
            return local
        if not kind.startswith("debit"):
            return stripe
        saving = await self.payments.begin_saving(payer=PAYER, kinds=[MethodKind.BANK_DEBIT], key=f"begin-{new_id()}")
        self.server.browser(saving.client_secret, stripe)
        return saving.reference

    async def given(self, url: str) -> str:
        """The payer opens the page that he was shown, and gives; where he is led from there."""
        if self.server is None:
            return url
        async with httpx.AsyncClient() as browser:
            answer = await browser.get(url)
        assert answer.status_code == 303
        return answer.headers["location"]

    async def method(self, kind: str = "visa") -> str:
        """Saved."""
        token = await self.token(kind)
        return (await self.payments.save_method(payer=PAYER, token=token, key=f"save-{new_id()}")).reference

    async def hold(self, kind: str = "visa", amount: Amount = SUM, key: str | None = None) -> Payment:
        """A sum held on a new method."""
        method = await self.method(kind)
        return await self.payments.hold(amount, payer=PAYER, method=method, cause=CAUSE, key=key or f"hold-{new_id()}")

    async def charge(self, kind: str = "visa", amount: Amount = SUM, key: str | None = None) -> Payment:
        """A sum charged to a new method."""
        method, key = await self.method(kind), key or f"charge-{new_id()}"
        return await self.payments.charge(amount, payer=PAYER, method=method, cause=CAUSE, key=key)

    def later(self, by: timedelta) -> None:
        """Time passes, here and there."""
        self.clock.offset += by
        if self.server is not None:
            self.server.move_clock(by.total_seconds())

    def onboarded(self, account: str) -> None:
        """The supplier has told who he is."""
        if self.server is not None:
            self.server.act(money.onboard, account)

    def funded(self, payment: str) -> None:
        """The payer's bank has sent the money."""
        if self.server is None:
            self.later(timedelta(days=6))
        else:
            self.server.act(intents.fund, payment)


def stripe_payments(
    server: StripeServer, clock: Clock | None = None, *, key: str = API_KEY, timeout_s: float = TIMEOUT_S
) -> StripePayments:
    """The gateway on the test server."""
    return StripePayments(SecretStr(key), api_base=server.url, timeout_s=timeout_s, clock=clock)


@asynccontextmanager
async def stand_at(name: str, folder: Path) -> AsyncIterator[Stand]:
    """A stand at the provider of that name."""
    clock = Clock()
    if name == "local":
        yield Stand(LocalPayments(folder, clock=clock), clock)
        return
    with StripeServer() as server:
        payments = stripe_payments(server, clock)
        try:
            yield Stand(payments, clock, server)
        finally:
            await payments.aclose()
