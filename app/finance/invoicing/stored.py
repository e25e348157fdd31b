"""An invoice's document as it is stored: JSON whose digest can be reckoned again from what the database gives back."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from hashlib import sha256
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import orjson

from app.finance.einvoicing.document import Document

Stored = dict[str, Any]


def written(document: Document) -> Stored:
    """The document as JSON: decimals and days as text, and what is absent or empty left out."""
    found: Stored = _plain(document)
    return found


def digest(stored: Mapping[str, Any]) -> bytes:
    """SHA-256 over the canonical JSON: keys sorted, no spaces, UTF-8."""
    return sha256(orjson.dumps(stored, option=orjson.OPT_SORT_KEYS)).digest()


def read(stored: Mapping[str, Any]) -> Document:
    """The document that was written. Raises ValueError, KeyError or TypeError for what none is."""
    document: Document = _read(Document, stored)
    return document


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        pairs = ((one.name, getattr(value, one.name)) for one in fields(value))
        return {name: _plain(found) for name, found in pairs if found is not None and found != ()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, value: Any) -> Any:
    if get_origin(kind) in (Union, UnionType):
        [kind] = [one for one in get_args(kind) if one is not type(None)]
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], one) for one in value)
    if is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]
        return kind(**{name: _read(hints[name], found) for name, found in value.items()})  # type: ignore[operator]
    if kind is date:
        return date.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, StrEnum | Decimal):
        return kind(value)
    return value
