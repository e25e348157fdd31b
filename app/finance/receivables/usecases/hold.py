"""Nobody is reminded of an item that its issuer has paused, or that a dispute is about."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.receivables import queries
from app.finance.receivables.errors import ItemHeld
from app.finance.receivables.models import OpenItem
from app.finance.receivables.states import Hold
from app.finance.receivables.usecases.settle import ENTITY, require_open
from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.tenancy import acting_for
from app.kit.errors import NotFound


async def pause(session: AsyncSession, actor: Actor, item_id: UUID, reason: str, *, now: datetime) -> OpenItem:
    """The issuer waits, and says why; a pause that stands gets the new reason. Raises `ItemSettled`, `ItemHeld`."""
    item = (await queries.lock_items(session, [item_id]))[item_id]
    require_open(item)
    if item.hold == Hold.DISPUTED:
        raise ItemHeld()
    await _set(session, actor, item, Hold.PAUSED, reason, now)
    return item


async def resume(session: AsyncSession, actor: Actor, item_id: UUID) -> OpenItem:
    """He waits no longer; where he did not wait, nothing changes. Raises `ItemHeld` while a dispute is under way."""
    item = (await queries.lock_items(session, [item_id]))[item_id]
    if item.hold == Hold.DISPUTED:
        raise ItemHeld()
    if item.hold is not None:
        await _set(session, actor, item, None, None, None)
    return item


async def hold_for_dispute(session: AsyncSession, invoice_id: UUID, reason: str, *, now: datetime) -> None:
    """A dispute about an invoice has begun; a pause of its issuer's gives way. Call it while acting for either side. Raises
    `NotFound`."""
    await _of_invoice(session, invoice_id, Hold.DISPUTED, reason, now)


async def release_from_dispute(session: AsyncSession, invoice_id: UUID) -> None:
    """The dispute has ended. Raises `NotFound`."""
    await _of_invoice(session, invoice_id, None, None, None)


async def _of_invoice(
    session: AsyncSession, invoice_id: UUID, hold: Hold | None, reason: str | None, now: datetime | None
) -> None:
    found = await queries.item_of_invoice(session, invoice_id)
    if found is None:
        raise NotFound()
    async with acting_for(session, found.issuer_id):
        item = (await queries.lock_items(session, [found.id]))[found.id]
        if item.hold != hold:
            await _set(session, None, item, hold, reason, now)


async def _set(
    session: AsyncSession,
    actor: Actor | None,
    item: OpenItem,
    hold: Hold | None,
    reason: str | None,
    now: datetime | None,
) -> None:
    before = {"hold": item.hold, "reason": item.hold_reason}
    item.hold, item.hold_reason, item.held_at = hold, reason, now
    item.version += 1
    await session.flush()
    after = {"hold": hold, "reason": reason}
    await audit.record(
        session, actor, "open_item.hold", ENTITY, item.id, before=before, after=after, organization_id=item.issuer_id
    )
