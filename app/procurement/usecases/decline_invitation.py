"""Say no to an inquiry."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import NotFound
from app.kit.outbox import announce
from app.procurement.errors import InquiryClosed, QuoteStands
from app.procurement.events import InvitationDeclined
from app.procurement.models import InquiryInvitation
from app.procurement.queries import inquiries as queries
from app.procurement.queries import quotes as quote_queries
from app.procurement.rules import accepts_quotes
from app.procurement.schemas.inquiries import ReasonIn
from app.procurement.states import QuoteState
from app.procurement.usecases.inquiry_texts import send_decline_reason


async def decline_invitation(
    session: AsyncSession, actor: Actor, inquiry_id: UUID, form: ReasonIn, *, now: datetime
) -> InquiryInvitation:
    """Decline with a reason for the buyer. A later quote takes the refusal back; a standing one must be withdrawn first."""
    inquiry = await queries.share_inquiry(session, inquiry_id)
    invitation = await queries.lock_invitation(session, inquiry_id, actor.organization_id)
    if inquiry is None or invitation is None:
        raise NotFound()
    if not accepts_quotes(inquiry.state, inquiry.closes_at, now=now):
        raise InquiryClosed(closes_at=inquiry.closes_at)
    live = await quote_queries.live_quote(session, inquiry_id, actor.organization_id)
    if live is not None and live.state == QuoteState.SUBMITTED:
        raise QuoteStands()
    first = invitation.declined_at is None
    invitation.declined_at = now
    invitation.decline_reason = form.reason
    await session.flush()
    await send_decline_reason(session, invitation, form.reason, form.locale or actor.locale)
    after = {"inquiry": str(inquiry_id), "reason": form.reason}
    await audit.record(session, actor, "invitation.decline", "invitation", invitation.id, after=after)
    if first:
        event = InvitationDeclined(
            invitation_id=invitation.id,
            inquiry_id=inquiry_id,
            buyer_id=invitation.buyer_id,
            supplier_id=invitation.supplier_id,
        )
        await announce(session, event, organizations=[invitation.buyer_id, invitation.supplier_id])
    return invitation
