"""Identifiers: UUIDv7, made in Python, so that a caller knows the id before the row exists."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from uuid_utils.compat import uuid7

_source: ContextVar[Callable[[], UUID]] = ContextVar("ids", default=uuid7)


def new_id() -> UUID:
    """A new UUIDv7: time-ordered, so that primary keys append to their index."""
    return _source.get()()


@contextmanager
def ids_from(source: Callable[[], UUID]) -> Iterator[None]:
    """Within the block, take new ids from `source`: for sample data that are the same in every installation."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)
