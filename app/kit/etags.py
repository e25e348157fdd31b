"""`ETag` of everything that is read, `If-None-Match` for who has read it before, `If-Match` for who changes it.

The tag of a resource that can be edited is `"<version>-<locale>-<digest>"`: what is shown of it differs by language and by
what others did meanwhile, so `If-None-Match` compares the whole tag; versions do not, so `If-Match` compares the version
alone. Any other answer is tagged by a digest of its bytes.
"""

import re
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from starlette.responses import StreamingResponse

from app.kit.errors import PreconditionFailed, PreconditionRequired
from app.kit.locales import current_locale

PRIVATE = "private, no-store"
"""The `Cache-Control` of what nobody but its reader may see, and nothing on the way may keep."""

_OF_VERSION = re.compile(r'"(\d{1,9}-[A-Za-z-]+)"')


def set_etag(response: Response, version: int) -> None:
    """Tag the answer by its version and language; the route class adds the digest of its bytes."""
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


def complete_tag(response: Response) -> None:
    """Add the digest of the answer's bytes to the tag of a version."""
    of_version = _OF_VERSION.fullmatch(response.headers.get("ETag", ""))
    body = getattr(response, "body", None)
    if of_version and body:
        response.headers["ETag"] = f'"{of_version[1]}-{sha256(body).hexdigest()[:16]}"'


def unchanged(request: Request, response: Response) -> Response:
    """304 without a body when the reader has this answer already (`If-None-Match`); else the answer with its strong tag.

    An answer without a version is tagged by a digest of its bytes. Streams are left alone.
    """
    if request.method != "GET" or response.status_code != 200 or isinstance(response, StreamingResponse):
        return response
    body = getattr(response, "body", None)
    if body is None:
        return response
    if "ETag" not in response.headers:
        response.headers["ETag"] = f'"{sha256(body).hexdigest()[:32]}"'
    held = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if response.headers["ETag"] not in held and "*" not in held:
        return response
    kept = {name: value for name, value in response.headers.items() if name not in ("content-length", "content-type")}
    return Response(status_code=304, headers=kept)
