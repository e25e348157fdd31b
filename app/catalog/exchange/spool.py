"""Rows of a file on disk, grouped by product: a product's rows may stand anywhere in it, and none are held in memory.

A private SQLite file that the system removes with its connection, or with the process. It is made of the file alone, so
that whoever resumes an import makes the same one and goes on at the same place.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app.catalog.exchange.readers.rows import Fault
from app.catalog.listing_rows import MAX_VARIANTS


@dataclass(frozen=True, slots=True)
class SpooledRow:
    """One row with its cells by column key. `twice` means that its SKU stands in an earlier row too."""

    number: int
    cells: dict[str, str]
    fault: Fault | None
    twice: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one product; only their number when there are too many. `position` counts from 1, by first row."""

    position: int
    code: str
    count: int
    rows: Sequence[SpooledRow]


class Spool:
    """Fill it row by row, seal it, then take it out product by product."""

    def __init__(self) -> None:
        # Used by one thread at a time, but not always by the same.
        self._table = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -16384", "temp_store = FILE"):
            self._table.execute(f"PRAGMA {setting}")
        self._table.execute(
            "CREATE TABLE rows (number INTEGER PRIMARY KEY, code TEXT, sku TEXT, cells BLOB, twice INT DEFAULT 0)"
        )
        self._keys: list[str] = []
        self.rows = 0

    def columns(self, keys: Sequence[str]) -> None:
        """The keys of tabular rows; an empty key is a column that is left out."""
        self._keys = list(keys)

    def add(self, rows: Iterable[tuple[int, str, str, Any]]) -> None:
        """(number, product code, SKU, cells as list or dict, or a fault)."""
        batch = [
            (number, code or f"\x00{number}", sku, orjson.dumps(_plain(cells))) for number, code, sku, cells in rows
        ]
        self._table.execute("BEGIN")
        self._table.executemany("INSERT INTO rows (number, code, sku, cells) VALUES (?, ?, ?, ?)", batch)
        self._table.execute("COMMIT")
        self.rows += len(batch)

    def seal(self) -> None:
        """Group by product in the order of their first rows, and mark SKUs that come again."""
        self._table.execute("CREATE INDEX by_code ON rows (code)")
        self._table.execute("CREATE INDEX by_sku ON rows (sku)")
        self._table.execute("CREATE TABLE products (position INTEGER PRIMARY KEY, code TEXT, count INT)")
        self._table.execute(
            "INSERT INTO products (code, count) SELECT code, count(*) FROM rows GROUP BY code ORDER BY min(number)"
        )
        self._table.execute(
            "UPDATE rows SET twice = 1 WHERE sku IN (SELECT sku FROM rows WHERE sku <> '' GROUP BY sku HAVING count(*) > 1) "
            "AND number > (SELECT min(number) FROM rows AS other WHERE other.sku = rows.sku)"
        )

    def after(self, position: int, rows: int) -> list[Group]:
        """The next products behind a position, with at least one and about so many rows."""
        found: list[Group] = []
        taken = 0
        wanted = self._table.execute(
            "SELECT position, code, count FROM products WHERE position > ? ORDER BY position LIMIT ?", (position, rows)
        ).fetchall()
        for at, code, count in wanted:
            if found and taken + min(count, MAX_VARIANTS) > rows:
                break
            limit = count if count <= MAX_VARIANTS else 1
            lines = self._table.execute(
                "SELECT number, cells, twice FROM rows WHERE code = ? ORDER BY number LIMIT ?", (code, limit)
            )
            found.append(Group(at, code.partition("\x00")[0], count, [self._row(*line) for line in lines]))
            taken += limit
        return found

    def close(self) -> None:
        """Give the disk back."""
        self._table.close()

    def _row(self, number: int, cells: bytes, twice: int) -> SpooledRow:
        given = orjson.loads(cells)
        if isinstance(given, list):
            by_key = {key: cell for key, cell in zip(self._keys, given, strict=False) if key}
            by_key.update({key: "" for key in self._keys[len(given) :] if key})
            return SpooledRow(number, by_key, None, bool(twice))
        if "fault" in given:
            return SpooledRow(number, {}, Fault(**given["fault"]))
        return SpooledRow(number, given["cells"], None, bool(twice))


def _plain(cells: list[str] | dict[str, str] | Fault) -> Any:
    if isinstance(cells, list):
        return cells
    if isinstance(cells, Fault):
        return {"fault": {"code": cells.code, "message": cells.message, "params": cells.params, "column": cells.column}}
    return {"cells": cells}
