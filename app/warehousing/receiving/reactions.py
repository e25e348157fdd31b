"""What follows from goods coming in: those concerned are told, in their languages."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.messages import facade as messages
from app.parties import facade as parties
from app.warehousing import queries as stock
from app.warehousing.receiving import notices, queries
from app.warehousing.receiving.events import ArrivalAnnounced, ArrivalReceived, InspectionDecided
from app.warehousing.receiving.states import INSPECTION_STATE_LABELS, InspectionState

Params = dict[str, messages.Param]


@reaction(ArrivalAnnounced, ArrivalReceived, name="warehousing.tell_of_arrival")
async def tell_of_arrival(session: AsyncSession, told: Told) -> None:
    """Tell the keeper what comes, and sender and owner what came."""
    event: ArrivalAnnounced | ArrivalReceived = told.event
    announced = isinstance(event, ArrivalAnnounced)
    async with acting_for(session, event.keeper_id):
        row = await queries.arrival(session, event.arrival_id)
        firm_id = event.sender_id if announced else event.keeper_id
        firm = (await parties.organizations(session, [firm_id])).get(firm_id)
    if row is None or firm is None:
        return
    params: Params = {"firm": firm.legal_name_local, "reference": row.reference, "arrival_id": row.id}
    entity = ("arrival", row.id)
    if isinstance(event, ArrivalAnnounced):
        params |= {"warehouse": row.warehouse_code, "expected_on": row.expected_on}
        await _tell(session, told, {event.keeper_id} - {event.sender_id}, notices.ANNOUNCED, params, entity)
        return
    counts: Params = {name: getattr(event, name) for name in ("short", "over", "damaged", "unannounced")}
    differs = any(counts.values())
    concerned = {event.sender_id, event.owner_id} - {event.keeper_id}
    notice = notices.DIFFERS if differs else notices.RECEIVED
    await _tell(session, told, concerned, notice, params | (counts if differs else {}), entity)


@reaction(InspectionDecided, name="warehousing.tell_of_inspection")
async def tell_of_inspection(session: AsyncSession, told: Told) -> None:
    """Tell owner and sender what became of their goods."""
    event: InspectionDecided = told.event
    async with acting_for(session, event.keeper_id):
        item = await stock.item(session, event.item_id)
        firm = (await parties.organizations(session, [event.keeper_id])).get(event.keeper_id)
    if item is None or firm is None:
        return
    params: Params = {
        "firm": firm.legal_name_local,
        "item": item.name,
        "sku": item.sku,
        "decision": {"i18n": list(INSPECTION_STATE_LABELS[InspectionState(event.state)])},
        "inspection_id": event.inspection_id,
    }
    concerned = {one for one in (event.owner_id, event.sender_id) if one is not None} - {event.keeper_id}
    await _tell(session, told, concerned, notices.DECIDED, params, ("inspection", event.inspection_id))


async def _tell(
    session: AsyncSession,
    told: Told,
    concerned: Iterable[UUID],
    notice: str,
    params: Params,
    entity: tuple[str, UUID],
) -> None:
    for organization_id in sorted(concerned):
        async with acting_for(session, organization_id):
            await messages.notify(
                session,
                organization_id=organization_id,
                permission=Permission.STOCK,
                notice=notice,
                params=params,
                entity=entity,
                dedupe=told.id,
            )
