"""End the time for quotes: when it has come, or earlier by the buyer's wish."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import Labelled, NotFound
from app.kit.outbox import announce
from app.procurement.errors import InquiryStateConflict
from app.procurement.events import InquiryClosed
from app.procurement.models import Inquiry
from app.procurement.queries import inquiries as queries
from app.procurement.rules import is_due
from app.procurement.states import INQUIRY_STATE_LABELS, InquiryState


async def close_inquiry(session: AsyncSession, actor: Actor, inquiry_id: UUID, *, now: datetime) -> Inquiry:
    """Close by the buyer's wish. The opening time stays where it was: closing early is no way to look early."""
    inquiry = await queries.lock_inquiry(session, inquiry_id)
    if inquiry is None:
        raise NotFound()
    if inquiry.state != InquiryState.PUBLISHED:
        raise InquiryStateConflict(state=Labelled.of(inquiry.state, INQUIRY_STATE_LABELS))
    await mark_closed(session, actor, inquiry, now=now)
    return inquiry


async def close_if_due(session: AsyncSession, inquiry_id: UUID, *, now: datetime) -> bool:
    """Close an inquiry whose time has come, as the system; whether it did. Call it while acting for the buyer."""
    inquiry = await queries.lock_inquiry(session, inquiry_id)
    if inquiry is None or not is_due(inquiry.state, inquiry.closes_at, now=now):
        return False
    await mark_closed(session, None, inquiry, now=now)
    return True


async def mark_closed(session: AsyncSession, actor: Actor | None, inquiry: Inquiry, *, now: datetime) -> None:
    """Write down that a locked, published inquiry takes no more quotes."""
    early = now < inquiry.closes_at
    inquiry.state = InquiryState.CLOSED
    inquiry.closed_at = now if early else inquiry.closes_at
    inquiry.version += 1
    await session.flush()
    await audit.record(
        session,
        actor,
        "inquiry.close",
        "inquiry",
        inquiry.id,
        before={"state": InquiryState.PUBLISHED},
        after={"state": inquiry.state, "early": early},
        organization_id=inquiry.buyer_id,
    )
    event = InquiryClosed(inquiry_id=inquiry.id, buyer_id=inquiry.buyer_id, early=early)
    await announce(session, event, organizations=[inquiry.buyer_id])
