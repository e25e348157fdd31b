"""How values are shown: as text, shortened nowhere, with every e-mail address masked wherever it stands."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette_admin import BaseField, BooleanField, DateTimeField, StringField

_ADDRESS = re.compile(r"([\w.+'-])[\w.+'-]*@([\w-]+(?:\.[\w-]+)+)")


def masked(text: str) -> str:
    """The text with all but the first letter of every e-mail address's name hidden: `e•••@firm.example`."""
    return _ADDRESS.sub(r"\1•••@\2", text)


def shown(value: Any) -> str:
    """A value of any column as text."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return masked(", ".join(str(item) for item in value))
    if isinstance(value, dict):
        return masked(orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode())
    return masked(str(value))


@dataclass
class Cell(BaseField):
    """A value that is only looked at: no filter is made for it."""

    async def serialize_value(self, request: Request, value: Any) -> str:
        """The text."""
        return shown(value)


@dataclass
class TextCell(StringField):
    """A short text, which may be filtered by."""

    async def serialize_value(self, request: Request, value: Any) -> str:
        """The text."""
        return shown(value)


__all__ = ["BooleanField", "Cell", "DateTimeField", "TextCell", "masked", "shown"]
