"""What follows from news about price lists: the buyers' purchasers are told, in their languages."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.pricing import notices, queries
from app.catalog.pricing.events import PriceListActivated, PriceListEnded
from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.messages import facade as messages
from app.parties import facade as parties

ENTITY = "price_list"


@reaction(PriceListActivated, PriceListEnded, name="catalog.tell_of_price_list")
async def tell_of_price_list(session: AsyncSession, told: Told) -> None:
    """Tell each buyer of the list that it applies to him, or no longer does."""
    event: PriceListActivated | PriceListEnded = told.event
    # Only the supplier may still read an ended list.
    async with acting_for(session, event.supplier_id):
        found = await queries.price_list(session, event.price_list_id)
        firms = await parties.organizations(session, [event.supplier_id])
    if found is None or event.supplier_id not in firms:
        return
    params: dict[str, messages.Param] = {"firm": firms[event.supplier_id].legal_name_local, "name": found.name}
    if isinstance(event, PriceListActivated):
        params |= {"price_list_id": found.id, "edition": found.edition, "valid_from_on": event.valid_from}
    for buyer_id in told.organization_ids:
        if buyer_id == event.supplier_id:
            continue
        async with acting_for(session, buyer_id):
            await messages.notify(
                session,
                organization_id=buyer_id,
                permission=Permission.ORDER,
                notice=notices.ACTIVATED if isinstance(event, PriceListActivated) else notices.ENDED,
                params=params,
                entity=(ENTITY, found.id),
                dedupe=told.id,
            )
