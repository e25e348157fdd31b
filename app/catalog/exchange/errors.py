"""Refusals of the exchange: of a request, of a whole file, and of one cell."""

from typing import Any

from app.kit.errors import Problem
from app.kit.locales import N_


class ImportEnded(Problem):
    """Only a running import can be cancelled."""

    code = "import-ended"
    status = 409
    title = N_("This import has ended")
    detail = N_("Its state is “{state}”. What it wrote stays; import a corrected file to change it.")


class ImportWithoutColumns(Problem):
    """The file was not read yet, so nobody knows its columns."""

    code = "import-without-columns"
    status = 409
    title = N_("The columns of this file are not known yet")
    detail = N_("Wait until the import has read the first line, then say what each column holds.")


class FileRefused(Exception):
    """A whole file that cannot be imported: stable code, message, parameters. It ends the import as failed."""

    def __init__(self, code: str, message: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.params = code, message, params


class CellRefused(Exception):
    """One value that cannot be understood."""

    def __init__(self, code: str, message: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.params = code, message, params
