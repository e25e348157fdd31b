"""States of an import and the forms that listings travel in."""

from enum import StrEnum

from app.kit.locales import NP_


class ImportState(StrEnum):
    """Waiting → reading → done, failed or cancelled. What an import wrote before it ended stays written."""

    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


IMPORT_STATE_LABELS = {
    ImportState.WAITING: NP_("listing import state", "Waiting"),
    ImportState.READING: NP_("listing import state", "Running"),
    ImportState.DONE: NP_("listing import state", "Done"),
    ImportState.FAILED: NP_("listing import state", "Failed"),
    ImportState.CANCELLED: NP_("listing import state", "Cancelled"),
}

RUNNING = (ImportState.WAITING, ImportState.READING)


class FileFormat(StrEnum):
    """What a file of listings may be."""

    CSV = "csv"
    XLSX = "xlsx"
    BMECAT = "bmecat"


MEDIA_TYPES = {
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.BMECAT: "application/xml",
}

FORMAT_OF_KIND = {"csv": FileFormat.CSV, "txt": FileFormat.CSV, "xlsx": FileFormat.XLSX, "xml": FileFormat.BMECAT}
"""By the end of a document's name."""

EXTENSIONS = {FileFormat.CSV: "csv", FileFormat.XLSX: "xlsx", FileFormat.BMECAT: "xml"}
