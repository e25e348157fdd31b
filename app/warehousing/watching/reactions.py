"""What follows from news about stock that runs low: whoever moves stock is told, in his language."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.messages import facade as messages
from app.warehousing import queries as stock
from app.warehousing.reactions import plain
from app.warehousing.watching import notices
from app.warehousing.watching.events import StockLow
from app.warehousing.watching.rules import to_order


@reaction(StockLow, name="warehousing.tell_of_low_stock")
async def tell_of_low_stock(session: AsyncSession, told: Told) -> None:
    """Tell the people of the item's organization who move stock."""
    event: StockLow = told.event
    async with acting_for(session, event.organization_id):
        item = await stock.item(session, event.item_id)
        if item is None:
            return
        await messages.notify(
            session,
            organization_id=event.organization_id,
            permission=Permission.STOCK,
            notice=notices.STOCK_LOW,
            params={
                "item_id": item.id,
                "sku": item.sku,
                "name": item.name,
                "available": plain(event.available),
                "reorder_point": plain(event.reorder_point),
                "target_quantity": plain(event.target_quantity),
                "to_order": plain(to_order(event.available, event.target_quantity)),
            },
            entity=("stock_item", item.id),
            dedupe=told.id,
        )
