"""What follows from counts: whoever has less held for him is told."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.warehousing.keeping import notices
from app.warehousing.keeping.events import ReservationShortened
from app.warehousing.reactions import of_item, tell_holder


@reaction(ReservationShortened, name="warehousing.tell_of_shortening")
async def tell_of_shortening(session: AsyncSession, told: Told) -> None:
    """Tell whoever reserved that some of it waits for stock again."""
    event: ReservationShortened = told.event
    async with acting_for(session, event.organization_id):
        params = await of_item(session, event.item_id, event.quantity)
        notice = notices.RESERVATION_SHORTENED
        await tell_holder(session, told, event.organization_id, event.reservation_id, notice, params)
