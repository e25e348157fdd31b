"""What follows from goods that left: whom they go to, and whose they are, is told."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.messages import facade as messages
from app.parties import facade as parties
from app.warehousing.picking import notices, queries
from app.warehousing.picking.events import GoodsDispatched

SHOWN_NUMBERS = 10


@reaction(GoodsDispatched, name="warehousing.tell_of_dispatch")
async def tell_of_dispatch(session: AsyncSession, told: Told) -> None:
    """Tell the consignee's purchasers which packages come, and other owners' people that goods of theirs have left."""
    event: GoodsDispatched = told.event
    async with acting_for(session, event.keeper_id):
        sent = await queries.dispatch(session, event.dispatch_id)
        packages = [row for row in await queries.dispatched(session, [event.dispatch_id]) if row.parent_id is None]
        firm = (await parties.organizations(session, [event.keeper_id])).get(event.keeper_id)
    if sent is None or firm is None:
        return
    shown = [row.sscc or row.number for row in packages[:SHOWN_NUMBERS]] + ["…"] * (len(packages) > SHOWN_NUMBERS)
    known: dict[str, messages.Param] = {"firm": firm.legal_name_local, "packages": len(packages)}
    for organization_id in told.organization_ids:
        if organization_id == event.keeper_id:
            continue
        consignee = organization_id == event.organization_id
        more: dict[str, messages.Param] = (
            {"numbers": ", ".join(shown), "dispatch_id": sent.id} if consignee else {"consignee": sent.consignee_name}
        )
        async with acting_for(session, organization_id):
            await messages.notify(
                session,
                organization_id=organization_id,
                permission=Permission.ORDER if consignee else Permission.STOCK,
                notice=notices.SENT_TO_YOU if consignee else notices.YOURS_LEFT,
                params=known | more,
                entity=("dispatch", sent.id),
                dedupe=told.id,
            )
