"""What follows from news about freight inquiries: people are told, in their languages."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.logistics.freight import notices
from app.logistics.freight.events import FreightAskedOf, FreightOffered, FreightTaken
from app.logistics.freight.goods import end_of, name_of
from app.logistics.freight.queries import inquiries as queries
from app.logistics.freight.schemas.quotes import EndIn
from app.logistics.freight.states import FreightOfferState
from app.messages import facade as messages
from app.parties import facade as parties

ENTITY = "freight_inquiry"


def lane_of(asked: dict[str, Any]) -> str:
    """A lane as people write it: `CNNGB – DEHAM`."""
    return " – ".join(name_of(end_of(EndIn.model_validate(asked[name]))) for name in ("from", "to"))


@reaction(FreightAskedOf, FreightTaken, name="logistics.tell_partner_of_freight")
async def tell_partner(session: AsyncSession, told: Told) -> None:
    """Tell the partner's people that they are asked, or whose offer was taken."""
    event: FreightAskedOf | FreightTaken = told.event
    async with acting_for(session, event.partner_id):
        params = await _params(session, event.freight_inquiry_id, event.shipper_id)
        if params is None:
            return
        notice = notices.ASKED
        if isinstance(event, FreightAskedOf):
            params["closes_at"] = event.closes_at.isoformat()
        else:
            notice = notices.TAKEN if event.taken else notices.NOT_TAKEN
        await _notify(session, told, event.partner_id, Permission.FULFIL, notice, params)


@reaction(FreightOffered, name="logistics.tell_shipper_of_offer")
async def tell_shipper(session: AsyncSession, told: Told) -> None:
    """Tell the shipper's people who may send goods that a partner has answered."""
    event: FreightOffered = told.event
    if event.state != FreightOfferState.OFFERED:
        return
    async with acting_for(session, event.shipper_id):
        params = await _params(session, event.freight_inquiry_id, event.partner_id)
        if params is None:
            return
        params["revision"] = event.revision
        for permission in (Permission.ORDER, Permission.FULFIL):
            await _notify(session, told, event.shipper_id, permission, notices.OFFERED, params)


async def _params(session: AsyncSession, inquiry_id: UUID, firm_id: UUID) -> dict[str, messages.Param] | None:
    inquiry = await queries.inquiry(session, inquiry_id)
    firms = await parties.organizations(session, [firm_id])
    if inquiry is None or firm_id not in firms:
        return None
    firm = firms[firm_id].legal_name_local
    return {"firm": firm, "lane": lane_of(inquiry.asked), "freight_inquiry_id": str(inquiry.id)}


async def _notify(
    session: AsyncSession,
    told: Told,
    organization_id: UUID,
    permission: Permission,
    notice: str,
    params: dict[str, messages.Param],
) -> None:
    await messages.notify(
        session,
        organization_id=organization_id,
        permission=permission,
        notice=notice,
        params=params,
        entity=(ENTITY, UUID(str(params["freight_inquiry_id"]))),
        dedupe=told.id,
    )
