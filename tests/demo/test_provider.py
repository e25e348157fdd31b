"""The demo's payment provider: what it answered it knows after `kill -9`, and what happens there the house hears, if late."""

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.commands.installation import Installation
from app.commands.ports import a_free_port
from app.commands.provider import KeptProvider, keep_provider, kept_provider, variables_of_demo
from app.demo.launcher import _pays_over_http
from app.demo.provider import API_KEY, Endpoint, StripeServer
from app.gateways.payments import (
    AccountState,
    Amount,
    LocalPayments,
    PaymentState,
    PaymentUnavailable,
    StripePayments,
    is_signed,
)
from app.settings import Settings

SUM, SECRET, PAYER = Amount(12_345, "EUR"), "whsec_of_a_test", "01900000-0000-7000-8000-000000000001"
HOME, CAUSE = "https://market.example/?payouts=told", "milestone/1"


@dataclass
class House:
    """Who is told: it keeps what was signed well, and refuses as often as it is asked to."""

    secret: str = SECRET
    heard: list[dict[str, Any]] = field(default_factory=list)
    refuses: dict[str, int] = field(default_factory=dict)
    port: int = 0

    def __enter__(self) -> "House":
        house = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                signature, event = self.headers["Stripe-Signature"], json.loads(body)
                assert is_signed(body, signature, [SecretStr(house.secret)], now=datetime.now(UTC))
                left = house.refuses.get(event["type"], 0)
                house.refuses[event["type"]] = left - 1
                self.send_response(503 if left > 0 else 204)
                self.end_headers()
                if left <= 0:
                    house.heard.append(event)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Door)
        self.port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/incoming/stripe"

    def wait_for(self, count: int) -> list[str]:
        deadline = time.monotonic() + 20
        while len(self.heard) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return [one["type"] for one in self.heard]


def client(url: str, key: str = API_KEY) -> StripePayments:
    return StripePayments(SecretStr(key), api_base=url)


async def test_what_time_and_the_supplier_change_is_there_again(tmp_path: Path) -> None:
    file = tmp_path / "provider.sqlite3"
    with House(refuses={"setup_intent.succeeded": 2}) as house:
        with StripeServer(file=file, endpoint=Endpoint(house.url, SECRET)) as server:
            payments = client(server.url)
            method = await payments.save_method(payer=PAYER, token="pm_card_visa", key="save")
            held = await payments.hold(SUM, payer=PAYER, method=method.reference, cause=CAUSE, key="hold")
            paid = await payments.charge(SUM, payer=PAYER, method=method.reference, cause=CAUSE, key="charge")
            account = await payments.open_account(supplier=PAYER, country="DE", key="account")
            assert account.state is AccountState.NEW
            link = await payments.onboarding(account.reference, return_url=HOME, again_url=f"{HOME}-again")
            async with httpx.AsyncClient() as browser:
                led = [(await browser.get(link.url)).headers["Location"] for _ in range(2)]
                assert led == [HOME, f"{HOME}-again"], "it opens once"
                assert (await browser.get(f"{server.url}/onboard/guessed")).status_code == 404
                assert (await browser.get(f"{server.url}/v1/events")).status_code == 401
            assert (await payments.find_account(account.reference)).state is AccountState.READY
            sent = await payments.transfer(SUM, account=account.reference, payment=paid.reference, key="send")
            # One that is refused lets the others pass, and is heard in the end; in their order otherwise.
            told = await asyncio.to_thread(house.wait_for, 5)
            assert "setup_intent.succeeded" in told[1:]
            assert [one for one in told if one != "setup_intent.succeeded"] == [
                "payment_intent.amount_capturable_updated",
                "payment_intent.succeeded",
                "account.updated",
                "transfer.created",
            ]
            await payments.aclose()
            server.move_clock(8 * 24 * 3600)
            assert "payment_intent.canceled" in await asyncio.to_thread(house.wait_for, 6)
            before = {name: dict(shelf) for name, shelf in server.world.shelves.items()}
        with StripeServer(file=file, endpoint=Endpoint(house.url, SECRET)) as server:
            again = {name: dict(shelf) for name, shelf in server.world.shelves.items()}
            assert list(again["objects"]) == list(before["objects"])
            assert len(house.heard) == 6
            again["objects"] |= {one["id"]: before["objects"][one["id"]] for one in server.all("event")}
            assert again == before
            assert not [one for one in server.all("event") if one["pending_webhooks"]]
            payments = client(server.url)
            assert (await payments.find_payment(held.reference)).state is PaymentState.EXPIRED
            assert await payments.find_transfer(sent.reference) == sent
            await payments.aclose()


class Provider:
    """A process of its own on a folder, which may be killed."""

    def __init__(self, folder: Path, tells: str) -> None:
        self.folder, self.tells = folder, tells

    def start(self) -> "Provider":
        command = ["-m", "app.cli", "payment-provider", "--tells", self.tells, "--data-dir", str(self.folder)]
        self.process = subprocess.Popen([sys.executable, *command], stdin=subprocess.DEVNULL)
        kept = kept_provider(self.folder)
        assert kept is not None
        deadline = time.monotonic() + 30
        with httpx.Client() as asker:
            while time.monotonic() < deadline:
                try:
                    if asker.get(f"{kept.address}/healthz").is_success:
                        return self
                except httpx.HTTPError:
                    time.sleep(0.05)
        raise AssertionError("it is not ready")

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def kept(tmp_path: Path) -> KeptProvider:
    return keep_provider(tmp_path, a_free_port("127.0.0.1"), "embedded")


@pytest.fixture
def provider(tmp_path: Path, kept: KeptProvider) -> Iterator[Provider]:
    made = Provider(tmp_path, f"http://127.0.0.1:{a_free_port('127.0.0.1')}/v1/incoming/stripe").start()
    yield made
    made.kill()


async def test_killed_it_forgets_nothing_that_it_has_answered(
    provider: Provider, kept: KeptProvider, tmp_path: Path
) -> None:
    answered: dict[str, Any] = {}
    unknown: list[str] = []
    enough = asyncio.Event()

    async def buy(payments: StripePayments, method: str) -> None:
        for number in range(10_000):
            key = f"charge-{number}"
            try:
                made = await payments.charge(SUM, payer=PAYER, method=method, cause=CAUSE, key=key)
            except PaymentUnavailable:
                unknown.append(key)
                return
            answered[key] = made
            if len(answered) == 12:
                enough.set()

    payments = client(kept.address, kept.secret_key)
    method = (await payments.save_method(payer=PAYER, token="pm_card_mastercard", key="save")).reference
    buying = asyncio.create_task(buy(payments, method))
    await asyncio.wait_for(enough.wait(), 30)
    provider.kill()
    await buying
    await payments.aclose()
    assert len(unknown) == 1
    provider.start()
    payments = client(kept.address, kept.secret_key)
    for key, made in answered.items():
        assert await payments.charge(SUM, payer=PAYER, method=method, cause=CAUSE, key=key) == made
    await payments.charge(SUM, payer=PAYER, method=method, cause=CAUSE, key=unknown[0])
    async with httpx.AsyncClient(auth=(kept.secret_key, "")) as reader:
        found = await reader.get(f"{kept.address}/v1/payment_intents", params={"limit": 100})
    assert len(found.json()["data"]) == len(answered) + 1
    await payments.aclose()
    # The house comes up late: it is told everything, in order, once.
    with House(secret=kept.webhook_secret, port=int(provider.tells.split(":")[2].split("/")[0])) as house:
        told = await asyncio.to_thread(house.wait_for, len(answered) + 2)
    assert told == ["setup_intent.succeeded", *["payment_intent.succeeded"] * (len(answered) + 1)]
    ids = [one["data"]["object"]["id"] for one in house.heard[1:]]
    assert ids[: len(answered)] == [made.reference for made in answered.values()]
    assert stat.S_IMODE((tmp_path / "payment_provider.sqlite3").stat().st_mode) == 0o600


def test_commands_beside_the_demo_find_its_provider(tmp_path: Path) -> None:
    here = {"PARTINGLINE_ENVIRONMENT": "development"}
    assert variables_of_demo(tmp_path, here, embedded=True) == {}
    first = keep_provider(tmp_path, 4711, "embedded")
    kept = keep_provider(tmp_path, 4712, "embedded")
    assert (kept.secret_key, kept.webhook_secret) == (first.secret_key, first.webhook_secret)
    other = tmp_path / "other"
    other.mkdir()
    assert keep_provider(other, 4712, "embedded").secret_key != kept.secret_key
    assert stat.S_IMODE((tmp_path / "payment_provider.json").stat().st_mode) == 0o600
    assert kept.secret_key not in repr(kept) and kept.webhook_secret not in repr(kept)
    assert variables_of_demo(tmp_path, here, embedded=True) == {
        "PARTINGLINE_STRIPE_SECRET_KEY": kept.secret_key,
        "PARTINGLINE_STRIPE_API_BASE": "http://127.0.0.1:4712",
        "PARTINGLINE_STRIPE_WEBHOOK_SECRETS": kept.webhook_secret,
    }
    for elsewhere in (
        {"PARTINGLINE_ENVIRONMENT": "production"},
        here | {"PARTINGLINE_STRIPE_SECRET_KEY": "sk_test_of_the_operator"},
    ):
        assert variables_of_demo(tmp_path, elsewhere, embedded=True) == {}
    assert variables_of_demo(tmp_path, here | {"DATABASE_URL": "postgresql://of/another"}, embedded=False) == {}


async def test_what_has_paid_through_the_local_provider_goes_on_with_it(tmp_path: Path, settings: Settings) -> None:
    here = Installation(settings.model_copy(update={"environment": "development"}), embedded=True)
    local = LocalPayments(tmp_path / "payments")
    assert _pays_over_http(here, tmp_path)
    method = await local.save_method(payer=PAYER, token="pm_card_visa", key="save")
    assert _pays_over_http(here, tmp_path), "nothing was paid yet"
    await local.charge(SUM, payer=PAYER, method=method.reference, cause=CAUSE, key="charge")
    assert not _pays_over_http(here, tmp_path)
    production = Installation(settings.model_copy(update={"environment": "production"}), embedded=True)
    assert not _pays_over_http(production, tmp_path / "new")
