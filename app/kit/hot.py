"""Routes that are read most: an ordinary request is answered at the front desk, without the machinery of routing and parameters.

A hot route is declared as every other one, with its parameters, its answer and its refusals, and works so. Beside it stands
a quick function that answers what almost everybody asks: `GET` or `HEAD`, nobody signed in, parameters that need no
decoding (or that it decodes itself). It returns None for whatever it does not understand, and the declared route answers, or
refuses, as it always does.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from os.path import commonpath
from typing import Any, TypeVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope, Send

from app.kit.db.reading import Reading
from app.kit.routing import HouseRoute, house_router

PUBLIC_CACHE = "public, max-age=60, stale-while-revalidate=300"
PRIVATE_CACHE = "private, no-cache"
_JSON = (b"content-type", b"application/json")


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes that PostgreSQL built, and their strong tag. Without a body, the reader holds them already (304)."""

    body: bytes | None
    etag: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """An ordinary request: who reads from where, in which language, with which parameters."""

    reading: Reading
    locale: str
    path: Mapping[str, Any]
    query: Mapping[str, str]
    held: tuple[str, ...]
    address: str
    query_string: str


Quick = Callable[[Asked], Awaitable[Answer | None]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def quickly(quick: Quick, *, encoded: bool = False) -> Callable[[Endpoint], Endpoint]:
    """Decorate the function of a hot route with what answers ordinary requests.

    With `encoded`, it is asked too when parameters are percent-encoded or repeated: `query` is empty then, and it reads
    `query_string` itself.
    """

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.quick, endpoint.quick_reads_encoded = quick, encoded  # type: ignore[attr-defined]
        return endpoint

    return mark


def tag_of(body: bytes) -> str:
    """The strong tag of an answer: a digest of its bytes."""
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


def held_tags(header: str) -> tuple[str, ...]:
    """The tags of `If-None-Match`."""
    return tuple(tag.strip().removeprefix("W/") for tag in header.split(",")) if header else ()


def response_of(request: Request, answer: Answer) -> Response:
    """The same answer for the declared route; for who is signed in it is his alone."""
    cache = PRIVATE_CACHE if "authorization" in request.headers else PUBLIC_CACHE
    headers = {"ETag": answer.etag, "Cache-Control": cache, **answer.headers}
    if answer.body is None:
        return Response(status_code=304, headers=headers)
    return Response(answer.body, media_type="application/json", headers=headers)


class FrontDesk:
    """Answers ordinary requests to hot routes before the application is asked at all."""

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        self._routes = [
            (route.path_regex, route, getattr(route.endpoint, "quick"), getattr(route.endpoint, "quick_reads_encoded"))  # noqa: B009
            for router in routers
            for route in router.routes
            if isinstance(route, HouseRoute) and hasattr(route.endpoint, "quick")
        ]
        # Other paths are told from these by how they begin.
        self._prefix = commonpath([route.path.partition("{")[0] for _, route, _, _ in self._routes])

    async def answers(self, scope: Scope, send: Send) -> bool:
        """Whether the request was answered here. A `Problem` of the quick function is raised."""
        path = scope["path"]
        if not path.startswith(self._prefix) or scope.get("root_path"):
            return False
        for pattern, route, quick, encoded in self._routes:
            if found := pattern.match(path):
                scope["route"] = route
                asked = _ordinary(scope, found.groupdict(), encoded=encoded)
                answer = await quick(asked) if asked is not None else None
                if asked is None or answer is None:
                    return False
                unchanged = answer.body is None or answer.etag in asked.held or "*" in asked.held
                await _send(send, answer, unchanged=unchanged, head=scope["method"] == "HEAD")
                return True
        return False


def _ordinary(scope: Scope, path: Mapping[str, str], *, encoded: bool) -> Asked | None:
    if scope["method"] not in ("GET", "HEAD"):
        return None
    held = ""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return None
        if name == b"if-none-match":
            held = value.decode("latin-1")
    raw = scope["query_string"]
    coded = b"%" in raw or b"+" in raw
    if (coded and not encoded) or not raw.isascii() or b"%" in (scope.get("raw_path") or b""):
        return None
    text = raw.decode("ascii")
    query: dict[str, str] = {}
    for pair in text.split("&") if text and not encoded else ():
        name, found, value = pair.partition("=")
        if not found or name in query:
            return None
        query[name] = value
    return Asked(
        reading=scope["app"].state.database.reading,
        locale=scope["state"]["locale"],
        path=path,
        query=query,
        held=held_tags(held),
        address=scope["path"],
        query_string=text,
    )


async def _send(send: Send, answer: Answer, *, unchanged: bool, head: bool) -> None:
    headers = [(b"etag", answer.etag.encode("latin-1")), (b"cache-control", PUBLIC_CACHE.encode("latin-1"))]
    headers += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    body = b"" if unchanged or answer.body is None else answer.body
    if not unchanged:
        headers += [_JSON, (b"content-length", str(len(body)).encode("ascii"))]
    await send({"type": "http.response.start", "status": 304 if unchanged else 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})


def hot_router(*, tags: list[str], prefix: str = "/v1") -> APIRouter:
    """A router of hot routes. The front desk knows those that have a quick function."""
    return house_router(tags=tags, prefix=prefix)
