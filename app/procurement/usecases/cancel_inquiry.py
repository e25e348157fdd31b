"""Give an inquiry up."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import Labelled, NotFound
from app.kit.outbox import announce
from app.procurement.errors import InquiryStateConflict
from app.procurement.events import InquiryCancelled
from app.procurement.models import Inquiry
from app.procurement.queries import inquiries as queries
from app.procurement.rules import may_become
from app.procurement.schemas.inquiries import ReasonIn
from app.procurement.states import INQUIRY_STATE_LABELS, InquiryState
from app.procurement.usecases.inquiry_texts import send_cancel_reason


async def cancel_inquiry(
    session: AsyncSession, actor: Actor, inquiry_id: UUID, form: ReasonIn, *, now: datetime
) -> Inquiry:
    """Cancel with a reason that the invited suppliers read. Sealed quotes of a cancelled inquiry are never opened."""
    inquiry = await queries.lock_inquiry(session, inquiry_id)
    if inquiry is None:
        raise NotFound()
    if not may_become(inquiry.state, InquiryState.CANCELLED):
        raise InquiryStateConflict(state=Labelled.of(inquiry.state, INQUIRY_STATE_LABELS))
    before = inquiry.state
    inquiry.state = InquiryState.CANCELLED
    inquiry.cancelled_at = now
    inquiry.cancel_reason = form.reason
    inquiry.version += 1
    await session.flush()
    await send_cancel_reason(session, inquiry, form.reason, form.locale or actor.locale)
    await audit.record(
        session,
        actor,
        "inquiry.cancel",
        "inquiry",
        inquiry.id,
        before={"state": before},
        after={"state": inquiry.state, "reason": form.reason},
    )
    event = InquiryCancelled(
        inquiry_id=inquiry.id, buyer_id=inquiry.buyer_id, was_published=before != InquiryState.DRAFT
    )
    await announce(session, event, organizations=[inquiry.buyer_id])
    return inquiry
