"""What every answer with a file's bytes has in common."""

from collections.abc import AsyncIterator, Mapping

import structlog
from fastapi import Request

from app.documents.kinds import content_disposition
from app.documents.ranges import Part
from app.gateways.files import ByteRange, FileStore, FileStoreError
from app.kit.errors import Unavailable

log = structlog.get_logger(__name__)

HARMLESS: Mapping[str, str] = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}
"""Nothing in a file may run, and nobody may take it for another kind."""


def file_headers(filename: str, etag: str, size_bytes: int, part: Part | None, *, known: bool) -> dict[str, str]:
    """Always an attachment, never a page of ours. `known`: the reader has this version, so no length is told."""
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": content_disposition(filename),
        **HARMLESS,
    }
    if known:
        return headers
    if part is not None:
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{size_bytes}"
        headers["Content-Length"] = str(part.last - part.first + 1)
    else:
        headers["Content-Length"] = str(size_bytes)
    return headers


async def stored_bytes(request: Request, key: str, part: Part | None) -> AsyncIterator[bytes]:
    """The stored bytes, opened; 503 when the store has lost them."""
    files: FileStore = request.app.state.gateways["files"]
    try:
        return await files.open(key, ByteRange(part.first, part.last + 1) if part else None)
    except FileStoreError as error:
        log.error("stored_file_unreadable", key=key, error=str(error))
        raise Unavailable() from None
