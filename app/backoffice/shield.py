"""The outermost layer: headers that keep scripts of others out, and the refusal of requests from other sites."""

import secrets

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.routing import Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.backoffice.errors import SentFromElsewhere
from app.kit.errors import Problem
from app.kit.origin import sent_from_elsewhere
from app.kit.problems import UnreadableRequest, problem_response
from app.settings import Settings

ROUTE_NAME = "backoffice"


def content_security_policy(nonce: str) -> str:
    """Only scripts and style sheets with this answer's nonce, and files of our own. Nothing from anywhere else.

    Style attributes stay allowed: the library's templates carry some, and they cannot run anything.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            f"style-src 'self' 'nonce-{nonce}'",
            "style-src-attr 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


class Shield:
    """Sets `state.csp_nonce` for the templates; hardens the library's cookies; refuses what no browser of ours sends."""

    def __init__(self, app: ASGIApp, house: FastAPI) -> None:
        self.app = app
        self.house = house
        # Templates ask for an address for each table. Looked for among all routes of the house, these took most of a page's time.
        self.addresses = Router(routes=[route for route in house.routes if getattr(route, "name", None) == ROUTE_NAME])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["router"] = self.addresses
        settings: Settings = self.house.state.settings
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["csp_nonce"] = nonce
        static = "/static/" in scope["path"]

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = content_security_policy(nonce)
                headers["Referrer-Policy"] = "same-origin"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
                if not static:
                    headers["Cache-Control"] = "no-store"
                _harden_cookies(headers, secure=settings.environment == "production")
            await send(message)

        refusal = _refusal(scope)
        if refusal is not None:
            await problem_response(Request(scope), refusal)(scope, receive, guarded)
            return
        await self.app(scope, receive, guarded)


def _refusal(scope: Scope) -> Problem | None:
    query = scope.get("query_string", b"")
    if b"%00" in query or b"\x00" in query or "\x00" in scope["path"]:
        return UnreadableRequest()
    # Beside the CSRF token.
    return SentFromElsewhere() if sent_from_elsewhere(scope) else None


def _harden_cookies(headers: MutableHeaders, *, secure: bool) -> None:
    cookies = headers.getlist("set-cookie")
    if not cookies:
        return
    del headers["set-cookie"]
    for cookie in cookies:
        hardened = cookie.replace("SameSite=lax", "SameSite=strict")
        if secure and "; secure" not in hardened.lower():
            hardened += "; Secure"
        headers.append("set-cookie", hardened)
