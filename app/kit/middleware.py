"""The edge, in pure ASGI: request ids, language, body limit, security headers, access log and metrics."""

import re
import time
from urllib.parse import parse_qs

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit.context import set_trace
from app.kit.errors import BodyTooLarge
from app.kit.locales import match, negotiate, set_current_locale
from app.kit.metrics import IN_PROGRESS, REQUESTS, SECONDS
from app.kit.problems import problem_response

log = structlog.get_logger("app.access")

_REQUEST_ID = re.compile(r"^[A-Za-z0-9_.-]{8,64}$")
_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class EdgeMiddleware:
    """Wraps the whole application. Sets `state.request_id` and `state.locale`; adds `Content-Language` and `Vary`."""

    def __init__(
        self, app: ASGIApp, *, max_body_bytes: int, max_upload_bytes: int, upload_paths: re.Pattern[str]
    ) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes
        self.max_upload_bytes = max_upload_bytes
        self.upload_paths = upload_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        trace = set_trace(given if _REQUEST_ID.match(given) else None, headers.get("traceparent"))
        state = scope.setdefault("state", {})
        state["request_id"] = trace.request_id
        state["locale"], state["locale_given"] = _locale(scope, headers)
        set_current_locale(state["locale"])
        status = 500
        started = time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                out = MutableHeaders(scope=message)
                out["X-Request-Id"] = trace.request_id
                out.setdefault("Content-Language", state["locale"])
                out.add_vary_header("Accept-Language")
                out.add_vary_header("Authorization")
                out.setdefault("Cache-Control", "private, no-cache")
                for name, value in _SECURITY_HEADERS.items():
                    out.setdefault(name, value)
            await send(message)

        limit = self.max_upload_bytes if self.upload_paths.search(scope["path"]) else self.max_body_bytes
        IN_PROGRESS.inc()
        try:
            await self._limited(scope, receive, send_with_headers, limit, headers)
        finally:
            IN_PROGRESS.dec()
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "unmatched")
            REQUESTS.labels(scope["method"], route, str(status)).inc()
            SECONDS.labels(scope["method"], route).observe(seconds)
            log.info(
                "request", method=scope["method"], route=route, status=status, milliseconds=round(seconds * 1000, 1)
            )

    async def _limited(self, scope: Scope, receive: Receive, send: Send, limit: int, headers: Headers) -> None:
        """Refuse a body over the limit: at once when its length is announced, else as soon as it has grown over it."""
        length = headers.get("content-length", "")
        refusal = problem_response(Request(scope), BodyTooLarge(limit_bytes=limit))
        if length.isdigit() and int(length) > limit:
            await refusal(scope, receive, send)
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
            await refusal(scope, receive, send)


def _locale(scope: Scope, headers: Headers) -> tuple[str, bool]:
    """The reader's language: `?locale=`, else `Accept-Language`, else English until the actor is known."""
    query = scope.get("query_string", b"")
    asked = parse_qs(query.decode("ascii", "replace")).get("locale", [""])[0] if b"locale=" in query else ""
    found = match(asked) if asked else None
    found = found or negotiate(headers.get("accept-language"))
    return (found, True) if found else ("en", False)
