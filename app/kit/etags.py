"""`ETag` and `If-Match` of editable resources: a change names the version it was made on.

The tag is `"<version>-<locale>"`: representations differ by language, versions do not, so `If-Match` compares the version.
"""

from typing import Annotated

from fastapi import Depends, Header, Response

from app.kit.errors import PreconditionFailed, PreconditionRequired
from app.kit.locales import current_locale


def set_etag(response: Response, version: int) -> None:
    """Set the strong ETag of this version in the reader's language."""
    response.headers["ETag"] = f'"{version}-{current_locale()}"'


def if_match_version(
    if_match: Annotated[
        str | None, Header(alias="If-Match", max_length=200, description="The ETag of the version you have read.")
    ] = None,
) -> int | None:
    """The version named by `If-Match`; None for `*`. 428 without the header, 412 when it cannot be one of ours."""
    if if_match is None:
        raise PreconditionRequired()
    tag = if_match.strip()
    if tag == "*":
        return None
    number = tag.strip('"').split("-", 1)[0]
    if not (tag.startswith('"') and tag.endswith('"') and number.isascii() and number.isdigit() and len(number) < 10):
        raise PreconditionFailed()
    return int(number)


IfMatch = Annotated[int | None, Depends(if_match_version)]


def require_version(current: int, expected: int | None) -> None:
    """412 unless the row is still at the version that the caller read. Call it after locking the row."""
    if expected is not None and current != expected:
        raise PreconditionFailed()
