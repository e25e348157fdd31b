"""Uploads arrive before the request's transaction begins, so that a slow sender holds no connection."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import Depends, Header, Request

from app.documents import kinds
from app.documents.errors import FileEmpty, FileKindMismatch, FileKindUnknown, SvgNotAccepted
from app.documents.kinds import Kind
from app.documents.multipart import UploadForm
from app.gateways.files import FileStore, FileStoreUnavailable, FileTooLarge, StoredFile
from app.kit.actor import KnownActor, Permission
from app.kit.errors import BodyTooLarge, Unavailable
from app.kit.idempotency import check_key
from app.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    """A file that lies in the store and belongs to nobody yet: if the row is never written, the sweep removes it."""

    filename: str
    kind: Kind
    stored: StoredFile
    key: str


async def received_file(
    request: Request,
    actor: KnownActor,
    key: Annotated[
        str | None,
        Header(alias="Idempotency-Key", description="1 to 255 visible ASCII characters; a new one for each intent."),
    ] = None,
) -> Received:
    """Authenticate, then stream the form's file into the store while looking at its first bytes.

    Raises `Unauthenticated`, `Forbidden`, `IdempotencyKeyMissing`, `NotMultipart`, `UploadBroken`, `FileKindUnknown`,
    `SvgNotAccepted`, `FileKindMismatch`, `FileEmpty`, `BodyTooLarge` and `Unavailable`; then nothing is kept.
    """
    actor.require(Permission.UPLOAD)
    check_key(key)
    form = UploadForm(request)
    head = await form.head()
    return await receive(request, head.filename, head.declared_type, form.content(), key=key or "")


async def receive(
    request: Request, given_name: str, declared_type: str | None, content: AsyncIterator[bytes], *, key: str = ""
) -> Received:
    """Stream a file into the store while looking at its first bytes. Call it with no transaction open.

    Raises `FileKindUnknown`, `SvgNotAccepted`, `FileKindMismatch`, `FileEmpty`, `BodyTooLarge` and `Unavailable`; then nothing is
    kept.
    """
    filename = kinds.safe_name(given_name)
    kind = kinds.claimed_kind(filename)
    if kinds.is_svg(filename, declared_type):
        raise SvgNotAccepted()
    if kind is None:
        raise FileKindUnknown(accepted=kinds.accepted_extensions())
    if not kinds.type_agrees(kind, declared_type):
        raise FileKindMismatch(claimed=kind.media_type)
    files: FileStore = request.app.state.gateways["files"]
    settings: Settings = request.app.state.settings
    try:
        stored = await files.put(_checked(content, kind), max_bytes=settings.max_upload_bytes)
    except FileTooLarge:
        raise BodyTooLarge(limit_bytes=settings.max_upload_bytes) from None
    except FileStoreUnavailable as error:
        log.error("file_store_unavailable", error=str(error))
        raise Unavailable() from None
    return Received(filename, kind, stored, key)


UploadedFile = Annotated[Received, Depends(received_file)]


async def _checked(content: AsyncIterator[bytes], kind: Kind) -> AsyncIterator[bytes]:
    """The content, once its first bytes have shown that it is of the kind."""
    head = b""
    known = False
    async for chunk in content:
        if known:
            yield chunk
            continue
        head += chunk
        if len(head) >= kinds.HEAD_BYTES:
            _require_agreement(kind, head)
            known = True
            yield head
    if not head:
        raise FileEmpty()
    if not known:
        _require_agreement(kind, head)
        yield head


def _require_agreement(kind: Kind, head: bytes) -> None:
    if not kinds.content_agrees(kind, head[: kinds.HEAD_BYTES]):
        raise FileKindMismatch(claimed=kind.media_type)
