"""What readers hand on, and how much they take."""

from dataclasses import dataclass, field
from typing import Any

from app.kit.locales import N_

MAX_CELL = 32_768
MAX_LINE = 1_048_576
MAX_ROWS = 1_000_000

CELL_TOO_LONG = N_("A cell is longer than {limit} characters. Is a quotation mark left open?")
NOT_DECODABLE = N_("These bytes are no text in the encoding {encoding}. Save the file as UTF-8.")
NUL = N_("The text must not contain NUL characters.")
TOO_MANY_CELLS = N_("The row has {count} cells, the first line {width}. Is a separator too many?")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row cannot be read: stable code, message id, parameters."""

    code: str
    message: str
    params: dict[str, Any] = field(default_factory=dict)
    column: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its number in the file (from 1), its cells, and what is wrong with it, if anything."""

    number: int
    cells: list[str]
    fault: Fault | None = None


def too_long() -> Fault:
    """A cell above the limit."""
    return Fault("cell-too-long", CELL_TOO_LONG, {"limit": MAX_CELL})


def too_many_cells(count: int, width: int) -> Fault:
    """A row that goes on behind the last header: a separator too many has moved its cells."""
    return Fault("too-many-cells", TOO_MANY_CELLS, {"count": count, "width": width})


def checked(number: int, cells: list[str]) -> Row:
    """A row, refused when a cell is too long or holds NUL."""
    for cell in cells:
        if len(cell) > MAX_CELL:
            return Row(number, [], too_long())
        if "\x00" in cell:
            return Row(number, [], Fault("nul-character", NUL))
    return Row(number, cells)
