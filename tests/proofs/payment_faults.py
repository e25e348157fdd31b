"""`make prove POINT=payment-faults`: every call of the payment provider goes wrong once, in every way, in a story of holds,
charges, refunds, transfers and declines; whoever asks makes the call again with the same key, as jobs do.

Ways: the connection breaks before the call is done, or after; the answer comes too late; the provider is busy; it breaks down,
and says so for a day. Holds when every story ends, and then stands at the provider what was asked for: nothing twice or lost.

    python -m tests.proofs.payment_faults
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from app.demo.provider import StripeServer, intents, money
from app.gateways.payments import Amount, MethodKind, PaymentDeclined, PaymentState, PaymentUnavailable, StripePayments
from app.kit.clock import Clock
from tests.proofs.record import record
from tests.rooms.gateways.providers import TIMEOUT_S, stripe_payments

WAYS = ("before", "after", "late", "busy", "broken")
PAYER, CAUSE = "0199f3c2-5b1e-7d3a-9a55-0c8f6f1f2a10", "order/0199f3c2-77aa-7b10-8f00-3d1f8f1f2a11"
TRIES = 5
# After so many tries in vain the provider has forgotten the key.
PATIENCE = 2
Answer = TypeVar("Answer")
Pair = tuple[int, str]


class Story:
    """One story, told on a server of its own."""

    def __init__(self, server: StripeServer, payments: StripePayments, clock: Clock) -> None:
        self.server, self.payments, self.clock = server, payments, clock
        self.silences = 0

    async def insist(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Make a call until it is answered: at once, and then after more than a day."""
        for attempt in range(TRIES):
            try:
                return await call()
            except PaymentUnavailable:
                self.silences += 1
            if attempt >= PATIENCE:
                self.clock.offset += timedelta(hours=25)
                self.server.move_clock(25 * 3600)
        raise AssertionError("never answered")

    async def told(self) -> None:
        """From the first method saved to the last sum given back. What is answered is compared as it comes."""
        pay = self.payments
        saving = await self.insist(lambda: pay.begin_saving(payer=PAYER, kinds=[MethodKind.CARD], key="begin"))
        self.server.browser(saving.client_secret, "pm_card_visa")
        method = await self.insist(lambda: pay.save_method(payer=PAYER, token=saving.reference, key="save"))
        paying = {"payer": PAYER, "method": method.reference, "cause": CAUSE}
        given = {**paying, "method": await self._given_on_a_page()}
        held = await self.insist(lambda: pay.hold(Amount(1000, "EUR"), **paying, key="hold"))
        taken = await self.insist(lambda: pay.capture(held.reference, Amount(600, "EUR"), key="capture"))
        assert (taken.reference, taken.state, taken.captured_minor) == (held.reference, PaymentState.CAPTURED, 600)
        await self.insist(lambda: pay.refund(held.reference, Amount(100, "EUR"), key="refund"))
        charged = await self.insist(lambda: pay.charge(Amount(500, "EUR"), **given, key="charge"))
        assert charged.captured_minor == 500
        other = await self.insist(lambda: pay.hold(Amount(300, "EUR"), **paying, key="hold-other"))
        if other.state is PaymentState.HELD:
            await self._let_go(other.reference)
        await self._declined()
        account = await self.insist(lambda: pay.open_account(supplier="supplier", country="DE", key="open"))
        self.server.act(money.onboard, account.reference)
        share = {"account": account.reference, "payment": held.reference}
        sent = await self.insist(lambda: pay.transfer(Amount(400, "EUR"), **share, key="transfer"))
        await self.insist(lambda: pay.reverse(sent.reference, Amount(50, "EUR"), key="reverse"))
        await self.insist(
            lambda: pay.expect_transfer(Amount(700, "EUR"), payer=PAYER, country="DE", cause=CAUSE, key="await")
        )
        await self.insist(lambda: pay.refund(charged.reference, key="refund-all"))

    async def _given_on_a_page(self) -> str:
        """Another method of the payer's, given on the provider's own page."""
        about = {"payer": PAYER, "back_url": "https://market.example/back", "locale": "de"}
        page = await self.insist(
            lambda: self.payments.begin_hosted_saving(kinds=[MethodKind.CARD], key="page", **about)
        )
        self.server.act(intents.give, page.reference)
        method = await self.insist(
            lambda: self.payments.save_method(payer=PAYER, token=page.reference, key="save-page")
        )
        return method.reference

    async def _let_go(self, reference: str) -> None:
        """As rooms do: what is let go already stays so."""

        async def released() -> None:
            now = await self.payments.find_payment(reference)
            if now.state is PaymentState.HELD:
                await self.payments.release(reference, key="release")

        await self.insist(released)

    async def _declined(self) -> None:
        poor = await self.insist(
            lambda: self.payments.save_method(payer=PAYER, token="pm_saved_insufficient_funds", key="save-poor")
        )
        paying = {"payer": PAYER, "method": poor.reference, "cause": CAUSE}
        reason = None
        try:
            await self.insist(lambda: self.payments.charge(Amount(900, "EUR"), **paying, key="declined"))
        except PaymentDeclined as error:
            reason = error.reason
        assert reason == "insufficient_funds"


EXPECTED = {
    # key: (status, amount received)
    "hold": ("succeeded", 600),
    "charge": ("succeeded", 500),
    "hold-other": ("canceled", 0),
    "await": ("requires_action", 0),
}


def wrong(server: StripeServer) -> list[str]:
    """What stands at the provider and should not, and what should and does not."""
    found = []
    payments = server.all("payment_intent")
    for key, count in Counter(one["metadata"]["key"] for one in payments).items():
        if count != 1:
            found.append(f"{count} payments of the key {key}")
    stands = {one["metadata"]["key"]: (one["status"], one["amount_received"]) for one in payments}
    declined = stands.pop("declined", ("", 0))
    if declined[1] or declined[0] not in ("canceled", "requires_payment_method"):
        found.append(f"declined: {declined}")
    if stands != EXPECTED:
        found.append(f"payments: {stands}")
    given = sorted(one["amount"] for one in server.all("refund") if one["balance_transaction"])
    if given != [100, 500]:
        found.append(f"refunds: {given}")
    sent = [(one["amount"], one["amount_reversed"]) for one in server.all("transfer")]
    if sent != [(400, 50)]:
        found.append(f"transfers: {sent}")
    if len(server.all("customer")) != 1:
        found.append(f"{len(server.all('customer'))} customers of one payer")
    balance = server.world.balance("eur")
    if balance != 600 + 500 - 100 - 500 - 400 + 50:
        found.append(f"balance: {balance}")
    return found


async def tell(nth: int, way: str) -> tuple[list[str], int, list[str]]:
    """One story in which the nth call goes wrong: (what is wrong, silences met, the calls)."""
    clock = Clock()
    with StripeServer(late_s=0.5) as server:
        if nth:
            server.fails(nth, way)
        payments = stripe_payments(server, clock, timeout_s=0.3 if way == "late" else TIMEOUT_S)
        story = Story(server, payments, clock)
        try:
            await story.told()
            found = wrong(server)
        except Exception as error:
            found = [f"ended by {error!r}"]
        finally:
            await payments.aclose()
        return [f"call {nth} {way}: {one}" for one in found], story.silences, list(server.calls)


def all_of(calls: list[str]) -> list[Pair]:
    """Every call in every way."""
    return [(nth, way) for nth in range(1, len(calls) + 1) for way in WAYS]


def worst_of(calls: list[str]) -> list[Pair]:
    """Calls that have an effect, in the ways in which they have it though nobody is told."""
    posts = [nth for nth, call in enumerate(calls, 1) if call.startswith("POST")]
    return [*((nth, "broken") for nth in posts), *((nth, "after") for nth in posts[::4]), (posts[3], "late")]


async def told(choose: Callable[[list[str]], list[Pair]] = all_of) -> tuple[dict[str, Any], bool]:
    """A story for each chosen call and way."""
    began = time.perf_counter()
    problems, silences, calls = await tell(0, "before")
    pairs = choose(calls)
    met = 0
    for nth, way in pairs:
        found, silent, _ = await tell(nth, way)
        problems += found
        met += silent > 0
    figures = {
        "calls_of_the_story": len(calls),
        "ways": list(WAYS),
        "stories": len(pairs),
        "stories_that_met_silence": met,
        "wrong": problems,
        "seconds": round(time.perf_counter() - began, 1),
    }
    return figures, not problems and not silences and met > len(pairs) // 2


def main() -> int:
    """Needs no database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only every nth story, to try it")
    every = parser.parse_args().every
    figures, holds = asyncio.run(told(lambda calls: all_of(calls)[::every]))
    return record("payment-faults", figures, holds=holds)


if __name__ == "__main__":
    sys.exit(main())
