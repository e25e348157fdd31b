"""Identifiers: UUIDv7, made in Python, so that a caller knows the id before the row exists."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new UUIDv7: time-ordered, so that primary keys append to their index."""
    return uuid7()
