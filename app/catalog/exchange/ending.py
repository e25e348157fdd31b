"""How an import ends, whoever ends it, and what others are told of it."""

from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.events import ListingImportMoved, ListingsImported
from app.catalog.exchange import queries
from app.catalog.exchange.errors import FileRefused
from app.catalog.exchange.models import ListingImportRun
from app.catalog.exchange.states import RUNNING, ImportState
from app.kit.outbox import announce


async def end(
    session: AsyncSession,
    supplier_id: UUID,
    import_id: UUID,
    state: ImportState,
    *,
    refused: FileRefused | None = None,
) -> ListingImportRun | None:
    """Move a running import to its end and tell of it; None when it has ended already."""
    run = await queries.lock(session, supplier_id, import_id)
    if run is None or run.state not in RUNNING:
        return None
    run.state = state.value
    run.ended_at = func.app_now()
    if refused is not None:
        run.failure = {"code": refused.code, "message": refused.message, "params": refused.params}
    run.version += 1
    await session.flush()
    await session.refresh(run)
    written = 0 if run.dry_run else run.products_created + run.products_changed
    if written:
        event = ListingsImported(supplier_id=supplier_id, listings=written, published=run.products_published)
        await announce(session, event, organizations=[supplier_id])
    await announce_progress(session, run)
    return run


async def announce_progress(session: AsyncSession, run: ListingImportRun) -> None:
    """Tell the supplier how far the import is."""
    event = ListingImportMoved(
        import_id=run.id,
        supplier_id=run.supplier_id,
        state=run.state,
        dry_run=run.dry_run,
        rows_total=run.rows_total,
        rows_read=run.rows_read,
        rows_accepted=run.rows_accepted,
        rows_refused=run.rows_refused,
        rows_unchanged=run.rows_unchanged,
        products_created=run.products_created,
        products_changed=run.products_changed,
    )
    await announce(session, event, organizations=[run.supplier_id])
