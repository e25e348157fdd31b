"""Files of rates of exchange: the reference rates of the European Central Bank, and tables of the operator's own.

A file is believed when all of it is right: numbers, days and currencies are checked, and with one mistake all of it is refused.
Pure.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Protocol

from babel.numbers import list_currencies
from lxml import etree

from app.kit.errors import FieldError
from app.kit.locales import N_
from app.reference.dated import CROSS
from app.reference.money import is_accepted_currency

ECB = "ECB"
MOST_BYTES = 32 * 1024**2
"""The bank's whole history since 1999 takes about a quarter of it."""
MOST_ROWS = 20_000
MOST_DAYS = 20_000
MOST_OF_A_DAY = 200
FIRST_DAY = date(1999, 1, 1)
COLUMNS = ("base", "quote", "on_date", "rate", "source")

_NAMESPACE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}"
_GESMES = "{http://www.gesmes.org/xml/2002-08-01}"
_CUBE = f"{_NAMESPACE}Cube"
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOST_ERRORS = 100
_SOURCE_LENGTH = 120

_NOT_XML = N_("This is no well-formed XML document in UTF-8 without a document type.")
_NOT_ECB = N_(
    "This is no file of euro reference rates of the European Central Bank: “{place}” is not what stands there."
)
_TOO_LARGE = N_("A file of rates has at most {most} bytes.")
_NO_TABLE = N_("Send a table as CSV in UTF-8, separated by commas.")
_HEADER = N_("The first row must name the columns {expected}.")
_WRONG_ROW = N_(
    "Row {row}: {column} is not right. A row has two accepted currencies, a day from 1999 to today (YYYY-MM-DD), how many of the "
    "second one of the first buys, and who says so."
)
_TWICE = N_("Row {row} says again what a source told of two currencies on a day.")
_ROW_COUNT = N_("A table of rates has 1 to {most} rows.")


class RatesRefused(Exception):
    """A file that is not believed; `errors` say why, in words that can be translated."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(*(error.code for error in errors))
        self.errors = list(errors)


@dataclass(frozen=True, slots=True)
class RateFile:
    """What a file tells: rows for `load_rates`, and currencies that the house does not accept, whose rates are left out."""

    rows: list[dict[str, Any]]
    left_out: frozenset[str] = field(default=frozenset())


class ReadFile(Protocol):
    """Understands a file of rates."""

    def __call__(self, content: bytes, /, *, today: date) -> RateFile:
        """Raises `RatesRefused`."""
        ...


def read_ecb(content: bytes, *, today: date) -> RateFile:
    """The euro reference rates of a day, of ninety days, or of all days: eurofxref-daily.xml and its like.

    Raises `RatesRefused`: for what is no such file, for a currency that does not exist, a number or day that cannot be, and for
    what is told twice.
    """
    rows: list[dict[str, Any]] = []
    left_out: set[str] = set()
    days: set[date] = set()
    for day, told in _days(_checked_xml(content)):
        on = _day(day, today)
        if on is None or on in days or not 1 <= len(told) <= MOST_OF_A_DAY or len(days) >= MOST_DAYS:
            raise _not_ecb(f"time={day}")
        days.add(on)
        for code, number in told.items():
            rate = _rate(number)
            if code == CROSS or not _exists(code) or rate is None:
                raise _not_ecb(f"{day} {code} {number}")
            if is_accepted_currency(code):
                rows.append({"base": CROSS, "quote": code, "on_date": on, "rate": rate, "source": ECB})
            else:
                left_out.add(code)
    if not rows:
        raise _not_ecb("Envelope")
    return RateFile(rows, frozenset(left_out))


def _checked_xml(content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        raise RatesRefused(FieldError("", "file-too-large", _TOO_LARGE, {"most": MOST_BYTES}))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RatesRefused(FieldError("", "not-xml", _NOT_XML)) from None
    # No entity can be declared without one; whatever encoding a declaration names, the bytes are read as what they are.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise RatesRefused(FieldError("", "not-xml", _NOT_XML))
    return text.encode("utf-8")


def _days(xml: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """(day, rate by currency) as they stand there. The tree is never held as a whole."""
    path: list[str] = []
    told: dict[str, str] = {}
    try:
        events = etree.iterparse(
            io.BytesIO(xml), events=("start", "end"), encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True,
            huge_tree=False, remove_comments=True, remove_pis=True,
        )  # fmt: skip
        for event, element in events:
            if event == "start":
                path.append(element.tag)
                if not _belongs(path, element.attrib):
                    raise _not_ecb(str(element.tag).rpartition("}")[2])
                if len(path) == 4:
                    code = element.get("currency")
                    if code in told:
                        raise _not_ecb(f"{code}")
                    told[code] = element.get("rate")
                continue
            if len(path) == 3 and path[-1] == _CUBE:
                yield element.get("time"), told
                told = {}
            if len(path) > 2:
                element.clear()
                parent = element.getparent()
                while element.getprevious() is not None:
                    del parent[0]
            path.pop()
    except etree.XMLSyntaxError:
        raise RatesRefused(FieldError("", "not-xml", _NOT_XML)) from None


def _belongs(path: list[str], attributes: Mapping[str, str]) -> bool:
    """Whether an element may stand where it stands, with these attributes."""
    named = set(attributes)
    match path:
        case [root]:
            return root == f"{_GESMES}Envelope" and not named
        case [_, tag]:
            return tag in (_CUBE, f"{_GESMES}subject", f"{_GESMES}Sender") and not named
        case [_, within, tag] if within == _CUBE:
            return tag == _CUBE and named == {"time"}
        case [_, within, tag]:
            return within == f"{_GESMES}Sender" and tag == f"{_GESMES}name" and not named
        case [_, _, within, tag]:
            return within == tag == _CUBE and named == {"currency", "rate"}
    return False


def _not_ecb(place: str) -> RatesRefused:
    return RatesRefused(FieldError("", "not-ecb-rates", _NOT_ECB, {"place": place[:80]}))


def read_table(content: bytes, *, today: date) -> RateFile:
    """A table with the columns base, quote, on_date, rate and source, in any order. Raises `RatesRefused`, with every mistake."""
    rows: list[dict[str, Any]] = []
    errors: list[FieldError] = []
    keys = set()
    for number, cells in _records(content):
        row = _row(cells, today)
        if isinstance(row, str):
            errors.append(FieldError("", "wrong-row", _WRONG_ROW, {"row": number, "column": row}))
        elif (key := (row["base"], row["quote"], row["on_date"], row["source"])) in keys:
            errors.append(FieldError("", "rate-twice", _TWICE, {"row": number}))
        else:
            keys.add(key)
            rows.append(row)
        if len(rows) > MOST_ROWS or len(errors) >= _MOST_ERRORS:
            break
    if not errors and not 1 <= len(rows) <= MOST_ROWS:
        errors.append(FieldError("", "row-count", _ROW_COUNT, {"most": MOST_ROWS}))
    if errors:
        raise RatesRefused(*errors)
    return RateFile(rows)


def _records(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """(row number, cells by column); rows count from one, the header included."""
    if len(content) > MOST_BYTES:
        raise RatesRefused(FieldError("", "file-too-large", _TOO_LARGE, {"most": MOST_BYTES}))
    unreadable = RatesRefused(FieldError("", "not-a-table", _NO_TABLE))
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        header = [name.strip().lower() for name in next(reader, [])]
        if sorted(header) != sorted(COLUMNS):
            expected = {"expected": ", ".join(COLUMNS)}
            raise RatesRefused(FieldError("", "header-wanted", _HEADER, expected))
        for row in reader:
            if any(cell.strip() for cell in row):
                cells = [cell.strip() for cell in row] + [""] * (len(header) - len(row))
                yield reader.line_num, dict(zip(header, cells, strict=False))
    except (UnicodeDecodeError, csv.Error):
        raise unreadable from None


def _row(cells: Mapping[str, str], today: date) -> dict[str, Any] | str:
    """A row for `load_rates`, or the column that is not right."""
    base, quote = cells["base"].upper(), cells["quote"].upper()
    on, rate, source = _day(cells["on_date"], today), _rate(cells["rate"]), cells["source"]
    if not is_accepted_currency(base):
        return "base"
    if not is_accepted_currency(quote) or base == quote:
        return "quote"
    if on is None:
        return "on_date"
    if rate is None:
        return "rate"
    if not 1 <= len(source) <= _SOURCE_LENGTH or not source.isprintable():
        return "source"
    return {"base": base, "quote": quote, "on_date": on, "rate": rate, "source": source}


def _day(text: str, today: date) -> date | None:
    """A day on which rates can be of: those of a day are published before it ends everywhere on earth."""
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
    return found if found is not None and FIRST_DAY <= found <= today + timedelta(days=1) else None


def _rate(text: str) -> Decimal | None:
    """A plain number above nought, with as many digits as are stored."""
    found = Decimal(text) if _NUMBER.fullmatch(text) else None
    return found if found else None


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


def _exists(code: str) -> bool:
    """Whether a currency exists, or did once."""
    return _CODE.fullmatch(code) is not None and code in _currencies()
