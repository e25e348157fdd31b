"""Cells of tables that people open in a spreadsheet."""

import re
from collections.abc import Sequence
from typing import TypeVar

Cell = TypeVar("Cell")

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: Cell) -> Cell | str:
    """A text that a spreadsheet would run as a formula is marked as text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGINS_FORMULA) else cell


def escaped(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe goes before what would begin one."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unescaped(cells: Sequence[str]) -> list[str]:
    """The other way round: exactly what `escaped` put there is taken away."""
    return [cell[1:] if cell[:1] == "'" and _FORMULA.match(cell[1:]) else cell for cell in cells]
