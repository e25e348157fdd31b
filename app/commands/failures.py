"""Sentences for what goes wrong at the command line: each says what to do, and none shows a traceback."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

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
            named = "; ".join(f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in wrong)
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
    return None


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
