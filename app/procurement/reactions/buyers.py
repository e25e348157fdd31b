"""What the buyer's people are told."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.messages import facade as messages
from app.parties import facade as parties
from app.procurement import notices
from app.procurement.events import (
    InquiryClosed,
    InquiryOpened,
    InvitationDeclined,
    QuestionAsked,
    QuoteSubmitted,
    QuoteWithdrawn,
)
from app.procurement.queries import inquiries as queries
from app.procurement.usecases.inquiry_texts import ENTITY

_NOTICES = {
    QuoteSubmitted.event_name: notices.QUOTED,
    QuoteWithdrawn.event_name: notices.WITHDRAWN,
    InvitationDeclined.event_name: notices.DECLINED,
    QuestionAsked.event_name: notices.ASKED,
    InquiryClosed.event_name: notices.CLOSED,
    InquiryOpened.event_name: notices.OPENED,
}


@reaction(
    QuoteSubmitted,
    QuoteWithdrawn,
    InvitationDeclined,
    QuestionAsked,
    InquiryClosed,
    InquiryOpened,
    name="procurement.tell_buyer",
)
async def tell_buyer(session: AsyncSession, told: Told) -> None:
    """Tell those of the buyer's people who run inquiries."""
    notice = _NOTICES[told.type]
    buyer_id = told.event.buyer_id
    async with acting_for(session, buyer_id):
        inquiry = await queries.inquiry(session, told.event.inquiry_id)
        if inquiry is None:
            return
        params: dict[str, messages.Param] = {"inquiry_id": str(inquiry.id), "number": inquiry.number}
        supplier_id = getattr(told.event, "supplier_id", None)
        if supplier_id is not None:
            firms = await parties.organizations(session, [supplier_id])
            params["firm"] = firms[supplier_id].legal_name_local if supplier_id in firms else "–"
        if notice in (notices.QUOTED, notices.CLOSED):
            params["opens_at"] = inquiry.opens_at.isoformat()
        if notice == notices.WITHDRAWN:
            params["closes_at"] = inquiry.closes_at.isoformat()
        if notice == notices.DECLINED:
            invitation = await queries.invitation_of(session, inquiry.id, told.event.supplier_id)
            params["reason"] = (invitation.decline_reason if invitation else None) or "–"
        await messages.notify(
            session,
            organization_id=buyer_id,
            permission=Permission.INQUIRE,
            notice=notice,
            params=params,
            entity=(ENTITY, inquiry.id),
            dedupe=told.id,
        )
