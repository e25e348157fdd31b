"""The server itself: HTTP on loopback in a thread of its own, keys, idempotency, and what goes wrong on purpose."""

import asyncio
import base64
import hmac
import json
import random
import re
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.demo.provider import intents, money
from app.demo.provider.forms import Form, parsed
from app.demo.provider.shapes import Object
from app.demo.provider.shelves import Book
from app.demo.provider.telling import Endpoint, Teller
from app.demo.provider.world import Refused, World

API_KEY = "sk_test_forOneThatForgetsAllWhenItEnds"
"""Known to everybody: only of use to who has started the server in his own process, for a test."""
REMEMBERED_S = 86_400
SEE_OTHER = 303
HEALTH = "/healthz"
BROKEN: Object = {"error": {"type": "api_error", "message": "An error occurred"}}
Handler = Callable[..., Object]

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "customers", intents.make_customer),
    ("GET", "customers/search", intents.search("customer")),
    ("GET", "customers/ID", intents.read_customer),
    ("GET", "payment_methods/ID", intents.read_method),
    ("POST", "payment_methods/ID/detach", intents.detach_method),
    ("POST", "setup_intents", intents.make_setup),
    ("GET", "setup_intents/ID", intents.read_setup),
    ("POST", "setup_intents/ID", intents.update_setup),
    ("POST", "checkout/sessions", intents.make_session),
    ("GET", "checkout/sessions/ID", intents.read_session),
    ("POST", "payment_intents", intents.make_intent),
    ("GET", "payment_intents/search", intents.search("payment_intent")),
    ("GET", "payment_intents", money.listed("payment_intent", "/v1/payment_intents", "customer")),
    ("GET", "payment_intents/ID", intents.read_intent),
    ("POST", "payment_intents/ID/capture", intents.capture_intent),
    ("POST", "payment_intents/ID/cancel", intents.cancel_intent),
    ("GET", "charges/ID", money.read("charge")),
    ("POST", "refunds", money.make_refund),
    ("GET", "refunds", money.listed("refund", "/v1/refunds", "payment_intent", "charge")),
    ("GET", "refunds/ID", money.read("refund")),
    ("POST", "accounts", money.make_account),
    ("GET", "accounts/ID", money.read_account),
    ("POST", "account_links", money.make_account_link),
    ("POST", "transfers", money.make_transfer),
    ("GET", "transfers", money.listed("transfer", "/v1/transfers", "destination", "transfer_group")),
    ("GET", "transfers/ID", money.read_transfer),
    ("POST", "transfers/ID/reversals", money.reverse_transfer),
    ("GET", "transfers/ID/reversals", money.reversals),
    ("GET", "transfers/ID/reversals/ID", money.read_reversal),
    ("GET", "balance_transactions", money.listed("balance_transaction", "/v1/balance_transactions", "source", "type")),
    ("GET", "payouts", money.listed("payout", "/v1/payouts", "status")),
    ("GET", "payouts/ID", money.read("payout")),
    ("GET", "disputes/ID", money.read("dispute")),
    ("GET", "events", money.listed("event", "/v1/events", "type")),
    ("GET", "events/ID", money.read("event")),
)
_DOORS = {"/onboard/": money.follow_link, "/give/": intents.give}
"""Pages that people open: of a supplier who tells who he is, of a payer who gives what he pays with."""
_ROUTES = [(method, re.compile("/v1/" + path.replace("ID", r"([^/]+)")), handler) for method, path, handler in ROUTES]


@dataclass
class Fault:
    """What goes wrong at the n-th call from now: `before` it is done, `after`, `late` (after the client has given up),
    `busy` (429, nothing done), `broken` (500, remembered under its key)."""

    nth: int
    how: str


@dataclass
class StripeServer:
    """Use it as a context: `with StripeServer() as server: … server.url`.

    With a `file` nothing that was answered is forgotten; with an `endpoint` somebody is told what happens. `port` 0 is any.
    """

    late_s: float = 0.6
    api_key: str = API_KEY
    port: int = 0
    file: Path | None = None
    endpoint: Endpoint | None = None
    world: World = field(default_factory=World)
    calls: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    versions: set[str] = field(default_factory=set)
    url: str = ""

    def __enter__(self) -> "StripeServer":
        self._lock = threading.RLock()
        self._book: Book | None = None
        if self.file is not None:
            self.world = World(random.SystemRandom())
            self._book = Book(self.file)
            self._book.read(self.world.shelves)
            self.world.untold = {one["id"]: None for one in self.world.all("event") if one["pending_webhooks"]}
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        ready.wait(10)
        if not self.url:
            raise RuntimeError(f"the payment provider cannot listen on port {self.port}")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        if self._book is not None:
            self._book.close()

    def fails(self, nth: int, how: str) -> None:
        """Let the n-th call from now go wrong."""
        self.faults.append(Fault(nth, how))

    def browser(self, client_secret: str, token: str) -> None:
        """What the payer's browser does with a client secret: it gives a method, and confirms."""
        with self._lock:
            setup = self.world.find("setup_intent", client_secret.split("_secret_")[0])
            assert setup["client_secret"] == client_secret
            intents.confirm_setup(self.world, setup, token)
            self._keep()

    def act(self, verb: Callable[..., Object], *given: Any) -> Object:
        """Let something happen that no call of ours asks for: `money.onboard`, `money.dispute`, `intents.fund` …"""
        with self._lock:
            done = verb(self.world, *given)
            self._keep()
        self._loop.call_soon_threadsafe(self._news.set)
        return done

    def move_clock(self, seconds: float) -> None:
        """Later."""
        with self._lock:
            self.world.ahead_s += int(seconds)
            list(intents.time_passes(self.world))
            self._keep()
        self._loop.call_soon_threadsafe(self._news.set)

    def all(self, kind: str) -> list[Object]:
        """Everything of a kind, for proofs."""
        with self._lock:
            return list(self.world.all(kind))

    def next_untold(self) -> list[Object]:
        """Events that are still to be told, in the order in which they happened, and what time has brought about by now."""
        with self._lock:
            list(intents.time_passes(self.world))
            self._keep()
            return [self.world.objects[one] for one in self.world.untold]

    def told(self, event_id: str) -> None:
        """Somebody has heard an event."""
        with self._lock:
            self.world.objects[event_id]["pending_webhooks"] = 0
            self.world.untold.pop(event_id)
            # What cannot be written now is with the next call: at worst it is told again.
            with suppress(OSError, sqlite3.Error):
                self._keep()

    def _keep(self) -> None:
        """Write down what has changed, before anybody is told of it."""
        if self._book is not None:
            self._book.write(self.world.shelves)

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stop, self._news = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        try:
            server = await asyncio.start_server(self._talk, "127.0.0.1", self.port)
            self.url = self.world.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            ready.set()
        telling = None
        if self.endpoint is not None:
            telling = asyncio.create_task(Teller(self.endpoint, self._news, self.next_untold, self.told).tell())
        await self._stop.wait()
        server.close()
        if telling is not None:
            telling.cancel()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.strip().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, target, _ = first.split(" ")
                answer = await self._answer(method, target, headers, body.decode())
                if answer is None:
                    break
                status, told = answer
                sent = json.dumps(told).encode()
                intro = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nRequest-Id: req_x\r\n"
                intro += f"Location: {told['url']}\r\n" if status == SEE_OTHER else ""
                writer.write(f"{intro}Content-Length: {len(sent)}\r\n\r\n".encode() + sent)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            # The client has gone, or the server ends.
            pass
        finally:
            writer.close()

    async def _answer(self, method: str, target: str, headers: dict[str, str], body: str) -> tuple[int, Object] | None:
        """The answer, or None when the connection breaks instead."""
        path, _, query = target.partition("?")
        self.calls.append(f"{method} {path}")
        self.versions.add(headers.get("stripe-version", ""))
        how = self._fault()
        if how == "before":
            return None
        if how == "busy":
            return 429, {
                "error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many requests"}
            }
        with self._lock:
            self.world.acting = headers.get("stripe-account")
            answer = self._door(method, path) or self._kept(
                method, path, parsed(query or body), headers, broken=how == "broken"
            )
            self._keep()
        if self.world.untold:
            self._news.set()
        if how == "late":
            await asyncio.sleep(self.late_s)
        return None if how in ("after", "late") else answer

    def _fault(self) -> str | None:
        for fault in self.faults:
            fault.nth -= 1
        due = [fault for fault in self.faults if fault.nth == 0]
        self.faults = [fault for fault in self.faults if fault.nth > 0]
        return due[0].how if due else None

    def _door(self, method: str, path: str) -> tuple[int, Object] | None:
        """What is open to everybody: whether it lives, and the page on which a supplier tells who he is."""
        if (method, path) == ("GET", HEALTH):
            return 200, {"status": "ok"}
        for door, opens in _DOORS.items():
            if method == "GET" and path.startswith(door):
                try:
                    return SEE_OTHER, {"url": opens(self.world, path.removeprefix(door))}
                except Refused as refusal:
                    return refusal.status, refusal.body
        return None

    def _kept(self, method: str, path: str, form: Form, headers: dict[str, str], *, broken: bool) -> tuple[int, Object]:
        """The first answer again for a key, unless it stands for another call."""
        if not self._is_known(headers.get("authorization", "")):
            return 401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}
        if broken and method == "GET":
            return 500, BROKEN
        key, asked = headers.get("idempotency-key"), json.dumps([method, path, form], sort_keys=True)
        if method == "GET" or key is None:
            return self._done(method, path, form)[:2]
        first = self.world.keys.get(key)
        if first and first[1] > self.world.now() - REMEMBERED_S:
            if first[0] != asked:
                message = "Keys for idempotent requests can only be used with the parameters they were first used with."
                return 400, {"error": {"type": "idempotency_error", "message": message}}
            return first[2], first[3]
        status, told, kept = self._done(method, path, form)
        if broken:
            status, told, kept = 500, BROKEN, True
        if kept:
            self.world.keys[key] = [asked, self.world.now(), status, json.loads(json.dumps(told))]
        return status, told

    def _done(self, method: str, path: str, form: Form) -> tuple[int, Object, bool]:
        list(intents.time_passes(self.world))
        expand = form.pop("expand", [])
        for verb, pattern, handler in _ROUTES:
            found = pattern.fullmatch(path) if verb == method else None
            if found:
                try:
                    return 200, self.world.expanded(handler(self.world, form, *found.groups()), expand), True
                except Refused as refusal:
                    return refusal.status, json.loads(json.dumps(refusal.body)), refusal.kept
        return 404, {"error": {"type": "invalid_request_error", "message": f"Unrecognized request URL ({path})"}}, False

    def _is_known(self, authorization: str) -> bool:
        kind, _, given = authorization.partition(" ")
        if kind == "Basic":
            given = base64.b64decode(given).decode().rstrip(":")
        return hmac.compare_digest(given.encode(), self.api_key.encode())
