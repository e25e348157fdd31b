"""CSV in UTF-8 with a mark, as spreadsheets open it; nothing in it begins a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

from app.kit.tables import escaped


class CsvOut:
    """Rows in, bytes out."""

    def __init__(self) -> None:
        self._first = True

    def rows(self, rows: Iterable[Sequence[str]]) -> bytes:
        """Some rows as bytes."""
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerows([escaped(cell) for cell in row] for row in rows)
        mark = "\ufeff" if self._first else ""
        self._first = False
        return (mark + text.getvalue()).encode()

    def end(self) -> bytes:
        """Nothing follows."""
        return b""
