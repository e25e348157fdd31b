"""Stop an import that runs. What it wrote stays; nothing more is written."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.exchange import queries
from app.catalog.exchange.ending import end
from app.catalog.exchange.errors import ImportEnded
from app.catalog.exchange.models import ListingImportRun
from app.catalog.exchange.states import IMPORT_STATE_LABELS, ImportState
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import Labelled, NotFound


async def cancel_import(session: AsyncSession, actor: Actor, import_id: UUID) -> ListingImportRun:
    """End a waiting or running import. Cancelling twice changes nothing. Raises `NotFound`, `ImportEnded`."""
    run = await queries.lock(session, actor.organization_id, import_id)
    if run is None:
        raise NotFound()
    if run.state == ImportState.CANCELLED:
        return run
    ended = await end(session, actor.organization_id, import_id, ImportState.CANCELLED)
    if ended is None:
        raise ImportEnded(state=Labelled.of(run.state, IMPORT_STATE_LABELS))
    after = {"products_done": ended.products_done}
    await audit.record(session, actor, "listing_import.cancel", "listing_import", import_id, after=after)
    return ended
