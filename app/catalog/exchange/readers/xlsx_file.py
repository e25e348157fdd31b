"""The first sheet of an XLSX workbook, cell by cell: neither the sheet nor the table of shared strings is held in memory.

What the archive's directory declares is not believed: sizes and ratios are counted while unpacking.
"""

import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import join, normpath
from typing import BinaryIO
from xml.etree import ElementTree
from xml.parsers import expat

from app.catalog.exchange.errors import FileRefused
from app.catalog.exchange.readers.rows import MAX_CELL, Row, checked, too_long
from app.kit.locales import N_

MAX_ENTRIES = 2_000
MAX_UNPACKED = 1024**3
MAX_RATIO = 250
MAX_SMALL_PART = 4 * 1024 * 1024
KEPT_COLUMNS = 1_000
"""So many cells of a row are kept at most, more than any file may use: what stands farther right is put into the last of them.
A short row could else claim the memory of 16,384."""
MAX_ROW_NUMBER = 1_048_576
"""Of a sheet, by ECMA-376."""
_CHUNK = 65_536
_BROKEN_BY = (
    zipfile.BadZipFile, zlib.error, expat.ExpatError, ElementTree.ParseError, KeyError, ValueError, EOFError, OSError,
    NotImplementedError, StopIteration,
)  # fmt: skip

_BOMB = N_("The file unpacks to more than it may. Save it again with your program, or send it as CSV.")
_BROKEN = N_("This is no readable XLSX workbook. Save it again with your program, or send it as CSV.")
_DTD = N_("The file has a document type definition, which is not accepted. Remove the line that begins with <!DOCTYPE.")


def dtd_refused() -> FileRefused:
    """XML with a document type definition: entities could stand in it."""
    return FileRefused("document-type", _DTD)


def read_xlsx(file: BinaryIO) -> Iterator[Row]:
    """The rows of the first sheet. Raises `FileRefused`; a cell that is too long is the fault of its row."""
    try:
        with zipfile.ZipFile(file) as archive:
            _look_at_directory(archive)
            sheet = _first_sheet(archive)
            strings = _Strings(archive)
            try:
                for number, cells, long in _Sheet(strings).rows(_unpacked(archive, sheet)):
                    if long:
                        yield Row(number, [], too_long())
                    elif any(cell.strip() for cell in cells) and not cells[0].lstrip().startswith("#"):
                        yield checked(number, cells)
            finally:
                strings.close()
    except _BROKEN_BY:
        raise FileRefused("broken-workbook", _BROKEN) from None


def _look_at_directory(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    declared = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > MAX_ENTRIES or declared > MAX_UNPACKED or declared > MAX_RATIO * max(packed, 65_536):
        raise FileRefused("unpacks-too-large", _BOMB)
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise FileRefused("broken-workbook", _BROKEN)


def _unpacked(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """A part in chunks, as long as it stays within what its packed size allows, whatever the directory says."""
    entry = archive.getinfo(name)
    allowed = min(MAX_UNPACKED, MAX_RATIO * max(entry.compress_size, 65_536))
    taken = 0
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            taken += len(chunk)
            if taken > allowed:
                raise FileRefused("unpacks-too-large", _BOMB)
            yield chunk


def _small(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    taken = b""
    for chunk in _unpacked(archive, name):
        taken += chunk
        if len(taken) > MAX_SMALL_PART:
            raise FileRefused("unpacks-too-large", _BOMB)
    if b"<!DOCTYPE" in taken or b"<!ENTITY" in taken:
        raise dtd_refused()
    # A document type definition was refused above, so there are no entities to expand.
    return ElementTree.fromstring(taken)  # noqa: S314


def _first_sheet(archive: zipfile.ZipFile) -> str:
    """The path of the sheet that stands first in the workbook."""
    workbook = _small(archive, "xl/workbook.xml")
    first = next((node for node in workbook.iter() if node.tag.rpartition("}")[2] == "sheet"), None)
    if first is None:
        raise KeyError("sheet")
    relation = next(value for name, value in first.attrib.items() if name.rpartition("}")[2] == "id")
    for node in _small(archive, "xl/_rels/workbook.xml.rels").iter():
        if node.get("Id") == relation:
            target = node.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
    raise KeyError(relation)


class _Strings:
    """The table of shared strings, kept in a private file that the system removes with the connection."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._known: dict[int, str] = {}
        self._table = sqlite3.connect("", check_same_thread=False)
        self._table.execute("PRAGMA journal_mode = OFF")
        self._table.execute("PRAGMA cache_size = -8192")
        self._table.execute("CREATE TABLE strings (number INTEGER PRIMARY KEY, text TEXT)")
        if "xl/sharedStrings.xml" in archive.namelist():
            parser = _StringParser()
            for chunk in _unpacked(archive, "xl/sharedStrings.xml"):
                self._table.executemany("INSERT INTO strings VALUES (?, ?)", parser.feed(chunk))

    def get(self, number: int) -> str:
        """A shared string; `IndexError` becomes a broken workbook."""
        if number not in self._known:
            if len(self._known) > 4096:
                self._known.clear()
            found = self._table.execute("SELECT text FROM strings WHERE number = ?", (number,)).fetchone()
            if found is None:
                raise KeyError(number)
            self._known[number] = found[0]
        return self._known[number]

    def close(self) -> None:
        """Give the file back."""
        self._table.close()


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise dtd_refused()

    parser.StartDoctypeDeclHandler = refuse
    return parser


def _escaped(text: str) -> str:
    """Control characters as Office writes them: `_x000D_`."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class _StringParser:
    """`<si>` by `<si>`; a text that is too long is kept one character above the limit, so that its row is at fault."""

    def __init__(self) -> None:
        self._parser = _parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._done: list[tuple[int, str]] = []
        self._number = 0
        self._parts: list[str] = []
        self._length = 0
        self._in_text = False
        self._phonetic = False

    def feed(self, chunk: bytes) -> list[tuple[int, str]]:
        """The strings that are complete now."""
        self._parser.Parse(chunk, False)
        done, self._done = self._done, []
        return done

    def _start(self, tag: str, _: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        self._in_text = name == "t" and not self._phonetic
        self._phonetic = self._phonetic or name == "rPh"

    def _end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        self._in_text = False
        if name == "rPh":
            self._phonetic = False
        elif name == "si":
            self._done.append((self._number, _escaped("".join(self._parts))))
            self._number += 1
            self._parts, self._length = [], 0

    def _data(self, data: str) -> None:
        if self._in_text and self._length <= MAX_CELL:
            self._parts.append(data[: MAX_CELL + 1 - self._length])
            self._length += len(data)


@dataclass
class _Sheet:
    """The sheet's rows, as they end."""

    strings: _Strings
    _done: list[tuple[int, list[str], bool]] = field(default_factory=list)
    _row: list[str] = field(default_factory=list)
    _number: int = 0
    _column: int = -1
    _kind: str = ""
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _taking: bool = False
    _long: bool = False

    def rows(self, chunks: Iterator[bytes]) -> Iterator[tuple[int, list[str], bool]]:
        """(number, cells, whether a cell was too long)."""
        parser = _parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        for chunk in chunks:
            parser.Parse(chunk, False)
            yield from self._done
            self._done.clear()
        parser.Parse(b"", True)
        yield from self._done

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if name == "c":
            reference = attributes.get("r", "")
            self._column = _column_of(reference) if reference else self._column + 1
            self._kind = attributes.get("t", "n")
            self._parts, self._length = [], 0
        elif name in ("v", "t"):
            self._taking = True
        elif name == "row":
            self._row, self._column, self._long = [], -1, False
            self._number = int(attributes.get("r", self._number + 1))
            if not 0 < self._number <= MAX_ROW_NUMBER:
                raise ValueError("row")

    def _end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        if name in ("v", "t"):
            self._taking = False
        elif name == "c":
            self._keep("".join(self._parts))
        elif name == "row":
            self._done.append((self._number, self._row or [""], self._long))

    def _data(self, data: str) -> None:
        if self._taking:
            self._length += len(data)
            if self._length <= MAX_CELL:
                self._parts.append(data)
            else:
                self._long = True

    def _keep(self, text: str) -> None:
        if self._column < 0:
            raise ValueError("column")
        if not text:
            return
        place = min(self._column, KEPT_COLUMNS - 1)
        self._row.extend([""] * (place + 1 - len(self._row)))
        self._row[place] = self._shown(text)

    def _shown(self, text: str) -> str:
        match self._kind:
            case "s":
                return self.strings.get(int(text))
            case "b":
                return "true" if text.strip() == "1" else "false"
            case "n":
                return _number(text.strip())
            case "inlineStr" | "str":
                return _escaped(text)
        return text


def _number(text: str) -> str:
    """As people would write it: Office stores 203.2 as 203.19999999999999."""
    if len(text) < 15:
        return text
    try:
        return format(float(text), ".15g")
    except ValueError:
        return text


def _column_of(reference: str) -> int:
    number = 0
    for letter in reference:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number - 1
