"""Nobody outside the house is called while a transaction is open: he may take his time, and locks and connections would wait.

Every transaction is noted for the task that opened it, and every way out looks there first. So does whoever opens another one:
a request that holds one connection and waits for a second waits for others that do the same, until the pool's patience is over.
"""

import functools
import inspect
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

log = structlog.get_logger(__name__)

Gateway = TypeVar("Gateway", bound=type)
OF_REQUEST = "of the request"
"""How a session is marked whose connection is a request's one and only."""
WAYS_HOME = frozenset({"aclose"})
"""What a gateway does when nobody will call it any more."""

# A task that is begun within a transaction inherits the note; what counts is whether that session still has one open.
_noted: ContextVar[tuple[tuple["weakref.ref[AsyncSession]", bool], ...]] = ContextVar("transactions", default=())


class HeldTwice(RuntimeError):
    """A request that holds a connection of a pool waits for another one, as all of its kind may do at once. A fault of ours."""


class CalledWithinTransaction(RuntimeError):
    """A gateway was called while this task's session had a transaction open. A fault of ours."""


@contextmanager
def noted(session: AsyncSession, *, strict: bool) -> Iterator[None]:
    """While the session has a transaction open within the block, calls out are refused, or told to the log if not `strict`."""
    mark = (weakref.ref(session), strict)
    _noted.set((*_noted.get(), mark))
    try:
        yield
    finally:
        # By what is there now: a stream may be ended in another context than the one that it was begun in.
        _noted.set(tuple(one for one in _noted.get() if one is not mark))


def look(way: str) -> None:
    """Raise `CalledWithinTransaction`, or tell the log, when a transaction is open."""
    for session, strict in _noted.get():
        found = session()
        if found is not None and found.in_transaction():
            if strict:
                raise CalledWithinTransaction(f"{way} was called within a transaction")
            log.error("called_within_transaction", way=way)
            return


def look_twice(engine: AsyncEngine) -> None:
    """Raise `HeldTwice`, or tell the log, when the request that is being answered has a transaction of this pool open already."""
    for session, strict in _noted.get():
        found = session()
        if found is not None and OF_REQUEST in found.info and found.bind is engine and found.in_transaction():
            if strict:
                raise HeldTwice("a request holds a connection and asks for another one of the same pool")
            log.error("connection_held_twice")
            return


def calls_out(gateway: Gateway) -> Gateway:
    """Let every public call of a gateway look first whether a transaction is open: what it inherits as well."""
    for name in dir(gateway):
        call = getattr(gateway, name)
        if name.startswith("_") or name in WAYS_HOME or not inspect.isfunction(call):
            continue
        if inspect.iscoroutinefunction(call):
            setattr(gateway, name, _waiting(call, f"{gateway.__name__}.{name}"))
        elif inspect.isasyncgenfunction(inspect.unwrap(call)):
            setattr(gateway, name, _at_once(call, f"{gateway.__name__}.{name}"))
    return gateway


def _waiting(call: Callable[..., Any], way: str) -> Callable[..., Any]:
    @functools.wraps(call)
    async def looked(*arguments: Any, **options: Any) -> Any:
        look(way)
        return await call(*arguments, **options)

    return looked


def _at_once(call: Callable[..., Any], way: str) -> Callable[..., Any]:
    @functools.wraps(call)
    def looked(*arguments: Any, **options: Any) -> Any:
        look(way)
        return call(*arguments, **options)

    return looked
