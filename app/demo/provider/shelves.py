"""What the provider knows, and the file in which it stands before anybody is answered."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

_TABLE = """
CREATE TABLE IF NOT EXISTS things (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  shelf TEXT NOT NULL,
  id TEXT NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (shelf, id)
)
"""
_PUT = """
INSERT INTO things (shelf, id, body) VALUES (?, ?, ?) ON CONFLICT (shelf, id) DO UPDATE SET body = excluded.body
"""
_FOUND = TypeVar("_FOUND")


class Shelf(dict[str, _FOUND]):
    """Things by id, which remembers whichever were taken in hand: whoever holds one may change it."""

    def __init__(self, kind: type | None = None) -> None:
        """`kind`: the dataclass of its things, when they are no plain values."""
        super().__init__()
        self.kind = kind
        self.touched: dict[str, None] = {}

    def __getitem__(self, name: str) -> _FOUND:
        self.touched[name] = None
        return super().__getitem__(name)

    def __setitem__(self, name: str, thing: _FOUND) -> None:
        self.touched[name] = None
        super().__setitem__(name, thing)

    def __delitem__(self, name: str) -> None:
        self.touched[name] = None
        super().__delitem__(name)

    def get(self, name: str, otherwise: Any = None) -> Any:
        """Take one in hand, if it is there."""
        self.touched[name] = None
        return super().get(name, otherwise)

    def pop(self, name: str, otherwise: Any = None) -> Any:
        """Take one away, if it is there."""
        self.touched[name] = None
        return super().pop(name, otherwise)


class Book:
    """One SQLite file. What is written in it survives the process, however that ends; no two processes have it open."""

    def __init__(self, file: Path) -> None:
        """Makes the file, for nobody else to read, when there is none."""
        file.touch(mode=0o600, exist_ok=True)
        self._pages = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"):
            self._pages.execute(f"PRAGMA {pragma}")
        self._pages.execute(_TABLE)
        self._written: dict[tuple[str, str], str] = {}

    def read(self, shelves: Mapping[str, Shelf[Any]]) -> None:
        """Put everything back where it was, in the order in which it came."""
        for name, key, body in self._pages.execute("SELECT shelf, id, body FROM things ORDER BY sequence"):
            shelf, value = shelves[name], json.loads(body)
            shelf[key] = shelf.kind(**value) if shelf.kind else value
            self._written[name, key] = body
        for shelf in shelves.values():
            shelf.touched.clear()

    def write(self, shelves: Mapping[str, Shelf[Any]]) -> None:
        """Write down what has changed, all or nothing; what could not be written is written with the next."""
        changed: dict[tuple[str, str], str | None] = {}
        for name, shelf in shelves.items():
            for key in shelf.touched:
                body = _text(dict.__getitem__(shelf, key)) if key in shelf else None
                if body != self._written.get((name, key)):
                    changed[name, key] = body
        if changed:
            self._pages.execute("BEGIN IMMEDIATE")
            try:
                for (name, key), body in changed.items():
                    if body is None:
                        self._pages.execute("DELETE FROM things WHERE shelf = ? AND id = ?", (name, key))
                    else:
                        self._pages.execute(_PUT, (name, key, body))
                self._pages.execute("COMMIT")
            except BaseException:
                if self._pages.in_transaction:
                    self._pages.execute("ROLLBACK")
                raise
        for place, body in changed.items():
            if body is None:
                self._written.pop(place, None)
            else:
                self._written[place] = body
        for shelf in shelves.values():
            shelf.touched.clear()

    def close(self) -> None:
        """Close the file."""
        self._pages.close()


def _text(thing: Any) -> str:
    return json.dumps(asdict(thing) if is_dataclass(thing) and not isinstance(thing, type) else thing)
