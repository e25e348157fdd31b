"""Checks of uploaded files, and the sweep of contents that nothing refers to."""

import tempfile
from collections.abc import AsyncIterator
from typing import BinaryIO
from uuid import UUID

import structlog
from anyio.to_thread import run_sync

from app.documents import picture_queries, queries
from app.documents.events import DocumentScanned
from app.documents.inspection import inspect_file
from app.documents.states import ScanReason, ScanState
from app.documents.usecases.keep_upload import SCAN_JOB
from app.documents.usecases.make_renditions import RENDER_JOB, defer_rendering, make_renditions
from app.gateways.files import FileMissing, FileStore
from app.kit import audit
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, job
from app.kit.outbox import announce

log = structlog.get_logger(__name__)

SWEEP_AFTER_SECONDS = 24 * 3600.0


@job(SCAN_JOB, queue="documents")
async def scan_document(runtime: Runtime, *, document_id: str, organization_id: str) -> None:
    """Check a file's structure with no transaction open, then record the result once."""
    document, organization = UUID(document_id), UUID(organization_id)
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, organization)
        found = await queries.find(session, document)
    if found is None or found.file_key is None or found.scan_state != ScanState.PENDING:
        return
    files: FileStore = runtime.gateways["files"]
    try:
        reason = await _inspect(found.kind, await files.open(found.file_key))
    except FileMissing:
        reason = ScanReason.MISSING
    state = ScanState.REFUSED if reason else ScanState.CLEAN
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, organization)
        if not await queries.record_scan(session, document, state, reason):
            return
        after = {"state": state.value, "reason": reason.value if reason else None}
        await audit.record(
            session, None, "document.scan", "document", document, after=after, organization_id=organization
        )
        event = DocumentScanned(
            document_id=document, organization_id=organization, state=state.value, reason=after["reason"]
        )
        await announce(session, event, organizations=[organization])
        if await picture_queries.waiting(session, document) is not None:
            await defer_rendering(session, organization, document)


@job(RENDER_JOB, queue="pictures")
async def render_picture(runtime: Runtime, *, document_id: str, organization_id: str) -> None:
    """Make the renditions of a picture that is to be shown."""
    await make_renditions(runtime, organization_id=UUID(organization_id), document_id=UUID(document_id))


async def _inspect(kind: str, chunks: AsyncIterator[bytes]) -> ScanReason | None:
    """Copy to an unnamed temporary file, which the checks map into memory instead of holding it there."""
    with tempfile.TemporaryFile() as file:
        async for chunk in chunks:
            await run_sync(file.write, chunk)
        return await run_sync(_inspect_flushed, kind, file)


def _inspect_flushed(kind: str, file: BinaryIO) -> ScanReason | None:
    file.flush()
    return inspect_file(kind, file)


@job("documents.sweep", queue="documents", cron="41 * * * *")
async def sweep_files(runtime: Runtime) -> None:
    """Remove contents that no document has: uploads whose row was never written, and deleted documents.

    PostgreSQL's own foreign key says what is referred to; the store gives a file up only if nobody put it again meanwhile.
    """
    files: FileStore = runtime.gateways["files"]
    removed = await files.sweep_incoming(older_than_s=SWEEP_AFTER_SECONDS)
    for key in await files.old_keys(older_than_s=SWEEP_AFTER_SECONDS):
        async with runtime.database.transaction(Role.WORKER) as session:
            free = await queries.forget_file(session, key)
        if free and await files.delete_old(key, older_than_s=SWEEP_AFTER_SECONDS):
            removed += 1
    if removed:
        log.info("files_swept", count=removed)
