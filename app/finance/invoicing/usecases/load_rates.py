"""Load rates of tax from a table, all rows or none."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.einvoicing.document import TaxCategory
from app.finance.invoicing import queries
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.ids import new_id
from app.kit.locales import N_
from app.reference import facade as reference

COLUMNS = ("country", "category", "rate_percent", "valid_from", "valid_until", "source")
MOST_ROWS = 5000
_SOURCE_LENGTH = 300
_MOST_ERRORS = 100

WRONG_ROW = N_(
    "Row {row}: {column} is not right. A row has a country, S with a rate or O without one, a first and perhaps a last day "
    "(YYYY-MM-DD), and where it stands."
)


class _Wrong(Exception):
    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


async def load_rates(session: AsyncSession, actor: Actor, content: bytes) -> int:
    """How many rates were loaded; one of the same country, category and first day is replaced. Raises `Invalid`."""
    rows, errors = [], []
    for number, cells in _records(content):
        try:
            rows.append(_row(cells))
        except _Wrong as wrong:
            errors.append(FieldError("", "wrong-row", WRONG_ROW, {"row": number, "column": wrong.column}))
    keys = {(row["country"], row["category"], row["valid_from"]) for row in rows}
    if len(keys) < len(rows):
        errors.append(FieldError("", "rate-twice", N_("Two rows say what one country charges from the same day.")))
    if not errors and not 1 <= len(rows) <= MOST_ROWS:
        message = N_("A table of rates has 1 to {most} rows.")
        errors.append(FieldError("", "row-count", message, {"most": MOST_ROWS}))
    if errors:
        raise Invalid(errors=errors[:_MOST_ERRORS])
    try:
        async with session.begin_nested():
            await queries.put_rates(session, rows)
    except IntegrityError:
        message = N_("Two rates of a country would hold on one day. Give the earlier one a last day.")
        raise Invalid(errors=[FieldError("", "rates-overlap", message)]) from None
    await audit.record(session, actor, "tax_rates.load", "tax_rates", None, after={"rows": len(rows)})
    return len(rows)


def _records(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """(row number, cells by column); rows count from one, the header included."""
    unreadable = FieldError("", "not-a-table", N_("Send a table as CSV in UTF-8, separated by commas."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(errors=[unreadable]) from None
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if sorted(header) != sorted(COLUMNS):
            message = N_("The first row must name the columns {expected}.")
            raise Invalid(errors=[FieldError("", "header-wanted", message, {"expected": ", ".join(COLUMNS)})])
        for row in reader:
            if any(cell.strip() for cell in row):
                cells = [cell.strip() for cell in row] + [""] * (len(header) - len(row))
                yield reader.line_num, dict(zip(header, cells, strict=False))
    except csv.Error:
        raise Invalid(errors=[unreadable]) from None


def _row(cells: dict[str, str]) -> dict[str, Any]:
    country, category = cells["country"].upper(), cells["category"].upper()
    if not reference.is_country(country):
        raise _Wrong("country")
    if category not in (TaxCategory.STANDARD, TaxCategory.OUT_OF_SCOPE):
        raise _Wrong("category")
    if not 1 <= len(cells["source"]) <= _SOURCE_LENGTH or "\x00" in cells["source"]:
        raise _Wrong("source")
    first = _day(cells, "valid_from")
    last = _day(cells, "valid_until") if cells["valid_until"] else None
    if last is not None and last < first:
        raise _Wrong("valid_until")
    return {
        "id": new_id(),
        "country": country,
        "category": category,
        "rate_percent": _rate(cells, category),
        "valid_from": first,
        "valid_until": last,
        "source": cells["source"],
    }


def _rate(cells: dict[str, str], category: str) -> Decimal | None:
    if category == TaxCategory.OUT_OF_SCOPE:
        if cells["rate_percent"]:
            raise _Wrong("rate_percent")
        return None
    try:
        rate = Decimal(cells["rate_percent"])
    except InvalidOperation:
        raise _Wrong("rate_percent") from None
    if not rate.is_finite() or not 0 < rate < 100 or rate != round(rate, 3):
        raise _Wrong("rate_percent")
    return rate


def _day(cells: dict[str, str], column: str) -> date:
    try:
        return date.fromisoformat(cells[column])
    except ValueError:
        raise _Wrong(column) from None
