"""Make the renditions of a picture: read the row, render with no transaction open, record once."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import structlog
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync
from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import picture_queries, queries
from app.documents.events import RenditionsMade
from app.documents.kinds import PICTURES
from app.documents.models import Document
from app.documents.pictures import MAX_BYTES
from app.documents.states import PictureReason, PictureState, ScanState
from app.gateways.files import FileMissing, FileStore
from app.kit import audit
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, defer
from app.kit.outbox import announce

log = structlog.get_logger(__name__)

RENDER_JOB = "documents.render"
CHILD_SECONDS = 120.0
CHILDREN_AT_ONCE = 2

_places: RunVar[CapacityLimiter] = RunVar("places of rendering processes")


@dataclass(frozen=True, slots=True)
class Stored:
    """A rendition whose content the file store keeps."""

    format: str
    fits_px: int
    width_px: int
    height_px: int
    key: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a picture: its size and renditions, or why there are none."""

    reason: PictureReason | None = None
    width_px: int = 0
    height_px: int = 0
    renditions: tuple[Stored, ...] = ()

    @property
    def version(self) -> str:
        """Another set of renditions has another version, so that an address with a version never changes its content."""
        return sha256("\n".join(one.key for one in self.renditions).encode()).hexdigest()[:16]


async def defer_rendering(session: AsyncSession, organization_id: UUID, document_id: UUID) -> None:
    """Save the job in the running transaction."""
    await defer(session, RENDER_JOB, organization_id=str(organization_id), document_id=str(document_id))


async def want_renditions(session: AsyncSession, owner_id: UUID, documents: Sequence[Document]) -> None:
    """Of the pictures among documents that everybody shall see. The job begins now for checked ones, for others when their
    checks end; the documents are held meanwhile."""
    pictures = {document.id: document for document in documents if document.kind in PICTURES}
    for document_id in await picture_queries.want(session, owner_id, list(pictures)):
        if pictures[document_id].scan_state == ScanState.CLEAN:
            await defer_rendering(session, owner_id, document_id)


async def make_renditions(runtime: Runtime, *, organization_id: UUID, document_id: UUID) -> None:
    """Render what waits for it. Running twice, also at the same time, leaves one set of renditions and one event."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, organization_id)
        found = await picture_queries.waiting(session, document_id)
    if found is None or found.file_key is None:
        return
    outcome = await _render(runtime.gateways["files"], found.kind, found.file_key)
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, organization_id)
        if await picture_queries.waiting(session, document_id, lock=True) is not None:
            await record_renditions(session, organization_id, document_id, outcome)


async def record_renditions(session: AsyncSession, owner_id: UUID, document_id: UUID, outcome: Outcome) -> None:
    """Write down what came of a picture that waits, and announce it. Call it while acting for the owner."""
    state = PictureState.REFUSED if outcome.reason else PictureState.READY
    if outcome.reason:
        await picture_queries.end(session, document_id, state=state, reason=outcome.reason)
    else:
        for one in sorted(outcome.renditions, key=lambda stored: stored.key):
            await queries.keep_file(session, one.key, one.size_bytes)
        await picture_queries.keep(
            session,
            [
                {
                    "document_id": document_id,
                    "owner_id": owner_id,
                    "format": one.format,
                    "fits_px": one.fits_px,
                    "width_px": one.width_px,
                    "height_px": one.height_px,
                    "file_key": one.key,
                    "size_bytes": one.size_bytes,
                }
                for one in outcome.renditions
            ],
        )
        size = {"width_px": outcome.width_px, "height_px": outcome.height_px}
        await picture_queries.end(session, document_id, state=state, version=outcome.version, **size)
    after = {"state": state.value, "reason": outcome.reason.value if outcome.reason else None}
    await audit.record(session, None, "document.render", "document", document_id, after=after, organization_id=owner_id)
    event = RenditionsMade(document_id=document_id, organization_id=owner_id, state=state.value, reason=after["reason"])
    await announce(session, event, organizations=[owner_id])


async def _render(files: FileStore, kind: str, key: str) -> Outcome:
    """In a process of its own, with bounds of memory and time; the renditions go into the file store."""
    with tempfile.TemporaryFile() as file, tempfile.TemporaryDirectory(prefix="partingline-") as folder:
        try:
            if not await _copied(await files.open(key), file):
                return Outcome(PictureReason.TOO_LARGE)
        except FileMissing:
            return Outcome(PictureReason.MISSING)
        told = await _in_child(kind, file, folder)
        if "reason" in told:
            return Outcome(PictureReason(told["reason"]))
        stored = []
        for one in told["renditions"]:
            content = await run_sync((Path(folder) / one["content"]).read_bytes)
            kept = await files.put(_stream(content), max_bytes=len(content))
            size = (one["fits_px"], one["width_px"], one["height_px"])
            stored.append(Stored(one["format"], *size, kept.key, kept.size_bytes))
        return Outcome(None, told["width_px"], told["height_px"], tuple(stored))


async def _copied(chunks: AsyncIterator[bytes], file: BinaryIO) -> bool:
    """Whether the whole was copied: nothing of it when it is larger than any picture may be."""
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > MAX_BYTES:
            return False
        await run_sync(file.write, chunk)
    await run_sync(file.flush)
    return True


async def _in_child(kind: str, file: BinaryIO, folder: str) -> dict[str, Any]:
    """What the rendering process tells. One that is killed, or killed itself on the picture, tells that it is too large."""
    async with _limiter():
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.documents.pictures", kind, folder),
            stdin=file,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(CHILD_SECONDS):
                out, complaint = await child.communicate()
        except TimeoutError:
            log.warning("rendering_too_long", kind=kind)
            return {"reason": "too-large"}
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    if child.returncode == 0:
        return dict(json.loads(out))
    log.warning(
        "rendering_failed", kind=kind, code=child.returncode, complaint=complaint[-300:].decode(errors="replace")
    )
    return {"reason": "too-large" if (child.returncode or 0) < 0 else "damaged"}


def _limiter() -> CapacityLimiter:
    """Few at a time in a process: each may take a gigabyte."""
    try:
        return _places.get()
    except LookupError:
        _places.set(CapacityLimiter(CHILDREN_AT_ONCE))
        return _places.get()


async def _stream(content: bytes) -> AsyncIterator[bytes]:
    yield content
