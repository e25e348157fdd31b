"""Compiled statements, kept for all tests of a process.

SQLAlchemy keeps what it compiled by the statement and by the engine's dialect object. Every test has engines of its own, all of
one dialect, so that each would compile again what its predecessors have compiled: a tenth of a test's processor time.
"""

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.util import LRUCache

MOST = 5_000


class _Kept(LRUCache[Any, Any]):
    """By the dialect's class in place of the dialect, which comes first in a key."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__((type(key[0]), *key[1:]), value)


_kept = _Kept(MOST)


def keep_compiled() -> None:
    """From now on all engines of this process share what they compile."""
    event.listen(Engine, "engine_connect", _share)


def _share(connection: Connection) -> None:
    connection.engine._compiled_cache = _kept
