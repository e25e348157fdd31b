"""Which guard of the database refused a statement."""

from typing import Any

from sqlalchemy.exc import DBAPIError


def refused_by(error: DBAPIError, *guards: str) -> bool:
    """Whether one of these guards or constraints refused the statement."""
    diagnosis: Any = getattr(error.orig, "diag", None)
    return getattr(diagnosis, "constraint_name", None) in guards
