"""What follows from news about reservations: who reserved is told, in his language."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.messages import facade as messages
from app.warehousing import notices, queries
from app.warehousing.events import BackorderFilled, ReservationExpired

ENTITY = "reservation"


def plain(quantity: Decimal) -> str:
    """A quantity without zeros that say nothing."""
    return format(quantity.normalize(), "f")


@reaction(BackorderFilled, name="warehousing.tell_of_backorder")
async def tell_of_backorder(session: AsyncSession, told: Told) -> None:
    """Tell whoever waited that something has come."""
    event: BackorderFilled = told.event
    async with acting_for(session, event.organization_id):
        params = await of_item(session, event.item_id, event.quantity)
        await tell_holder(session, told, event.organization_id, event.reservation_id, notices.BACKORDER_FILLED, params)


@reaction(ReservationExpired, name="warehousing.tell_of_expiry")
async def tell_of_expiry(session: AsyncSession, told: Told) -> None:
    """Tell whoever reserved that nothing is held any longer."""
    event: ReservationExpired = told.event
    async with acting_for(session, event.organization_id):
        row = await queries.reservation(session, event.reservation_id, event.organization_id)
        params = {"expired_at": (row.expires_at if row else None) or told.occurred_at}
        await tell_holder(
            session, told, event.organization_id, event.reservation_id, notices.RESERVATION_EXPIRED, params
        )


async def of_item(session: AsyncSession, item_id: UUID, quantity: Decimal) -> dict[str, messages.Param]:
    """The parameters of a notice about so much of an item."""
    item = await queries.item(session, item_id)
    return {"quantity": plain(quantity), "sku": item.sku if item else "–", "name": item.name if item else "–"}


async def tell_holder(
    session: AsyncSession,
    told: Told,
    organization_id: UUID,
    reservation_id: UUID,
    notice: str,
    params: Mapping[str, messages.Param],
) -> None:
    """Tell the person who reserved; where that was a machine or he has left, whoever places orders. Call it while acting for
    the holder's organization."""
    row = await queries.reservation(session, reservation_id, organization_id)
    if row is None:
        return

    async def tell(recipients: list[UUID] | None, permission: Permission | None) -> int:
        return await messages.notify(
            session,
            organization_id=organization_id,
            recipients=recipients,
            permission=permission,
            notice=notice,
            params={**params, "reservation_id": reservation_id},
            entity=(ENTITY, reservation_id),
            dedupe=told.id,
        )

    if row.person_id is None or not await tell([row.person_id], None):
        await tell(None, Permission.ORDER)
