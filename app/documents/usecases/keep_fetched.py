"""Take in a file that was fetched for an organization, and make it a document of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import kinds, queries
from app.documents.guards import Received
from app.documents.kinds import HEAD_BYTES, Kind
from app.documents.usecases.keep_upload import keep_upload
from app.gateways.files import FileStore
from app.kit.actor import Actor


class NotMedia(Exception):
    """What was fetched cannot be shown. `reason` is `svg`, `empty` or `wrong-type`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Arriving:
    """A file as its sender calls it, on its way."""

    filename: str
    media_type: str | None
    chunks: AsyncIterator[bytes]


async def take_in(files: FileStore, arriving: Arriving, *, max_bytes: int) -> Received:
    """Stream a fetched file into the store while looking at its first bytes; nobody has it yet.

    Raises `NotMedia`, `FileTooLarge`, `FileStoreUnavailable` and what the stream raises; then nothing is kept.
    """
    head = b""
    async for chunk in arriving.chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    kind = _kind(arriving, head)
    stored = await files.put(_joined(head, arriving.chunks), max_bytes=max_bytes)
    name = kinds.safe_name(arriving.filename)
    if kinds.claimed_kind(name) != kind:
        name = kinds.safe_name(f"{PurePosixPath(name).stem}{kind.extensions[0]}")
    return Received(name, kind, stored, key="")


def _kind(arriving: Arriving, head: bytes) -> Kind:
    """The declared type must be that of the bytes; without a type that says something, the name must."""
    if not head:
        raise NotMedia("empty")
    if kinds.is_svg(arriving.filename, arriving.media_type) or b"<svg" in head[:1024].lower():
        raise NotMedia("svg")
    declared = kinds.typed_kind(arriving.media_type)
    kind = declared or kinds.claimed_kind(kinds.safe_name(arriving.filename))
    agreed = (
        kind is not None
        and kind.code in kinds.MEDIA
        and (declared is not None or kinds.type_agrees(kind, arriving.media_type))
        and kinds.content_agrees(kind, head[:HEAD_BYTES])
    )
    if kind is None or not agreed:
        raise NotMedia("wrong-type")
    return kind


async def _joined(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for chunk in rest:
        yield chunk


async def keep_fetched(session: AsyncSession, actor: Actor, received: Received, *, default_quota: int) -> UUID:
    """The organization's document with this content: the one that it has already, else a new one whose checks begin.

    Raises `QuotaExceeded`.
    """
    # Its row is locked by this, so two fetches of one content cannot both miss each other's document.
    await queries.keep_file(session, received.stored.key, received.stored.size_bytes)
    known = await queries.find_equal(session, actor.organization_id, received.stored.sha256)
    if known is not None:
        return known.id
    return (await keep_upload(session, actor, received, default_quota=default_quota)).id
