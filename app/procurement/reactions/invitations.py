"""News of an inquiry reach each invited supplier as news of his own invitation, and then his people.

Two steps, so that no supplier's event, webhook or failure has anything to do with another's.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, announce, reaction
from app.language import facade as language
from app.messages import facade as messages
from app.parties import facade as parties
from app.procurement import notices
from app.procurement.events import (
    InquiryCancelled,
    InquiryClosed,
    InquiryDeadlineExtended,
    InquiryOpened,
    InquiryPublished,
    InvitationUpdated,
    QuestionAnswered,
    SupplierInvited,
)
from app.procurement.queries import inquiries as queries
from app.procurement.usecases.inquiry_texts import ENTITY

_NEWS = {
    InquiryDeadlineExtended.event_name: "extended",
    InquiryClosed.event_name: "closed",
    InquiryCancelled.event_name: "cancelled",
    InquiryOpened.event_name: "opened",
    QuestionAnswered.event_name: "answered",
}
_NOTICES = {
    "extended": notices.EXTENDED,
    "cancelled": notices.CANCELLED,
    "opened": notices.OPENED_TO_SUPPLIER,
    "answered": notices.ANSWERED,
}
"""A closing is no news to a supplier who knew the time; his webhooks hear of it, his people do not."""


@reaction(InquiryPublished, name="procurement.announce_invitations")
async def announce_invitations(session: AsyncSession, told: Told) -> None:
    """Announce each invitation that was sent with the publication."""
    event: InquiryPublished = told.event
    async with acting_for(session, event.buyer_id):
        inquiry = await queries.inquiry(session, event.inquiry_id)
        for row in await queries.invitations(session, event.inquiry_id):
            # Those invited later have been announced by the request that invited them.
            if inquiry is not None and row.sent_at == inquiry.published_at:
                invited = SupplierInvited(
                    invitation_id=row.id,
                    inquiry_id=row.inquiry_id,
                    buyer_id=row.buyer_id,
                    supplier_id=row.supplier_id,
                )
                await announce(session, invited, organizations=[row.buyer_id, row.supplier_id])


@reaction(
    InquiryDeadlineExtended,
    InquiryClosed,
    InquiryCancelled,
    InquiryOpened,
    QuestionAnswered,
    name="procurement.spread_news",
)
async def spread_news(session: AsyncSession, told: Told) -> None:
    """Announce the news to each supplier whose invitation was sent."""
    async with acting_for(session, told.event.buyer_id):
        for row in await queries.invitations(session, told.event.inquiry_id):
            if row.sent_at is not None:
                update = InvitationUpdated.model_validate(
                    {
                        "invitation_id": row.id,
                        "inquiry_id": row.inquiry_id,
                        "buyer_id": row.buyer_id,
                        "supplier_id": row.supplier_id,
                        "news": _NEWS[told.type],
                    }
                )
                await announce(session, update, organizations=[row.supplier_id])


@reaction(SupplierInvited, InvitationUpdated, name="procurement.tell_supplier")
async def tell_supplier(session: AsyncSession, told: Told) -> None:
    """Tell the people of the supplier who may quote, each in his own language."""
    event: SupplierInvited | InvitationUpdated = told.event
    notice = _NOTICES.get(event.news) if isinstance(event, InvitationUpdated) else notices.INVITED
    if notice is None:
        return
    async with acting_for(session, event.supplier_id):
        inquiry = await queries.inquiry(session, event.inquiry_id)
        firm = (await parties.organizations(session, [event.buyer_id])).get(event.buyer_id)
        if inquiry is None or firm is None:
            return
        params: dict[str, messages.Param] = {
            "inquiry_id": str(inquiry.id),
            "number": inquiry.number,
            "firm": firm.legal_name_local,
        }
        if notice == notices.INVITED:
            own = (await parties.organizations(session, [event.supplier_id])).get(event.supplier_id)
            shown = await language.shown_texts(session, [(ENTITY, inquiry.id)], own.locale if own else inquiry.locale)
            title = shown.get((ENTITY, inquiry.id, "title"))
            params |= {"title": title.text if title else inquiry.title}
        if notice in (notices.INVITED, notices.EXTENDED):
            params |= {"closes_at": inquiry.closes_at.isoformat()}
        if notice == notices.CANCELLED:
            params |= {"reason": inquiry.cancel_reason or "–"}
        await messages.notify(
            session,
            organization_id=event.supplier_id,
            permission=Permission.QUOTE,
            notice=notice,
            params=params,
            entity=(ENTITY, inquiry.id),
            dedupe=told.id,
        )
