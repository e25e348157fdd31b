"""Reading of public documents under the role `reader`: one prepared statement a question, no transaction, no reset.

The connections set no session state and every statement is read-only, so nothing has to be tidied up between two questions:
one round trip each. What a connection needs to know (time limits, plans) is told once, when it is opened.
"""

import asyncio
from collections import deque
from typing import Any, TypeAlias

import asyncpg
import structlog

from app.kit.errors import Unavailable
from app.settings import Settings

log = structlog.get_logger(__name__)

Connection: TypeAlias = asyncpg.Connection

SESSION = {
    "application_name": "partingline reader",
    "search_path": "public",
    "timezone": "UTC",
    "default_transaction_read_only": "on",
    # The statements are long and their parameters do not change how they are best run.
    "plan_cache_mode": "force_generic_plan",
    # A plan that is made without knowing what is asked for must not go through a whole table.
    "enable_seqscan": "off",
    # Documents that are read often are in memory: an ordered index is then better than a sorted scan.
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}
"""What a connection is told when it is opened."""

_LOST = (asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, OSError)
_BUSY = (asyncpg.QueryCanceledError, asyncpg.TooManyConnectionsError)


class Reading:
    """The pool of one process, made as it is needed. `url` is that of the role."""

    def __init__(self, settings: Settings, url: str, *, patience_s: float) -> None:
        self._settings = settings
        self._url = url
        self._patience_s = patience_s
        self._idle: list[Connection] = []
        self._opened = 0
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._closed = False

    async def row(self, statement: str, *arguments: Any, ahead: bool = False) -> asyncpg.Record | None:
        """The first row of a statement, or None. Raises `Unavailable` when the database cannot answer now. `ahead` is for who
        has waited for his turn already: the second statement of one answer goes before the first of others.

        Keep statements few and constant: each is planned once a connection. A connection that the server has closed
        meanwhile is replaced, and the question asked again.
        """
        try:
            try:
                return await self._ask(statement, arguments, ahead)
            except _LOST:
                return await self._ask(statement, arguments, ahead=True)
        except (*_LOST, *_BUSY) as error:
            log.warning("reading_failed", error=type(error).__name__)
            raise Unavailable() from error

    async def _ask(self, statement: str, arguments: tuple[Any, ...], ahead: bool) -> asyncpg.Record | None:
        connection = await self._taken(ahead)
        try:
            found: asyncpg.Record | None = await connection.fetchrow(statement, *arguments)
        except asyncpg.PostgresError:
            self._give_back(connection)
            raise
        except BaseException as error:
            if isinstance(error, asyncpg.InterfaceError) and not connection.is_closed():
                # A fault of ours, such as a missing argument.
                self._give_back(connection)
                raise
            # Cancelled or broken in the middle of an answer: nobody knows what it would say next.
            connection.terminate()
            self._give_back(None)
            if isinstance(error, asyncpg.InterfaceError):
                raise ConnectionError("the server closed the connection") from error
            raise
        self._give_back(connection)
        return found

    async def _taken(self, ahead: bool) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._opened -= 1
        if self._opened < self._settings.pool_size:
            return await self._open()
        turn: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        (self._waiting.appendleft if ahead else self._waiting.append)(turn)
        try:
            given = await asyncio.wait_for(turn, self._patience_s)
        except TimeoutError:
            log.warning("database_pool_exhausted")
            raise Unavailable() from None
        return given if given is not None else await self._open()

    async def _open(self) -> Connection:
        self._opened += 1
        try:
            connection: Connection = await asyncpg.connect(
                self._url,
                statement_cache_size=200,
                max_cached_statement_lifetime=0,
                max_cacheable_statement_size=0,
                timeout=10,
                server_settings={
                    **SESSION,
                    "statement_timeout": str(self._settings.statement_timeout_ms),
                },
            )
        except BaseException:
            self._give_back(None)
            raise
        return connection

    def _give_back(self, connection: Connection | None) -> None:
        """To whoever waits first, else to the idle ones; None gives back the right to open one."""
        if connection is not None and (connection.is_closed() or self._closed):
            connection.terminate()
            connection = None
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                if connection is None:
                    self._opened -= 1
                turn.set_result(connection)
                return
        if connection is None:
            self._opened -= 1
        else:
            self._idle.append(connection)

    async def close(self) -> None:
        """Close the idle connections; those in use close when they are given back."""
        self._closed = True
        while self._idle:
            await self._idle.pop().close(timeout=5)
            self._opened -= 1
