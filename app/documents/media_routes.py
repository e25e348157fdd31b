"""What suppliers show with their listings, for everybody: pictures as renditions alone, drawings as they are."""

from dataclasses import dataclass
from enum import IntEnum
from pathlib import PurePosixPath
from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Query, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import picture_queries, queries, ranges
from app.documents.errors import RangeNotSatisfiable
from app.documents.kinds import KINDS, PICTURES
from app.documents.models import Document
from app.documents.ranges import OutOfRange
from app.documents.serving import file_headers, stored_bytes
from app.kit.db.engine import Database, Role
from app.kit.errors import NotFound, Unavailable
from app.kit.problems import problems
from app.kit.routing import house_router

router = house_router(tags=["documents"])

IMMUTABLE = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600"

_BYTES: dict[str, Any] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    **problems(NotFound, RangeNotSatisfiable, Unavailable),
    200: {"description": "The picture in the format that you accept, or the drawing.", "content": _BYTES},
    206: {"description": "The part asked for (`Range`).", "content": _BYTES},
    304: {"description": "You have this version (`If-None-Match`)."},
}


class Width(IntEnum):
    """The widths that renditions are made for, in pixels."""

    NARROW = 320
    MIDDLE = 800
    WIDE = 1600


@dataclass(frozen=True, slots=True)
class Shown:
    """Which bytes everybody gets. `version` is what an address may name to be kept for good."""

    key: str
    size_bytes: int
    media_type: str
    filename: str
    version: str
    negotiated: bool

    @property
    def etag(self) -> str:
        """The strong tag of these bytes: their digest."""
        return f'"{self.key}"'


@router.get("/media/{document_id}", responses=_ANSWERS, response_class=StreamingResponse)
async def get_media(
    document_id: UUID,
    request: Request,
    width: Annotated[
        Width,
        Query(description="Of a picture: the narrowest rendition that is as wide, else the widest there is."),
    ] = Width.WIDE,
    v: Annotated[
        str | None,
        Query(max_length=64, description="The version named in the listing; such an address may be kept for good."),
    ] = None,
    accept: Annotated[str, Header(max_length=1000, description="With `image/webp` pictures are WebP, else JPEG.")] = "",
    range_: Annotated[str | None, Header(alias="Range", max_length=200, description="One range of bytes.")] = None,
    if_range: Annotated[str | None, Header(alias="If-Range", max_length=200)] = None,
    if_none_match: Annotated[str | None, Header(alias="If-None-Match", max_length=2000)] = None,
) -> Response:
    """A file that its owner published with a listed thing. Public, so it is cached and not logged."""
    database: Database = request.app.state.database
    async with database.transaction(Role.APP, readonly=True) as session:
        document = await queries.find_published(session, document_id)
        shown = await _shown(session, document, width, webp=takes_webp(accept)) if document else None
    if shown is None:
        raise NotFound()
    known = ranges.is_known(if_none_match, shown.etag)
    try:
        part = None if known else ranges.wanted_part(range_, if_range, shown.etag, shown.size_bytes)
    except OutOfRange:
        raise RangeNotSatisfiable(size_bytes=shown.size_bytes) from None
    headers = {
        **file_headers(shown.filename, shown.etag, shown.size_bytes, part, known=known),
        "Cache-Control": IMMUTABLE if v == shown.version else FOR_AN_HOUR,
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if shown.negotiated:
        headers["Vary"] = "Accept"
    if known:
        return Response(status_code=304, headers=headers)
    chunks = await stored_bytes(request, shown.key, part)
    return StreamingResponse(chunks, status_code=206 if part else 200, headers=headers, media_type=shown.media_type)


async def _shown(session: AsyncSession, document: Document, width: int, *, webp: bool) -> Shown | None:
    """A picture's rendition, or None while there is none: its original is its owner's alone."""
    if document.kind not in PICTURES:
        version = document.sha256[:16]
        return Shown(
            document.sha256, document.size_bytes, document.media_type, document.filename, version, negotiated=False
        )
    form = KINDS["webp" if webp else "jpeg"]
    found = await picture_queries.fitting(session, document.id, form.code, width)
    if found is None:
        return None
    rendition, version = found
    name = PurePosixPath(document.filename).stem + form.extensions[0]
    return Shown(rendition.file_key, rendition.size_bytes, form.media_type, name, version, negotiated=True)


def takes_webp(accept: str) -> bool:
    """Whether `Accept` names WebP. Programs that say `*/*` are given JPEG, which all of them read."""
    for item in accept.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        if name == "image/webp":
            weight = next((p.removeprefix("q=") for p in parameters if p.startswith("q=")), "1")
            return weight.strip("0.") != ""
    return False
