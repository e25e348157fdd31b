"""CSV as programs and people write it: any common encoding and separator, one line at a time."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from charset_normalizer import from_bytes

from app.catalog.exchange.errors import FileRefused
from app.catalog.exchange.readers.rows import MAX_CELL, MAX_LINE, NOT_DECODABLE, Fault, Row, checked, too_long
from app.kit.locales import N_

ENCODINGS = ("utf-8", "utf-16", "gb18030", "shift_jis", "windows-1252", "big5")
"""What may be asked for by name."""

_PYTHON_NAMES = {"shift_jis": "cp932", "windows-1252": "cp1252"}
_SEPARATORS = ",;\t|"
_SAMPLE = 262_144
_LOOKED_AT = 8 * 1024 * 1024
_REPLACEMENT = "\ufffd"


def encoding_of(file: BinaryIO) -> str:
    """The encoding, from a mark at the beginning or from a sample of the lines that are not plain ASCII.

    A file that is UTF-8 but for some lines is UTF-8: those lines are at fault, not the file.
    """
    file.seek(0)
    head = file.read(4)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    if len(head) == 4 and (head[1::2] == b"\x00\x00" or head[::2] == b"\x00\x00"):
        return "utf-16-le" if head[1] == 0 else "utf-16-be"
    file.seek(0)
    sample, good, bad = bytearray(), 0, 0
    while len(sample) < _SAMPLE and file.tell() < _LOOKED_AT and (line := file.readline(MAX_LINE)):
        if line.isascii():
            continue
        sample += line[: _SAMPLE - len(sample)]
        try:
            line.decode()
            good += 1
        except UnicodeDecodeError:
            bad += 1
    if bad <= good:
        return "utf-8"
    best = from_bytes(bytes(sample), cp_isolation=["gb18030", "cp932", "cp1252", "big5"]).best()
    return (
        {"cp932": "shift_jis", "cp1252": "windows-1252"}.get(best.encoding, best.encoding) if best else "windows-1252"
    )


def read_csv(file: BinaryIO, encoding: str | None = None) -> Iterator[Row]:
    """The rows of a CSV file; lines that begin with `#` and empty ones are left out.

    Raises `FileRefused` when the first line is no line. A line that cannot be decoded, or a cell that is too long, is the
    fault of its row; the next line goes on.
    """
    name = encoding or encoding_of(file)
    if name == "utf-8":
        name = "utf-8-sig"
    file.seek(0)
    text = io.TextIOWrapper(
        io.BufferedReader(_Kept(file)), encoding=_PYTHON_NAMES.get(name, name), errors="replace", newline=""
    )
    lines = _Lines(text)
    separator = _separator(lines)
    reader = csv.reader(lines, delimiter=separator, strict=False)
    yield from _rows(reader, lines, name)


def _rows(reader: Iterator[list[str]], lines: "_Lines", encoding: str) -> Iterator[Row]:
    while True:
        lines.next_record()
        try:
            # A limit of the whole process, so it is said anew wherever it matters.
            csv.field_size_limit(MAX_CELL)
            cells = next(reader)
        except StopIteration:
            if lines.too_long:
                yield Row(lines.first, [], too_long())
            return
        except csv.Error:
            yield Row(lines.first, [], too_long())
            continue
        if lines.too_long:
            yield Row(lines.first, [], too_long())
        elif lines.damaged:
            shown = {"encoding": encoding.removesuffix("-sig")}
            yield Row(lines.first, [], Fault("not-decodable", NOT_DECODABLE, shown))
        elif any(cell.strip() for cell in cells) and not cells[0].lstrip().startswith("#"):
            yield checked(lines.first, cells)


def _separator(lines: "_Lines") -> str:
    """The separator that the first line uses most outside quotation marks; `sep=;` on a line of its own says it."""
    first = lines.peek()
    if lines.too_long or not first:
        raise FileRefused("empty-file", N_("The file has no first line with the names of its columns."))
    named = re.fullmatch(r"sep=(.)\r?\n?", first)
    if named:
        lines.skip()
        return named[1]
    bare = re.sub(r'"[^"]*"', "", first)
    return max(_SEPARATORS, key=bare.count)


class _Kept(io.RawIOBase):
    """Reads through to a file that stays open when the wrapper is done."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Lines(Iterator[str]):
    """Physical lines of bounded length, with their numbers and whether they were damaged."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._waiting: str | None = None
        self._number = 0
        self.first = 1
        self.damaged = False
        self.too_long = False

    def next_record(self) -> None:
        """A new record begins with the next line."""
        self.first, self.damaged, self.too_long = self._number + 1, False, False

    def peek(self) -> str:
        """The first line that says something, without taking it."""
        while True:
            line = self._read()
            if not line or (line.strip() and not line.startswith("#")) or self.too_long:
                self._waiting = line
                return line
            self._number += 1

    def skip(self) -> None:
        """Take the line that was looked at."""
        self._waiting = None
        self._number += 1

    def __next__(self) -> str:
        line = self._waiting if self._waiting is not None else self._read()
        self._waiting = None
        if not line:
            raise StopIteration
        self._number += 1
        if _REPLACEMENT in line:
            self.damaged = True
        return line

    def _read(self) -> str:
        line = self._text.readline(MAX_LINE)
        if len(line) < MAX_LINE:
            return line
        # Take the rest of the line in pieces and keep nothing of it: its end must not open a quotation either.
        self.too_long = True
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(MAX_LINE)
        return "\n"
