"""Cells of tables that people open in a spreadsheet."""

from typing import TypeVar

Cell = TypeVar("Cell")

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: Cell) -> Cell | str:
    """A text that a spreadsheet would run as a formula is marked as text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGINS_FORMULA) else cell
