"""The route class and router of every room: strict JSON, clean parameters, stored answers for repeated requests."""

import json
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Message, Receive, Scope, Send

from app.kit import etags, idempotency
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_


class StrictRequest(Request):
    """A request whose JSON is UTF-8 without unpaired surrogates (orjson refuses them) and without NUL characters."""

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            body = await self.body()
            try:
                parsed = orjson.loads(body)
            except orjson.JSONDecodeError as error:
                raise json.JSONDecodeError(error.msg, "", error.pos) from None
            if (b"\\u0000" in body or b"\x00" in body) and _has_nul(parsed):
                raise json.JSONDecodeError("NUL character", "", 0)
            self._json = parsed
        return self._json


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(item) for key, item in value.items())
    if isinstance(value, list):
        return any(_has_nul(item) for item in value)
    return False


def _is_utf8(encoded: bytes) -> bool:
    """Whether percent-encoded bytes are text. Else they would silently be read as something else."""
    try:
        unquote_to_bytes(encoded).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


async def _check_texts(request: Request) -> None:
    """Of address and forms: PostgreSQL cannot store NUL, and what is not UTF-8 is no text. Refuse both before anything is
    read."""
    places = {"#/path": request.scope.get("raw_path") or b"", "#/query": request.scope["query_string"]}
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        places[""] = await request.body()
    message = N_("The text has characters that are not valid Unicode.")
    errors = [FieldError(place, "string-unicode", message) for place, raw in places.items() if not _is_utf8(raw)]
    found = [("query", name, value) for name, value in request.query_params.multi_items()]
    found += [("path", name, str(value)) for name, value in request.path_params.items()]
    for source, name, value in found:
        if "\x00" in name or "\x00" in value:
            errors.append(
                FieldError(f"#/{source}/{name.encode('ascii', 'replace').decode()}", "nul-character",
                           N_("The text must not contain NUL characters."))
            )  # fmt: skip
    if errors:
        raise Invalid(errors=errors)


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head


class HouseRoute(APIRoute):
    """Route class of every room. What answers GET answers HEAD too; a route of HEAD's own stands before that of GET."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the route answers; GET answers for HEAD."""
        return super().matches({**scope, "method": "GET"} if self._is_head(scope) else scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the route; a HEAD request as the GET that it asks about."""
        if self._is_head(scope):
            # A copy: the server reads the method of the request from its own.
            await super().handle({**scope, "method": "GET"}, receive, _without_body(send))
        else:
            await super().handle(scope, receive, send)

    def _is_head(self, scope: Scope) -> bool:
        return scope.get("method") == "HEAD" and self.methods == {"GET"}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        original = super().get_route_handler()

        async def handler(request: Request) -> Response:
            request = StrictRequest(request.scope, request.receive)
            await _check_texts(request)
            try:
                response = await original(request)
            except idempotency.Replay as replay:
                return replay.response
            etags.complete_tag(response)
            # Before the transaction ends: the answer is stored in the same commit as what it reports.
            await idempotency.remember(request, response)
            return etags.unchanged(request, response)

        return handler


def house_router(*, tags: list[str], prefix: str = "/v1") -> APIRouter:
    """A router with the house's route class."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=HouseRoute)


def find_quickly(app: FastAPI) -> None:
    """Let a router be asked only about paths whose second word one of its routes has: `inquiries` of /v1/inquiries/{inquiry_id}.

    With all rooms' routers included, asking each about each of its routes took a millisecond of every request. A router
    with a route whose second word is a parameter is asked about every path.
    """
    for included in app.router.routes:
        router = getattr(included, "original_router", None)
        if router is not None:
            # As they were written: asking for the routes as they were included would make all of them before the first request.
            words = {_second_word(included.include_context.path_for(route)) for route in router.routes}  # type: ignore[attr-defined]
            if not any("{" in word for word in words):
                included.matches = _only_about(words, included.matches)  # type: ignore[assignment, method-assign]


Matches = Callable[[Scope], tuple[Match, Scope]]


def _only_about(words: set[str], matches: Matches) -> Matches:
    def asked(scope: Scope) -> tuple[Match, Scope]:
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        return matches(scope) if _second_word(path) in words else (Match.NONE, {})

    return asked


def _second_word(path: str) -> str:
    words = path.split("/", 3)
    return words[2] if len(words) > 2 else ""
