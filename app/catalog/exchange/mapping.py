"""Which column of a file is which field: recognised, or as the supplier said for files with this header line. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import orjson

from app.catalog.exchange.columns import MAX_COLUMNS, canonical, recognise
from app.catalog.exchange.errors import FileRefused
from app.catalog.exchange.values import folded
from app.kit.locales import N_

BMECAT_SIGNATURE = sha256(b"features of BMEcat catalogues").hexdigest()
"""A BMEcat file has no header line: what a supplier says of its feature names holds for all of them."""


@dataclass(frozen=True, slots=True)
class Column:
    """A header and what it was taken for. `keys` has several where the category of a row decides; none: left out."""

    header: str
    keys: tuple[str, ...]
    unit: str | None
    how: str

    @property
    def key(self) -> str:
        """The keys as one text, as rows carry it."""
        return "|".join(self.keys)

    def stored(self) -> dict[str, Any]:
        """As the import remembers it."""
        return {**asdict(self), "keys": list(self.keys)}


def signature(headers: Sequence[str]) -> str:
    """Names a header line, however its letters are written."""
    return sha256(orjson.dumps([folded(header) for header in headers])).hexdigest()


def map_headers(headers: Sequence[str], said: Mapping[str, str | None], *, strict: bool = True) -> list[Column]:
    """One column per header, in order. Raises `FileRefused` with too many columns or, if strict, without a SKU column."""
    headers = [header.strip()[:200] for header in headers]
    while headers and not headers[-1]:
        headers.pop()
    if len(headers) > MAX_COLUMNS:
        message = N_("The file has {count} columns; at most {limit} are read.")
        raise FileRefused("too-many-columns", message, count=len(headers), limit=MAX_COLUMNS)
    columns: list[Column] = []
    taken: set[str] = set()
    for header in headers:
        column = _column(header, said)
        if taken & set(column.keys):
            column = Column(header, (), None, "duplicate")
        taken |= set(column.keys)
        columns.append(column)
    if strict and "sku" not in taken:
        message = N_("No column holds the SKU. Name it “sku”, or say which column it is.")
        raise FileRefused("no-sku-column", message)
    return columns


def _column(header: str, said: Mapping[str, str | None]) -> Column:
    if header in said:
        key = said[header]
        return Column(header, tuple(key.split("|")) if key else (), None, "mapped")
    found = recognise(header) if header else None
    if found is None:
        return Column(header, (), None, "unknown" if header else "empty")
    return Column(header, found.keys, found.unit, "recognised")


def key_said(key: str) -> str | None:
    """The key that a supplier names for a column, in its kept form; None when there is no such column."""
    return canonical(key)
