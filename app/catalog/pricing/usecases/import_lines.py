"""The lines of a price list as a table: read from CSV row by row, and written to it part by part."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.definitions import categories
from app.catalog.pricing import queries
from app.catalog.pricing.rules import MAX_LINES, WHOLE_BP
from app.catalog.pricing.states import LineScope
from app.catalog.pricing.usecases.edit_list import locked_draft, write_lines
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.ids import new_id
from app.kit.locales import N_
from app.reference import facade as reference

COLUMNS = ("scope", "sku", "category", "min_quantity", "price", "discount_percent")
"""Of the file; the same in every language, so that what was written out can be read in."""

MAX_FINDINGS = 100
_LARGEST = 10**15
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in a row; rows count from one, the header included."""

    row: int
    column: str
    code: str
    message: str


class _Wrong(Exception):
    def __init__(self, column: str, code: str, message: str) -> None:
        super().__init__(code)
        self.column, self.code, self.message = column, code, message


def _records(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """(row number, cells by column), one after the other. Raises `Invalid` for what is no such table."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable() from None
    if "\x00" in text:
        raise _unreadable()
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if set(header) != set(COLUMNS) or len(header) != len(COLUMNS):
            message = N_("The first row must name the columns {expected}.")
            raise Invalid(errors=[FieldError("", "header-wanted", message, {"expected": ", ".join(COLUMNS)})])
        for row in reader:
            if any(cell.strip() for cell in row):
                cells = [_unmarked(cell.strip()) for cell in row] + [""] * (len(header) - len(row))
                yield reader.line_num, dict(zip(header, cells, strict=False))
    except csv.Error:
        raise _unreadable() from None


def _unmarked(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _unreadable() -> Invalid:
    return Invalid(errors=[FieldError("", "not-a-table", N_("Send a table as CSV in UTF-8, separated by commas."))])


def _number(cells: dict[str, str], column: str, decimals: int) -> Decimal:
    try:
        value = Decimal(cells[column])
    except InvalidOperation:
        raise _Wrong(column, "not-a-number", N_("Give a number.")) from None
    if not value.is_finite() or not 0 < value <= _LARGEST or value != round(value, decimals):
        message = N_("Give a positive number with a point before the decimals, and not more of them than fit here.")
        raise _Wrong(column, "out-of-range", message)
    return value


def _line(cells: dict[str, str], own: dict[str, UUID], exponent: int) -> dict[str, Any]:
    """One line ready to be stored."""
    try:
        scope = LineScope(cells["scope"].lower())
    except ValueError:
        raise _Wrong("scope", "unknown-scope", N_("Choose variant, category or range.")) from None
    line: dict[str, Any] = {"id": new_id(), "scope": scope.value, "variant_id": None, "category_code": None}
    line |= {"price_minor": None, "discount_bp": None}
    line["min_quantity"] = _number(cells, "min_quantity", 3) if cells["min_quantity"] else Decimal(1)
    if line["min_quantity"] > 10**9:
        raise _Wrong("min_quantity", "out-of-range", N_("This quantity is too large."))
    unused = {"variant": ("category", "discount_percent"), "category": ("sku", "price"),
              "range": ("sku", "category", "price")}[scope]  # fmt: skip
    filled = next((column for column in unused if cells[column]), None)
    if filled is not None:
        raise _Wrong(filled, "not-for-this-scope", N_("This cell must be empty in a line of this kind."))
    if scope is LineScope.VARIANT:
        if cells["sku"] not in own:
            raise _Wrong("sku", "unknown-variant", N_("Name one of your own variants."))
        line["variant_id"] = own[cells["sku"]]
        minor = _number(cells, "price", exponent).scaleb(exponent)
        if minor > _LARGEST:
            raise _Wrong("price", "out-of-range", N_("This price is too large."))
        line["price_minor"] = int(minor)
        return line
    if scope is LineScope.CATEGORY:
        if cells["category"] not in categories():
            message = N_("There is no such category. Look at the list of categories.")
            raise _Wrong("category", "unknown-category", message)
        line["category_code"] = cells["category"]
    discount = _number(cells, "discount_percent", 2) * 100
    if discount >= WHOLE_BP:
        raise _Wrong("discount_percent", "out-of-range", N_("A discount is less than 100 %."))
    line["discount_bp"] = int(discount)
    return line


async def import_lines(
    session: AsyncSession, actor: Actor, list_id: UUID, content: bytes, *, version: int | None, dry_run: bool
) -> tuple[int, bool, list[RowError]]:
    """(lines that are right, whether they were saved, findings). The lines of the draft are replaced, all or none; with
    `dry_run` nothing is. Raises `Invalid` when the file is no such table."""
    row = await locked_draft(session, actor, list_id, version)
    records = []
    for record in _records(content):
        records.append(record)
        if len(records) > MAX_LINES:
            message = N_("A price list has at most {limit} lines.")
            raise Invalid(errors=[FieldError("", "too-many-lines", message, {"limit": MAX_LINES})])
    skus = sorted({cells["sku"] for _, cells in records if cells["sku"]})
    found = await queries.own_variants(session, actor.organization_id, skus=skus) if skus else {}
    own = {sku: variant_id for variant_id, sku in found.items()}
    lines, errors = _checked(records, own, reference.currency(row.currency).exponent)
    if errors or dry_run:
        return len(lines), False, errors[:MAX_FINDINGS]
    await write_lines(session, actor, row, lines)
    return len(lines), True, []


def _checked(
    records: Sequence[tuple[int, dict[str, str]]], own: dict[str, UUID], exponent: int
) -> tuple[list[dict[str, Any]], list[RowError]]:
    lines: list[dict[str, Any]] = []
    errors: list[RowError] = []
    seen: set[tuple[Any, ...]] = set()
    for number, cells in records:
        try:
            line = _line(cells, own, exponent)
            step = (line["variant_id"], line["category_code"], line["min_quantity"])
            if step in seen:
                message = N_("There is another line for this with the same quantity.")
                raise _Wrong("min_quantity", "line-twice", message)
        except _Wrong as wrong:
            errors.append(RowError(number, wrong.column, wrong.code, wrong.message))
            continue
        seen.add(step)
        lines.append(line)
    return lines, errors


def written(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as CSV. A text that a spreadsheet would run as a formula is marked as text; reading takes the mark away."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row] for row in rows)
    return file.getvalue().encode("utf-8")


def cells_of(line: Any, sku: str | None, exponent: int) -> list[str]:
    """A stored line as a row of the file."""
    price = "" if line.price_minor is None else format(Decimal(line.price_minor).scaleb(-exponent), "f")
    discount = "" if line.discount_bp is None else format((Decimal(line.discount_bp) / 100).normalize(), "f")
    quantity = format(line.min_quantity.normalize(), "f")
    return [line.scope, sku or "", line.category_code or "", quantity, price, discount]
