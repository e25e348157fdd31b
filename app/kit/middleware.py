"""The edge, in pure ASGI: request ids, language, body limit, security headers, access log and metrics.

Every request pays for what stands here, so headers are read once and as bytes, and nothing is made that is not asked for.
"""

import re
import time
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit.allowance import admit
from app.kit.context import set_trace
from app.kit.errors import BodyTooLarge, Problem, TooManyRequests
from app.kit.hot import FrontDesk
from app.kit.locales import match, negotiate, set_current_locale
from app.kit.logs import log_access
from app.kit.metrics import IN_PROGRESS, answered
from app.kit.problems import problem_response

_REQUEST_ID = re.compile(rb"^[A-Za-z0-9_.-]{8,64}$")
_PLAIN_LOCALE = re.compile(rb"(?:^|&)locale=([A-Za-z-]*)(?:&|$)")
_VARY = (b"vary", b"Accept-Language, Authorization")
_CACHE = (b"cache-control", b"private, no-cache")
_SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class EdgeMiddleware:
    """Wraps the whole application. Sets `state.request_id` and `state.locale`; adds `Content-Language` and `Vary`. Bodies are
    bounded: `larger` says which paths take more, and how much. Machines draw on their allowance here, before anything is opened;
    what the access token says is left in `state.claims`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body_bytes: int,
        larger: Sequence[tuple[re.Pattern[str], int]] = (),
        front: FrontDesk | None = None,
    ) -> None:
        self.app = app
        self.front = front
        self.max_body_bytes = max_body_bytes
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name, value)
        given, traceparent = headers.get(b"x-request-id", b""), headers.get(b"traceparent")
        trace = set_trace(
            given.decode("ascii") if _REQUEST_ID.match(given) else None,
            traceparent.decode("latin-1") if traceparent else None,
        )
        state = scope.setdefault("state", {})
        state["request_id"] = trace.request_id
        state["locale"], state["locale_given"] = _locale(
            scope.get("query_string", b""), headers.get(b"accept-language", b"")
        )
        set_current_locale(state["locale"])
        status = 500
        started = time.perf_counter()
        allowance: list[tuple[bytes, bytes]] = []

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _complete(message, trace.request_id, state["locale"])
                message["headers"] += allowance
            await send(message)

        IN_PROGRESS.inc()
        try:
            if b"authorization" in headers:
                try:
                    state["claims"], allowance = await admit(scope["app"].state, headers)
                except TooManyRequests as problem:
                    await problem_response(Request(scope), problem)(scope, receive, send_with_headers)
                    return
            if scope["method"] in ("GET", "HEAD") and not headers.keys() & {b"content-length", b"transfer-encoding"}:
                if self.front is None or not await self._fronted(self.front, scope, receive, send_with_headers):
                    await self.app(scope, receive, send_with_headers)
            else:
                limit = next((most for paths, most in self.larger if paths.search(scope["path"])), self.max_body_bytes)
                length = headers.get(b"content-length", b"")
                await self._limited(scope, receive, send_with_headers, limit, length)
        finally:
            IN_PROGRESS.dec()
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "unmatched")
            answered(scope["method"], route, status, seconds)
            log_access(scope["method"], route, status, seconds)

    async def _fronted(self, front: FrontDesk, scope: Scope, receive: Receive, send: Send) -> bool:
        """Whether the front desk answered, be it with a refusal."""
        try:
            return await front.answers(scope, send)
        except Problem as problem:
            await problem_response(Request(scope), problem)(scope, receive, send)
            return True

    async def _limited(self, scope: Scope, receive: Receive, send: Send, limit: int, length: bytes) -> None:
        """Refuse a body over the limit: at once when its length is announced, else as soon as it has grown over it."""

        async def refuse() -> None:
            await problem_response(Request(scope), BodyTooLarge(limit_bytes=limit))(scope, receive, send)

        if length.isdigit() and int(length) > limit:
            await refuse()
            return
        received = 0
        over = False
        started = False

        async def counted() -> Message:
            nonlocal received, over
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    over = True
                    raise BodyTooLarge(limit_bytes=limit)
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            # Whatever the application makes of the broken body, the reader is told the real reason.
            if over and not started:
                return
            started = True
            await send(message)

        try:
            await self.app(scope, counted, watched)
        except BodyTooLarge:
            if started:
                raise
        if over and not started:
            await refuse()


def _complete(message: Message, request_id: str, locale: str) -> None:
    """Add what every answer carries, without overruling what this one says itself."""
    out: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
    present = {name.lower() for name, _ in out}
    if b"x-request-id" in present:
        out = [(name, value) for name, value in out if name.lower() != b"x-request-id"]
    out.append((b"x-request-id", request_id.encode("ascii")))
    if b"content-language" not in present:
        out.append((b"content-language", locale.encode("ascii")))
    if b"cache-control" not in present:
        out.append(_CACHE)
    out += [header for header in _SECURITY_HEADERS if header[0] not in present]
    if b"vary" not in present:
        out.append(_VARY)
    message["headers"] = out
    if b"vary" in present:
        varying = MutableHeaders(scope=message)
        varying.add_vary_header("Accept-Language")
        varying.add_vary_header("Authorization")


@lru_cache(maxsize=2048)
def _negotiated(accept_language: bytes) -> str | None:
    return negotiate(accept_language.decode("latin-1"))


def _locale(query: bytes, accept_language: bytes) -> tuple[str, bool]:
    """The reader's language: `?locale=`, else `Accept-Language`, else English until the actor is known."""
    found = None
    if b"locale=" in query:
        plain = _PLAIN_LOCALE.search(query)
        asked = plain[1].decode("ascii") if plain else _decoded_locale(query)
        found = match(asked) if asked else None
    found = found or (_negotiated(accept_language) if accept_language else None)
    return (found, True) if found else ("en", False)


def _decoded_locale(query: bytes) -> str:
    return parse_qs(query.decode("ascii", "replace")).get("locale", [""])[0]
