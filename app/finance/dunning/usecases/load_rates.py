"""Load rates of interest for late payment from a table, all rows or none."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.dunning import queries
from app.finance.dunning.late_payment import REFERENCE, half_year
from app.finance.invoicing.facade import EUROPEAN_UNION
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.ids import new_id
from app.kit.locales import N_

COLUMNS = ("country", "valid_from", "rate_bp", "source")
MOST_ROWS = 2000
LEAST_BP, MOST_BP = -500, 3000
_SOURCE_LENGTH = 300
_MOST_ERRORS = 100

WRONG_ROW = N_(
    "Row {row}: {column} is not right. A row has EU for the reference rate or a member state for its points, the first day of a "
    "half-year (YYYY-MM-DD), basis points, and where it stands."
)


class _Wrong(Exception):
    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


async def load_rates(session: AsyncSession, actor: Actor, content: bytes) -> int:
    """How many rates were loaded; one of the same country and half-year is replaced. Letters that were written stay as they are.
    Raises `Invalid`."""
    rows, errors = [], []
    for number, cells in _records(content):
        try:
            rows.append(_row(cells))
        except _Wrong as wrong:
            errors.append(FieldError("", "wrong-row", WRONG_ROW, {"row": number, "column": wrong.column}))
    if len({(row["country"], row["valid_from"]) for row in rows}) < len(rows):
        message = N_("Two rows say what holds in one country from the same day.")
        errors.append(FieldError("", "rate-twice", message))
    if not errors and not 1 <= len(rows) <= MOST_ROWS:
        errors.append(FieldError("", "row-count", N_("A table of rates has 1 to {most} rows."), {"most": MOST_ROWS}))
    if errors:
        raise Invalid(errors=errors[:_MOST_ERRORS])
    await queries.put_rates(session, rows)
    await audit.record(session, actor, "late_payment_rates.load", "late_payment_rates", None, after={"rows": len(rows)})
    return len(rows)


def _records(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """(row number, cells by column); rows count from one, the header included."""
    unreadable = FieldError("", "not-a-table", N_("Send a table as CSV in UTF-8, separated by commas."))
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        header = [name.strip().lower() for name in next(reader, [])]
        if sorted(header) != sorted(COLUMNS):
            message = N_("The first row must name the columns {expected}.")
            raise Invalid(errors=[FieldError("", "header-wanted", message, {"expected": ", ".join(COLUMNS)})])
        for row in reader:
            if any(cell.strip() for cell in row):
                cells = [cell.strip() for cell in row] + [""] * (len(header) - len(row))
                yield reader.line_num, dict(zip(header, cells, strict=False))
    except (UnicodeDecodeError, csv.Error):
        raise Invalid(errors=[unreadable]) from None


def _row(cells: dict[str, str]) -> dict[str, Any]:
    country = cells["country"].upper()
    if country != REFERENCE and country not in EUROPEAN_UNION:
        raise _Wrong("country")
    try:
        first = date.fromisoformat(cells["valid_from"])
    except ValueError:
        raise _Wrong("valid_from") from None
    if half_year(first) != first:
        raise _Wrong("valid_from")
    digits = cells["rate_bp"].removeprefix("-")
    if not (
        digits.isascii() and digits.isdigit() and len(digits) <= 4 and LEAST_BP <= int(cells["rate_bp"]) <= MOST_BP
    ):
        raise _Wrong("rate_bp")
    if not 1 <= len(cells["source"]) <= _SOURCE_LENGTH or "\x00" in cells["source"]:
        raise _Wrong("source")
    rate_bp, source = int(cells["rate_bp"]), cells["source"]
    return {"id": new_id(), "country": country, "valid_from": first, "rate_bp": rate_bp, "source": source}
