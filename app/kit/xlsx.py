"""XLSX written as a stream: texts inline, numbers as numbers, nothing in it begins a formula."""

import re
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import IO, cast
from xml.sax.saxutils import escape, quoteattr

from app.kit.tables import escaped

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# Codes such as 0012 or 1E5 are no numbers, and long digits would be rounded.
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,13})(\.\d{1,6})?")
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class _Pipe:
    """What the archive writes, until it is taken away. It cannot be wound back, so the archive writes sizes behind parts."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0

    def write(self, data: bytes) -> int:
        """Keep."""
        self._parts.append(bytes(data))
        self._length += len(data)
        return len(data)

    def tell(self) -> int:
        """How much was written."""
        return self._length

    def flush(self) -> None:
        """Nothing to do."""

    def seekable(self) -> bool:
        """A stream."""
        return False

    def take(self) -> bytes:
        """What was written since the last time."""
        data = b"".join(self._parts)
        self._parts = []
        return data


class XlsxOut:
    """Rows in, bytes out. The first sheet is open from the beginning; `sheet` closes it and begins another."""

    def __init__(self, sheets: Sequence[str]) -> None:
        self._pipe = _Pipe()
        self._archive = zipfile.ZipFile(cast(IO[bytes], self._pipe), "w", zipfile.ZIP_DEFLATED, compresslevel=4)
        self._open = ExitStack()
        self._part: IO[bytes] | None = None
        self._number = 0
        self._row = 0
        for name, text in _bones([re.sub(r"[\[\]:*?/\\]", " ", sheet)[:31] for sheet in sheets]).items():
            # Without the time of the writing: the same content is the same file, byte for byte.
            self._archive.writestr(zipfile.ZipInfo(name), _HEAD + text, zipfile.ZIP_DEFLATED)
        self.sheet()

    def sheet(self) -> None:
        """Begin the next sheet."""
        self._close()
        self._number += 1
        self._row = 0
        part = self._archive.open(f"xl/worksheets/sheet{self._number}.xml", "w", force_zip64=True)
        self._part = self._open.enter_context(part)
        pane = '<pane ySplit="1" topLeftCell="A2" state="frozen"/>'
        view = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
        self._part.write(f'{_HEAD}<worksheet xmlns="{_MAIN}">{view}<sheetData>'.encode())

    def rows(self, rows: Iterable[Sequence[str]]) -> bytes:
        """Some rows; the bytes that are ready to be sent."""
        assert self._part is not None
        for row in rows:
            self._row += 1
            cells = "".join(_cell(text) for text in row)
            self._part.write(f'<row r="{self._row}">{cells}</row>'.encode())
        return self._pipe.take()

    def end(self) -> bytes:
        """Close the archive; the rest of its bytes."""
        self._close()
        self._archive.close()
        return self._pipe.take()

    def _close(self) -> None:
        if self._part is not None:
            self._part.write(b"</sheetData></worksheet>")
            self._open.pop_all().close()
            self._part = None


def _cell(text: str) -> str:
    if not text:
        return "<c/>"
    if _NUMBER.fullmatch(text) and len(text) < 16:
        return f"<c><v>{text}</v></c>"
    plain = UNWRITABLE.sub("", escaped(text))
    # Office reads `_x0041_` as an escaped letter, and a parser turns a bare return into a new line.
    plain = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", plain)
    plain = escape(plain).replace("\r", "_x000D_")
    return f'<c t="inlineStr"><is><t xml:space="preserve">{plain}</t></is></c>'


def _bones(sheets: Sequence[str]) -> dict[str, str]:
    """The parts of a workbook around its sheets."""
    numbers = range(1, len(sheets) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for n in numbers
    )
    names = "".join(f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1))
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        f"{overrides}</Types>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>',
    }
