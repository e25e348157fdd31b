"""The imports' jobs: in a lane of their own, one after the other for each supplier, taken up again after a kill."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.exchange import queries
from app.catalog.exchange.ending import announce_progress, end
from app.catalog.exchange.errors import FileRefused
from app.catalog.exchange.running import carry_out
from app.catalog.exchange.states import ImportState
from app.documents import facade as documents
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, backoff, defer, job
from app.kit.locales import N_

log = structlog.get_logger(__name__)

IMPORT_JOB = "catalog.import_listings"
QUEUE = "imports"
SCAN_PATIENCE_S = 2
MAX_ATTEMPTS = 25


async def want_import(session: AsyncSession, supplier_id: UUID, import_id: UUID, *, in_seconds: int = 0) -> None:
    """Defer the import in this transaction. Two imports of one supplier come one after the other."""
    at = datetime.now(UTC) + timedelta(seconds=in_seconds) if in_seconds else None
    await defer(
        session,
        IMPORT_JOB,
        lock=f"imports-{supplier_id}",
        at=at,
        supplier_id=str(supplier_id),
        import_id=str(import_id),
    )


@job(IMPORT_JOB, queue=QUEUE, retry=backoff(MAX_ATTEMPTS))
async def import_listings(runtime: Runtime, *, supplier_id: str, import_id: str) -> None:
    """Carry an import out, from the beginning or from where it was left. Running twice is harmless."""
    supplier, one = UUID(supplier_id), UUID(import_id)
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, supplier)
        key = await _begun(session, supplier, one)
    if key is not None:
        await carry_out(runtime, supplier, one, key)


async def _begun(session: AsyncSession, supplier_id: UUID, import_id: UUID) -> str | None:
    """Mark the import as running; the key of its file, or None when there is nothing to do now."""
    run = await queries.lock(session, supplier_id, import_id)
    if run is None or run.state not in (ImportState.WAITING, ImportState.READING):
        return None
    entity = ("listing_import", run.id)
    refs = (await documents.attached(session, [entity]))[entity]
    if not refs or refs[0].scan_state == "refused":
        message = N_("The checks refused this file. Upload a sound one.")
        await end(session, supplier_id, import_id, ImportState.FAILED, refused=FileRefused("document-refused", message))
        return None
    if refs[0].scan_state != "clean":
        await want_import(session, supplier_id, import_id, in_seconds=SCAN_PATIENCE_S)
        return None
    run.attempts += 1
    if run.attempts > MAX_ATTEMPTS:
        message = N_("The import was interrupted too often. Send it again, or tell us of it.")
        await end(session, supplier_id, import_id, ImportState.FAILED, refused=FileRefused("interrupted", message))
        return None
    if run.state == ImportState.WAITING:
        run.state = ImportState.READING
        run.started_at = func.app_now()
        run.version += 1
        await session.flush()
        await announce_progress(session, run)
    return refs[0].sha256


@job("catalog.resume_imports", cron="*/5 * * * *")
async def resume_imports(runtime: Runtime) -> None:
    """Defer imports that have not ended again, should their job have been lost. One that runs goes on undisturbed: the
    new job waits for the same lock and finds nothing left to do."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
        unfinished = await queries.running_ids(session)
    for import_id, supplier_id in unfinished:
        try:
            async with runtime.database.transaction(Role.WORKER) as session:
                await defer(
                    session,
                    IMPORT_JOB,
                    queueing_lock=f"resume-{import_id}",
                    lock=f"imports-{supplier_id}",
                    supplier_id=str(supplier_id),
                    import_id=str(import_id),
                )
        except AlreadyEnqueued:
            continue
    if unfinished:
        log.info("listing_imports_unfinished", count=len(unfinished))
