"""Sentences for what goes wrong at the command line: each says what to do, and none shows a traceback."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import typer
from pydantic import ValidationError
from rich.console import Console

from app.kit.db.migrate import SecretKeyMissing, ServerTooOld
from app.kit.embedded import EmbeddedPostgresError

errors = Console(stderr=True, highlight=False, soft_wrap=True)


class CommandError(RuntimeError):
    """A command cannot go on; the message is for the operator."""


def sentence(error: BaseException) -> str | None:
    """What to tell the operator, or None for a defect that deserves its traceback."""
    match error:
        case CommandError() | EmbeddedPostgresError() | ServerTooOld() | SecretKeyMissing():
            return str(error)
        case ValidationError():
            wrong = error.errors(include_input=False)
            named = "; ".join(
                f"{'.'.join(str(part) for part in each['loc'])}: {each['msg'].removeprefix('Value error, ')}"
                for each in wrong
            )
            return f"A setting in the environment is wrong. {named}. `partingline settings` lists them all."
        case psycopg.OperationalError():
            return (
                f"PostgreSQL does not let us in: {str(error).strip()}\n"
                "Check that the server in DATABASE_URL runs and that the database and its password are right. "
                "If this database is new, run `partingline migrate` first."
            )
        case OSError() if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return f"There is no disk space left ({error.filename or 'no file named'}). Free some and try again."
        case PermissionError():
            return (
                f"{error.filename} belongs to another user, perhaps from a run as root. "
                "Remove it or change its owner, or set PARTINGLINE_DATA_DIR to a folder of yours."
            )
        case OSError() if _is_data_folder(error.filename):
            return (
                f"{error.filename} cannot be made or written to: {error.strerror}. "
                "Set PARTINGLINE_DATA_DIR to a folder of yours."
            )
    return None


def _is_data_folder(name: object) -> bool:
    """Whether a file that failed is the data folder, stands in it, or is on the way to it."""
    if not isinstance(name, str):
        return False
    folder = Path(os.environ.get("PARTINGLINE_DATA_DIR") or ".partingline").absolute()
    failed = Path(name).absolute()
    return failed == folder or folder in failed.parents or failed in folder.parents


@contextmanager
def told_in_sentences() -> Iterator[None]:
    """Turn known failures into a sentence on standard error and exit code 1."""
    try:
        yield
    except Exception as error:
        known = sentence(error)
        if known is None:
            raise
        errors.print(known, style="red", markup=False)
        raise typer.Exit(1) from error
