"""How long invited suppliers take for their first answer, told to the room that keeps their pages.

The parties room learns of a case by its number alone: neither the inquiry nor the buyer is named. What is measured is
read anew from the rows at each piece of news, so the order in which news arrive does not matter.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.parties import facade as parties
from app.procurement.events import InvitationDeclined, InvitationUpdated, QuestionAsked, QuoteSubmitted, SupplierInvited
from app.procurement.queries import inquiries as queries
from app.procurement.states import InquiryState

MEASURED_ON = frozenset({"extended", "closed", "cancelled"})


@reaction(
    SupplierInvited,
    InvitationUpdated,
    InvitationDeclined,
    QuoteSubmitted,
    QuestionAsked,
    name="procurement.measure_response",
)
async def measure_response(session: AsyncSession, told: Told) -> None:
    """Note when the supplier was asked, until when it can answer, and when it first did."""
    event = told.event
    if isinstance(event, InvitationUpdated) and event.news not in MEASURED_ON:
        return
    async with acting_for(session, event.supplier_id):
        inquiry = await queries.inquiry(session, event.inquiry_id)
        invitation = await queries.invitation_of(session, event.inquiry_id, event.supplier_id)
        if inquiry is None or invitation is None or invitation.sent_at is None:
            return
        ended_at = inquiry.cancelled_at or inquiry.closed_at
        await parties.note_response(
            session,
            event.supplier_id,
            invitation.id,
            asked_at=invitation.sent_at,
            due_at=min(inquiry.closes_at, ended_at) if ended_at else inquiry.closes_at,
            answered_at=await queries.first_answer(session, invitation),
            dropped=inquiry.state == InquiryState.CANCELLED,
        )
