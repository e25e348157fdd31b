"""The people of the tour at the API: each signs in for himself, and keeps trying when a process is being restarted."""

import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

import httpx

from app.demo.inquiries import load_buyers, load_operator, load_partners, load_shops
from app.demo.market import load_suppliers
from app.demo.seed import PASSWORD

PATIENCE_S = 90.0
PAUSE_S = 0.3
RESTARTING = frozenset({502, 503, 504})
Answer = dict[str, Any]


def pauses() -> Iterator[float]:
    """How long to wait before looking again: most of what the worker does is done in a moment."""
    pause = PAUSE_S / 6
    while True:
        yield min(pause, PAUSE_S)
        pause *= 2


class Unreachable(RuntimeError):
    """The API did not answer for so long that the tour gives up."""


@dataclass(frozen=True, slots=True)
class Role:
    """Who somebody is, as the sample data say."""

    email: str
    name: str
    firm: str
    firm_latin: str
    city: str
    locale: str


def role(email: str) -> Role:
    """The sample person with this address."""
    for firm in (*load_buyers(), *load_shops(), *load_partners(), load_operator()):
        for person in firm.people:
            if person.email == email:
                city = firm.address.city
                return Role(email, person.name, firm.legal_name, firm.legal_name_latin, city, person.locale)
    for supplier in load_suppliers():
        for contact in supplier.contacts:
            if contact.email == email:
                city = supplier.address.city
                return Role(email, contact.name, supplier.legal_name, supplier.legal_name_latin, city, supplier.locale)
    raise LookupError(f"nobody in the demo market has the address {email}")


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Read once for all visitors: it takes longer than a request."""
    return httpx.create_ssl_context()


class Visitor:
    """One person with a token of his own."""

    def __init__(self, base_url: str, email: str) -> None:
        self.role = role(email)
        self.organization_id: UUID | None = None
        self._form = {"grant_type": "password", "username": email, "password": PASSWORD}
        self._http = httpx.Client(base_url=base_url, timeout=20, verify=_tls())
        self._token: str | None = None

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def sign_in(self) -> None:
        """Get a token with the password, or with a machine's secret."""
        answer = self._patiently("POST", "/v1/auth/token", {}, data=self._form)
        if not answer.is_success:
            raise Unreachable(f"{self.role.email} cannot sign in ({answer.status_code}). Is the demo market seeded?")
        self._token = answer.json()["access_token"]
        self.organization_id = UUID(answer.json()["organization_id"])

    def signed_in(self) -> "Visitor":
        """The same, once it is known whom he acts for."""
        if self._token is None:
            self.sign_in()
        return self

    def machine(self, name: str, scopes: list[str]) -> "Visitor":
        """A program of his firm, with a new API client."""
        made = self.post("/v1/api-clients", {"name": name, "scopes": scopes}).json()
        program = Visitor(str(self._http.base_url), self.role.email)
        program._form = {
            "grant_type": "client_credentials",
            "client_id": made["client"]["id"],
            "client_secret": made["client_secret"],
        }
        return program.signed_in()

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Read something."""
        return self.request("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """Do something, under an Idempotency-Key that stays the same however often it has to be sent."""
        return self.request("POST", path, json=body, **options)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request; sign in first, and again when the token has run out."""
        if self._token is None:
            self.sign_in()
        headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        headers |= options.pop("headers", {})
        answer = self._patiently(method, path, self._bearer(headers), **options)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self.sign_in()
            answer = self._patiently(method, path, self._bearer(headers), **options)
        return answer

    def edit(self, method: str, path: str, body: Any, *, read: str | None = None) -> httpx.Response:
        """Change something as it was read. Who was cut off after it was done reads it again, and changes nothing by it."""
        for _ in range(3):
            version = self.get(read or path).headers.get("ETag", "*")
            answer = self.request(method, path, json=body, headers={"If-Match": version})
            if answer.status_code != httpx.codes.PRECONDITION_FAILED:
                break
        return answer

    def upload(self, filename: str, content: bytes, media_type: str) -> Answer:
        """Upload a file and wait until it has been checked."""
        answer = self.request("POST", "/v1/documents", files={"file": (filename, content, media_type)})
        answer.raise_for_status()
        document: Answer = answer.json()
        deadline, waits = time.monotonic() + PATIENCE_S, pauses()
        while document["scan"]["code"] == "pending" and time.monotonic() < deadline:
            time.sleep(next(waits))
            document = self.get(f"/v1/documents/{document['id']}").json()
        return document

    def _bearer(self, headers: dict[str, str]) -> dict[str, str]:
        return headers | {"Authorization": f"Bearer {self._token}"}

    def _patiently(self, method: str, path: str, headers: dict[str, str], **options: Any) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = self._http.request(method, path, headers=headers, **options)
            except httpx.TransportError as error:
                if time.monotonic() > deadline:
                    raise Unreachable(
                        f"{self._http.base_url} does not answer. Start it with `make demo`, or give --base-url."
                    ) from error
            else:
                again = answer.status_code in RESTARTING or problem_code(answer) == "idempotency-key-in-flight"
                if not again or time.monotonic() > deadline:
                    return answer
            time.sleep(PAUSE_S)


def problem_code(answer: httpx.Response) -> str:
    """The stable code of a problem document; empty for another answer."""
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        return str(answer.json().get("type", "")).rpartition(":")[2]
    return ""
