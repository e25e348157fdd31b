"""Refusals of what is to be loaded."""

from app.kit.errors import FieldError, Problem
from app.kit.locales import N_


class LoadFileUnreadable(Problem):
    """A text file of instances that does not follow its format; `errors` says where and why."""

    code = "load-file-unreadable"
    status = 422
    title = N_("This file of load instances cannot be read")
    detail = N_("Nothing was planned. Correct the line named below, or choose another format.")


def at_line(line: int, code: str, message: str, **params: object) -> LoadFileUnreadable:
    """The refusal of a text file because of one line (from 1)."""
    return LoadFileUnreadable(errors=[FieldError(f"#/line/{line}", code, message, params)])
