"""Read an uploaded file, and say in which place what is wrong."""

import io
from typing import BinaryIO

from app.finance.bank.camt import read_statements
from app.finance.bank.camt_words import Refused
from app.finance.bank.errors import StatementRefused
from app.finance.bank.statement import Statement
from app.kit.errors import FieldError


def read_file(content: bytes | BinaryIO) -> list[Statement]:
    """The statements of a file. Raises `StatementRefused`."""
    try:
        return read_statements(io.BytesIO(content) if isinstance(content, bytes) else content)
    except Refused as refused:
        error = FieldError(pointer(refused.place), refused.code, refused.message, refused.params)
        raise StatementRefused(errors=[error], place=refused.place or None) from None


def pointer(place: str) -> str:
    """Where it stands: the statement and its entry, counted from one."""
    names = ("statements", "entries")
    return "".join(f"/{name}/{number}" for name, number in zip(names, place.split("/"), strict=False) if number)
