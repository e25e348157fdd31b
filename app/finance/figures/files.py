"""Lines as tables: CSV with figures as the reader writes them, XLSX with numbers."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from babel.numbers import format_decimal

from app.finance.figures.schemas import FigureAmountOut, ForecastLineOut, OpenLineOut
from app.finance.figures.states import FileForm
from app.kit.locales import NP_, cldr, current_locale, translate
from app.kit.tables import harmless
from app.kit.xlsx import XlsxOut
from app.reference import facade as reference

MOST_LINES = 2000
MEDIA_TYPES = {
    FileForm.CSV: "text/csv; charset=utf-8",
    FileForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
OPEN_ITEMS = NP_("table of figures", "Open items")
FORECAST = NP_("table of figures", "Cash forecast")
_OPEN_COLUMNS = (
    NP_("open item column", "Document"),
    NP_("open item column", "Kind"),
    NP_("open item column", "Issuer"),
    NP_("open item column", "Recipient"),
    NP_("open item column", "Issued on"),
    NP_("open item column", "Due on"),
    NP_("open item column", "Days overdue"),
    NP_("open item column", "Currency"),
    NP_("open item column", "Open"),
)
_FORECAST_COLUMNS = (
    NP_("forecast column", "Expected on"),
    NP_("forecast column", "What it is"),
    NP_("forecast column", "Deal or document"),
    NP_("forecast column", "Payer"),
    NP_("forecast column", "Payee"),
    NP_("forecast column", "Currency"),
    NP_("forecast column", "Amount"),
)
Cell = str | FigureAmountOut
Word = tuple[str, str]


def open_items_file(form: FileForm, lines: Sequence[OpenLineOut]) -> bytes:
    """Open items, one a row."""
    rows: Iterable[Sequence[Cell]] = (
        (
            one.number, one.kind.label, one.issuer.name, one.recipient.name, one.issued_on.isoformat(),
            one.due_on.isoformat(), str(one.days_overdue), one.open.currency, one.open,
        )
        for one in lines
    )  # fmt: skip
    return _file(form, OPEN_ITEMS, _OPEN_COLUMNS, rows)


def forecast_file(form: FileForm, lines: Sequence[ForecastLineOut]) -> bytes:
    """Lines of a forecast, one a row."""
    rows: Iterable[Sequence[Cell]] = (
        (
            one.day.isoformat() if one.day else "", one.kind.label, one.number or "",
            one.payer.name if one.payer else "", one.payee.name if one.payee else "", one.amount.currency, one.amount,
        )
        for one in lines
    )  # fmt: skip
    return _file(form, FORECAST, _FORECAST_COLUMNS, rows)


def _file(form: FileForm, sheet: Word, columns: Sequence[Word], rows: Iterable[Sequence[Cell]]) -> bytes:
    locale = current_locale()
    head = [translate(column, locale) for column in columns]
    if form is FileForm.XLSX:
        book = XlsxOut([translate(sheet, locale)])
        begun = book.rows([head, *([_plain(cell) for cell in row] for row in rows)])
        return begun + book.end()
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        # A figure is a number even where it begins with a minus.
        writer.writerow([harmless(cell) if isinstance(cell, str) else _written(cell, locale) for cell in row])
    return ("\ufeff" + out.getvalue()).encode()


def _plain(cell: Cell) -> str:
    """A figure with a point, which a workbook takes as a number."""
    return cell if isinstance(cell, str) else format(_major(cell), "f")


def _written(cell: FigureAmountOut, locale: str) -> str:
    exponent = reference.currency(cell.currency).exponent
    pattern = f"0.{'0' * exponent}" if exponent else "0"
    return str(format_decimal(_major(cell), format=pattern, locale=cldr(locale)))


def _major(cell: FigureAmountOut) -> Decimal:
    return Decimal(cell.minor).scaleb(-reference.currency(cell.currency).exponent)
