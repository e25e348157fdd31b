"""The three ways of writing a statement. Each takes rows as they come and ends with a file."""

import asyncio
import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Protocol

import xlsxwriter
from babel.numbers import format_decimal

from app.documents import facade as documents
from app.finance.ledger.statements.sheet import PAGE, TITLE, Head, Row
from app.finance.ledger.states import StatementFormat
from app.kit.errors import Unavailable
from app.kit.locales import cldr, translate
from app.reference import facade as reference

TEMPLATE = Path(__file__).resolve().parent / "statement.typ"
IN_MEMORY = 2**20
MOST = {StatementFormat.CSV: 5_000_000, StatementFormat.XLSX: 1_000_000, StatementFormat.PDF: 2_000}
"""Entries. A spreadsheet has 1,048,576 rows; a page of paper forty."""
MEDIA_TYPES = {
    StatementFormat.CSV: "text/csv; charset=utf-8",
    StatementFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    StatementFormat.PDF: "application/pdf",
}


class Writer(Protocol):
    """Rows in, a file out, wound back to its beginning."""

    def write(self, rows: Sequence[Row]) -> None:
        """The next rows."""

    async def end(self) -> IO[bytes]:
        """The whole. Call it with no transaction open. Raises `Unavailable`."""


def _spool() -> IO[bytes]:
    return SpooledTemporaryFile(max_size=IN_MEMORY)


class CsvWriter:
    """UTF-8 with a mark, as spreadsheets open it; figures and dates as the reader writes them."""

    def __init__(self, head: Head) -> None:
        self._head, self._file = head, _spool()
        self._pattern = f"0.{'0' * head.exponent}" if head.exponent else "0"
        self._file.write(b"\xef\xbb\xbf")
        account = f"{head.purpose} ({head.account.currency})"
        self._rows([[translate(TITLE, head.locale), head.holder, account, head.days], [], head.headings])

    def _rows(self, rows: Sequence[Sequence[str]]) -> None:
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\r\n").writerows(rows)
        self._file.write(out.getvalue().encode())

    def _figure(self, value: Decimal | None) -> str:
        return "" if value is None else format_decimal(value, format=self._pattern, locale=cldr(self._head.locale))

    def write(self, rows: Sequence[Row]) -> None:
        """The next rows."""
        self._rows(
            [
                [
                    reference.display_date(row.day, self._head.locale, "short"),
                    row.posting,
                    row.cause,
                    row.reference,
                    *(self._figure(value) for value in (row.debit, row.credit, row.balance)),
                ]
                for row in rows
            ]
        )

    async def end(self) -> IO[bytes]:
        """The whole."""
        self._file.seek(0)
        return self._file


class XlsxWriter:
    """A workbook of one sheet, written row by row; dates and figures are such: the reader's program shows them his way."""

    def __init__(self, head: Head) -> None:
        self._file = _spool()
        self._book = xlsxwriter.Workbook(self._file, {"constant_memory": True, "in_memory": False})
        bold = self._book.add_format({"bold": True})
        figure = "#,##0" + (f".{'0' * head.exponent}" if head.exponent else "")
        self._money = self._book.add_format({"num_format": figure})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._sheet = self._book.add_worksheet()
        if cldr(head.locale).text_direction == "rtl":
            self._sheet.right_to_left()
        for column, width in enumerate((12, 30, 16, 38, 16, 16, 18)):
            self._sheet.set_column(column, column, width)
        self._sheet.freeze_panes(3, 0)
        account = f"{head.purpose} ({head.account.currency})"
        for column, text in enumerate((translate(TITLE, head.locale), head.holder, account, head.days)):
            self._sheet.write_string(0, column, text, bold)
        for column, text in enumerate(head.headings):
            self._sheet.write_string(2, column, text, bold)
        self._next = 3

    def write(self, rows: Sequence[Row]) -> None:
        """The next rows."""
        for row in rows:
            self._sheet.write_datetime(self._next, 0, row.day, self._day)
            for column, text in enumerate((row.posting, row.cause, row.reference), start=1):
                self._sheet.write_string(self._next, column, text)
            for column, value in enumerate((row.debit, row.credit, row.balance), start=4):
                if value is not None:
                    self._sheet.write_number(self._next, column, float(value), self._money)
            self._next += 1

    async def end(self) -> IO[bytes]:
        """The whole."""
        await asyncio.to_thread(self._book.close)
        self._file.seek(0)
        return self._file


class PdfWriter:
    """A4 pages, with the headings on each."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._lines: list[list[str]] = []

    def _figure(self, value: Decimal | None) -> str:
        if value is None:
            return ""
        exponent = self._head.exponent
        return reference.display_money(int(value.scaleb(exponent)), self._head.account.currency, self._head.locale)

    def write(self, rows: Sequence[Row]) -> None:
        """The next rows."""
        self._lines += [
            [
                reference.display_date(row.day, self._head.locale),
                row.posting,
                row.cause,
                row.reference,
                *(self._figure(value) for value in (row.debit, row.credit, row.balance)),
            ]
            for row in rows
        ]

    async def end(self) -> IO[bytes]:
        """The whole."""
        head = self._head
        data: dict[str, Any] = {
            "title": translate(TITLE, head.locale),
            "holder": head.holder,
            "account": f"{head.purpose} ({head.account.currency})",
            "days": head.days,
            "page": translate(PAGE, head.locale),
            "headings": head.headings,
            "lines": self._lines,
        }
        try:
            content = await documents.typeset(TEMPLATE, data, locale=head.locale, dated=head.last_day)
        except documents.NotTypeset:
            raise Unavailable() from None
        return io.BytesIO(content)


WRITERS: dict[StatementFormat, type[CsvWriter] | type[XlsxWriter] | type[PdfWriter]] = {
    StatementFormat.CSV: CsvWriter,
    StatementFormat.XLSX: XlsxWriter,
    StatementFormat.PDF: PdfWriter,
}
