"""Throw generated requests, good and bad, at every operation of a running server, and check each answer against the
description: no fault of ours, no status, media type or body that is not described."""

import os
import re
import socket
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.kit.ids import new_id
from app.parties.rules import grantable_scopes
from app.settings import Settings
from tests.contracts.snapshot import kept
from tests.market import Caller, Market
from tests.security.forms import options
from tests.world import World, parameters

ROOT = Path(__file__).resolve().parents[2]
SEED = 20261123
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
UUID_TEXT = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
ORDER = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
LAST = ("/closing", "/cancellation", "/withdrawal", "/withdraw", "/archive", "/refusal", "/rejection", "/disable",
        "/v1/organization", "/sign-out")  # fmt: skip
"""Verbs after which a thing, or the caller, is good for little; they come when everything else was tried."""

# A path parameter's name, for the fields of bodies that name the same thing.
FIELDS = {
    "supplier_ids": "seller_id", "organization_id": "seller_id", "approver_ids": "person_id",
    "to_person_id": "person_id", "document_ids": "document_id", "line_id": "line_id",
    "line_ids": "line_id", "quote_id": "quote_id", "variant_id": "variant_id",
    "confirmation_id": "confirmation_id",
}  # fmt: skip


@dataclass
class Finding:
    """One kind of answer that should not be, with a request that brings it about."""

    label: str
    status: int
    what: str
    curl: str
    answer: str

    def __str__(self) -> str:
        return f"{self.label}: {self.status}: {self.what}\n  answered: {self.answer}\n  {self.curl}"


@dataclass
class Tally:
    """What one actor's run looked at."""

    operations: int = 0
    cases: int = 0
    reached: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    findings: dict[tuple[str, int, str], Finding] = field(default_factory=dict)
    seconds: float = 0.0

    def figures(self) -> dict[str, Any]:
        """For the record of a proof."""
        return {
            "operations": self.operations,
            "operations_with_success": len(self.reached),
            "cases": self.cases,
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "findings": len(self.findings),
            "duration_s": round(self.seconds, 1),
        }


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, and what it wrote down."""

    address: str
    log: Path

    def last_lines(self, count: int = 12) -> str:
        """The end of its log: where a fault came from."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])


@contextmanager
def serving(given_settings: Settings, folder: Path) -> Iterator[Server]:
    """The real server on loopback, in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": given_settings.database_url.get_secret_value(),
        "PARTINGLINE_SECRET_KEY": given_settings.secret_key.get_secret_value(),
        "PARTINGLINE_ENVIRONMENT": "development",
        "PARTINGLINE_PUBLIC_URL": given_settings.public_url,
        "PARTINGLINE_DATA_DIR": str(given_settings.data_dir),
        "PARTINGLINE_THROTTLE_LOGIN": "false",
        # Whoever asks for a stream gets to the end of it.
        "PARTINGLINE_STREAM_SECONDS": "1",
        "PARTINGLINE_ACCESS_TOKEN_MINUTES": "120",
        "PARTINGLINE_LOG_LEVEL": "warning",
        "PARTINGLINE_LOG_FORMAT": "console",
    }
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "server.log").open("wb") as log:
        command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            server = Server(f"http://127.0.0.1:{port}", folder / "server.log")
            _wait_for(server.address, process)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    with httpx.Client() as asker:
        for _ in range(300):
            assert process.poll() is None, "the server ended before it answered"
            try:
                if asker.get(f"{address}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
    raise TimeoutError("the server does not answer")


def ordered(description: dict[str, Any], *, invent_tokens: bool) -> list[APIOperation[Any, Any, Any, Any]]:
    """All operations: reads first, deeds that end something last."""
    loaded = schemathesis.openapi.from_dict(description, config=SchemathesisConfig())
    loaded.config.output.sanitization.enabled = False
    loaded.config.generation.with_security_parameters = invent_tokens
    found = [result.ok() for result in loaded.get_all_operations()]

    def rank(operation: APIOperation[Any, Any, Any, Any]) -> tuple[bool, int]:
        ends = operation.path.endswith(LAST) and operation.method.upper() not in ("GET", "HEAD")
        return ends, ORDER.index(operation.method.upper())

    return sorted(found, key=rank)


TURNS = ("buyer", "supplier")


class Fuzzer:
    """One actor's run over all operations.

    As `everybody`, a request is sent by the supplier where the path leads to a thing of his, otherwise by the buyer; where it
    leads to nothing, by both.
    """

    def __init__(
        self,
        world: World,
        server: Server,
        actor: str,
        *,
        examples: int,
        seed: int = SEED,
        description: dict[str, Any] | None = None,
    ) -> None:
        self.world = world
        self.server = server
        self.address = server.address
        self.actor = actor
        self.examples = examples
        self.seed = seed
        self.description = description or kept()
        self.tally = Tally()
        self._http = requests.Session()
        self._callers: dict[str, Caller] = {}
        self._pool = {name: world.choices(name) for name in world.ids}
        self._pool["seller_id"] = [str(world.seller.firm.id), str(world.buyer.firm.id)]
        self._pool["line_id"] = [*world.deal.lines, *self._pool["line_id"]]

    async def run(self, only: str = "", *, every: int = 1) -> Tally:
        """The operations whose label contains `only`; with `every`, one of so many."""
        started = time.monotonic()
        found = ordered(self.description, invent_tokens=self.actor == "nobody")
        for operation in [operation for operation in found if only in operation.label][::every]:
            actors = self._actors_of(operation)
            for actor in actors:
                await self._sign_in(actor)
            self._try(operation, actors)
            self.tally.operations += 1
        self.tally.seconds = time.monotonic() - started
        return self.tally

    def _actors_of(self, operation: APIOperation[Any, Any, Any, Any]) -> tuple[str, ...]:
        if self.actor != "everybody":
            return (self.actor,)
        if not parameters(operation.path):
            return TURNS
        doer = self.world.doer(operation.method.upper(), operation.path)
        return ("supplier" if doer is self.world.seller else "buyer",)

    async def _sign_in(self, actor: str) -> None:
        """A request may have ended the caller's session, or his membership: then somebody else takes his chair."""
        market: Market = self.world.market
        if actor == "nobody":
            self._callers[actor] = market.nobody
            return
        whoever = self.world.seller if actor == "supplier" else self.world.buyer
        if actor not in self._callers:
            self._callers[actor] = market.nobody if actor == "machine" else whoever
        known = self._http.get(f"{self.address}/v1/organization", headers=self._callers[actor].headers, timeout=60)
        if known.status_code != 200:
            owner = await market.member(whoever.firm, "owner")
            scopes = sorted(grantable_scopes(owner.firm.roles))
            self._callers[actor] = await market.machine(owner, *scopes) if actor == "machine" else owner

    def _try(self, operation: APIOperation[Any, Any, Any, Any], actors: tuple[str, ...]) -> None:
        """Good and bad requests, three of five good. Of a single one, a read's is good, and a write's the one or the other:
        what takes the time is to find out how an operation's requests may look, not to send them."""
        if self.examples > 1:
            self._send_some(operation, actors, GenerationMode.POSITIVE, round(self.examples * 0.6))
            self._send_some(operation, actors, GenerationMode.NEGATIVE, round(self.examples * 0.4))
            return
        writes = operation.method.upper() not in ("GET", "HEAD")
        bad = writes and zlib.crc32(operation.label.encode()) % 2 == 1
        if not (bad and self._send_some(operation, actors, GenerationMode.NEGATIVE, 1)):
            self._send_some(operation, actors, GenerationMode.POSITIVE, 1)

    def _send_some(
        self, operation: APIOperation[Any, Any, Any, Any], actors: tuple[str, ...], mode: GenerationMode, count: int
    ) -> bool:
        """Whether there are such requests: an operation without parameters has no bad ones."""

        @seed(self.seed)
        @settings(
            max_examples=max(1, count),
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), luck=st.randoms(use_true_random=False))
        def one(case: Case, luck: Any) -> None:
            self._aim(case, luck)
            for actor in actors:
                self._send(case, self._callers[actor])

        try:
            one()
        except Unsatisfiable:
            return False
        return True

    def _aim(self, case: Case, luck: Any) -> None:
        """Most requests go to existing things, and many bodies are good ones with a few members changed, so that what
        lies behind the checks of form is reached as well."""
        names = parameters(case.operation.path)
        if names and luck.random() < 0.7:
            case.path_parameters = {
                **(case.path_parameters or {}),
                **{name: luck.choice(self._pool[name]) for name in names if name in self._pool},
            }
        label = f"{case.operation.method.upper()} {case.operation.path}"
        if isinstance(case.body, dict) and case.media_type == "application/json" and luck.random() < 0.6:
            method, _, path = label.partition(" ")
            good = options(self.world, self.description, method, path).get("json")
            if isinstance(good, dict):
                changed = [name for name in case.body if luck.random() < 0.25]
                case.body = {**good, **{name: case.body[name] for name in changed}}
        if isinstance(case.body, dict):
            case.body = self._known(case.body, "", luck)
        headers = dict(case.headers or {})
        if label.startswith("POST") and luck.random() < 0.9:
            headers["Idempotency-Key"] = str(new_id())
        if label.startswith(("PUT", "PATCH")) and luck.random() < 0.8:
            headers["If-Match"] = "*"
        case.headers = headers

    def _known(self, value: Any, name: str, luck: Any) -> Any:
        """The same body with existing ids in place of some generated ones."""
        if isinstance(value, dict):
            return {key: self._known(item, key, luck) for key, item in value.items()}
        if isinstance(value, list):
            return [self._known(item, name, luck) for item in value]
        if isinstance(value, str) and name in FIELDS and UUID_TEXT.match(value) and luck.random() < 0.7:
            return luck.choice(self._pool[FIELDS[name]])
        return value

    def _send(self, case: Case, caller: Caller) -> None:
        try:
            answer = case.call(base_url=self.address, session=self._http, headers=dict(caller.headers), timeout=60)
        except (requests.exceptions.InvalidHeader, UnicodeEncodeError):
            return  # the client itself cannot send such a request
        self.tally.cases += 1
        self.tally.statuses[answer.status_code] += 1
        if answer.status_code < 400:
            self.tally.reached.add(case.operation.label)
        if answer.status_code >= 500:
            self._note(case, caller, answer, "a fault of ours: " + self.server.last_lines())
            return
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failures:
            for failure in failures.exceptions:
                self._note(case, caller, answer, f"{failure.title}: {failure.message[:400]}")

    def _note(self, case: Case, caller: Caller, answer: Any, what: str) -> None:
        key = (case.operation.label, answer.status_code, what.split(":")[0])
        if key not in self.tally.findings:
            curl = case.as_curl_command(headers=dict(caller.headers), base_url=self.address)
            self.tally.findings[key] = Finding(case.operation.label, answer.status_code, what, curl, answer.text[:400])
