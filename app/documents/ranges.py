"""Byte ranges and conditional requests (RFC 9110 §13 and §14). Pure."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `first` to `last`, both included, of a whole that is longer."""

    first: int
    last: int


class OutOfRange(ValueError):
    """The range begins behind the end."""


def wanted_part(header: str | None, if_range: str | None, etag: str, size_bytes: int) -> Part | None:
    """The part asked for, or None for the whole: no range, several, a malformed one, or one of another version.

    Raises `OutOfRange` when no byte of it exists.
    """
    found = _RANGE.fullmatch((header or "").strip())
    if found is None or found.group(0) == "bytes=-" or (if_range is not None and if_range.strip() != etag):
        return None
    first, last = found.groups()
    if not first:
        if int(last) == 0:
            raise OutOfRange()
        return Part(max(0, size_bytes - int(last)), size_bytes - 1)
    if last and int(last) < int(first):
        return None
    if int(first) >= size_bytes:
        raise OutOfRange()
    return Part(int(first), min(int(last), size_bytes - 1) if last else size_bytes - 1)


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Whether the reader has this very version already."""
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag in tags or "*" in tags
