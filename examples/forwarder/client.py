"""A client of the partners' API as a carrier's or forwarder's own system would have one: signs in as a machine, keeps its token
fresh, sends each intent under one Idempotency-Key however often it must be sent, and waits as long as it is told to."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx

PATIENCE_S = 60.0
PAUSE_S = 0.5
BEFORE_THE_END_S = 60
AGAIN_LATER = frozenset({429, 502, 503, 504})

Json = dict[str, Any]


class Refused(RuntimeError):
    """A request that the API does not accept: `code` is stable, the message is in the language that was asked for."""

    def __init__(self, problem: Json) -> None:
        where = "; ".join(f"{error['pointer']}: {error['detail']}" for error in problem.get("errors", []))
        super().__init__(f"{problem['title']} {problem['detail']} {where}".strip())
        self.code: str = problem["code"]
        self.status: int = problem["status"]
        self.errors: list[Json] = problem.get("errors", [])


class Api:
    """One identity at the API: a machine by `machine`, a person by `person`."""

    def __init__(self, address: str, form: dict[str, str], *, locale: str = "en") -> None:
        self._http = httpx.Client(base_url=address, timeout=30, headers={"Accept-Language": locale})
        self._form = form
        self._token = ""
        self._fresh_until = 0.0
        self.organization_id = ""

    @classmethod
    def machine(cls, address: str, client_id: str, client_secret: str) -> "Api":
        """OAuth 2 client credentials."""
        return cls(
            address, {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        )

    @classmethod
    def person(cls, address: str, email: str, password: str) -> "Api":
        """Somebody with a password: only people hand out access to machines."""
        return cls(address, {"grant_type": "password", "username": email, "password": password})

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        """Read one thing."""
        return self._sent("GET", path, params=query)

    def all(self, path: str, **query: Any) -> Iterator[Json]:
        """Every item of a list, page by page."""
        cursor: str | None = ""
        while cursor is not None:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]

    def post(self, path: str, form: Any = None, *, key: str | None = None) -> Any:
        """Do something. With a `key` of your own (such as the number of your document) it is done once for all time."""
        return self._sent("POST", path, json=form, headers={"Idempotency-Key": key or str(uuid4())})

    def delete(self, path: str) -> None:
        """Take something away."""
        self._sent("DELETE", path)

    def upload(self, name: str, content: bytes, media_type: str) -> Json:
        """Upload a file and wait until it has been checked."""
        key = str(uuid4())
        document: Json = self._sent(
            "POST", "/v1/documents", files={"file": (name, content, media_type)}, headers={"Idempotency-Key": key}
        )
        deadline = time.monotonic() + PATIENCE_S
        while document["scan"]["code"] == "pending" and time.monotonic() < deadline:
            time.sleep(PAUSE_S)
            document = self.get(f"/v1/documents/{document['id']}")
        return document

    def _sent(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                bearer = {"Authorization": f"Bearer {self._bearer()}"}
                answer = self._http.request(method, path, headers=bearer | (headers or {}), **options)
            except httpx.TransportError:
                # Perhaps it was done and only the answer was lost. The same key makes sending it again harmless.
                if time.monotonic() > deadline:
                    raise
                time.sleep(PAUSE_S)
                continue
            if answer.status_code in AGAIN_LATER and time.monotonic() < deadline:
                time.sleep(float(answer.headers.get("Retry-After", PAUSE_S)))
                continue
            if answer.is_error:
                raise Refused(answer.json())
            return answer.json() if answer.content else None

    def _bearer(self) -> str:
        """The access token; a new one shortly before it ends."""
        if time.monotonic() >= self._fresh_until:
            answer = self._http.post("/v1/auth/token", data=self._form)
            if answer.is_error:
                raise Refused(answer.json())
            told = answer.json()
            self._token, self.organization_id = told["access_token"], told["organization_id"]
            self._fresh_until = time.monotonic() + told["expires_in"] - BEFORE_THE_END_S
        return self._token
