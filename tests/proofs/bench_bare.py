"""What the bench compares with: a bare ASGI application with the same SQL, driver, role, session and pool, and nothing else.

It takes the parameters out of the address by hand and passes on what PostgreSQL built. Searches, whose statements depend on what
is asked, replay those that the application sent, recorded beforehand.
"""

import asyncio
import pickle
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import asyncpg

from app.catalog.definitions import categories
from app.catalog.reading import detail_statement, page_statement
from app.kit.db.engine import Role, role_url
from app.kit.db.reading import SESSION
from app.settings import Settings, get_settings

Send = Callable[[dict[str, Any]], Awaitable[None]]
Recorded = dict[str, list[tuple[str, tuple[Any, ...]]]]
PRODUCT = "/v1/catalog/products/"


class Connections:
    """As many connections as the application keeps, prepared alike, never reset."""

    def __init__(self, settings: Settings) -> None:
        self._url = role_url(settings, Role.READER).set(drivername="postgresql").render_as_string(hide_password=False)
        self._idle: asyncio.Queue[asyncpg.Connection] = asyncio.Queue()
        self._left = settings.pool_size

    async def rows(self, statements: list[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """The first row of each statement."""
        if self._idle.empty() and self._left > 0:
            self._left -= 1
            held = await asyncpg.connect(
                self._url, server_settings=SESSION, statement_cache_size=200, max_cacheable_statement_size=0
            )
        else:
            held = await self._idle.get()
        rows = [await held.fetchrow(statement, *arguments) for statement, arguments in statements]
        self._idle.put_nowait(held)
        return rows


def bare_application(settings: Settings, recorded: Recorded) -> Callable[[dict[str, Any], Any, Send], Any]:
    """The application."""
    connections = Connections(settings)

    async def app(scope: dict[str, Any], _receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            return
        path, query = scope["path"], scope["query_string"].decode()
        if path.startswith(PRODUCT):
            (row,) = await connections.rows([(detail_statement(), (path[len(PRODUCT) :], "en", "metric", None, ()))])
            body = row[1]
        elif path == "/v1/catalog/products":
            asked = dict(parse_qsl(query))
            code, limit = asked["category"], int(asked["limit"])
            statement = page_statement(len(categories()[code].path), False, False, limit)
            (row,) = await connections.rows([(statement, ("en", "metric", None, limit, (), code))])
            body = b'{"items":[' + row[3] + b"]}"
        elif f"{path}?{query}" in recorded:
            rows = await connections.rows(recorded[f"{path}?{query}"])
            body = b'{"items":[' + b",".join(rows[-1][0] or ()) + b"]}"
        else:
            body = b"{}"
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def serve(file: Path, port: int) -> int:
    """Run it with the server's settings of `partingline serve`."""
    import uvicorn

    # Written by this program's own parent a moment ago.
    app = bare_application(get_settings(), pickle.loads(file.read_bytes()))
    uvicorn.run(
        app, host="127.0.0.1", port=port, access_log=False, server_header=False, log_level="warning",
        timeout_keep_alive=75,
    )  # fmt: skip
    return 0
