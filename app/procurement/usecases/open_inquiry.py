"""Open the sealed quotes: once, for good, and never before the opening time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import Labelled, NotFound
from app.kit.outbox import announce
from app.procurement.errors import InquiryStateConflict, OpeningTooEarly
from app.procurement.events import InquiryOpened
from app.procurement.models import Inquiry
from app.procurement.queries import inquiries as queries
from app.procurement.rules import is_due, opens_now
from app.procurement.states import INQUIRY_STATE_LABELS, InquiryState
from app.procurement.usecases.close_inquiry import mark_closed


async def open_inquiry(
    session: AsyncSession, actor: Actor, inquiry_id: UUID, *, now: datetime
) -> datetime | OpeningTooEarly:
    """The moment of the opening; a second call returns the first one's.

    A refusal because of the time is returned, not raised: it is audited, and raising would undo that.
    """
    inquiry = await queries.lock_inquiry(session, inquiry_id)
    if inquiry is None:
        raise NotFound()
    before = await queries.opening(session, inquiry.id)
    if before is not None:
        return before.opened_at
    if inquiry.state in (InquiryState.DRAFT, InquiryState.CANCELLED):
        raise InquiryStateConflict(state=Labelled.of(inquiry.state, INQUIRY_STATE_LABELS))
    if not opens_now(inquiry.state, inquiry.closes_at, inquiry.opens_at, now=now):
        return await _refuse(session, actor, inquiry)
    if is_due(inquiry.state, inquiry.closes_at, now=now):
        await mark_closed(session, None, inquiry, now=now)
    try:
        async with session.begin_nested():
            opened_at = await queries.record_opening(session, inquiry.id, inquiry.buyer_id, actor.person_id)
    except DBAPIError as error:
        if refused_by(error, "inquiry_opens_at"):
            return await _refuse(session, actor, inquiry)
        raise
    await audit.record(session, actor, "quotes.open", "inquiry", inquiry.id, after={"opened_at": opened_at})
    event = InquiryOpened(inquiry_id=inquiry.id, buyer_id=inquiry.buyer_id)
    await announce(session, event, organizations=[inquiry.buyer_id])
    return opened_at


async def _refuse(session: AsyncSession, actor: Actor, inquiry: Inquiry) -> OpeningTooEarly:
    told = {"opens_at": inquiry.opens_at, "state": inquiry.state}
    await audit.record(session, actor, "quotes.opening_refused", "inquiry", inquiry.id, after=told)
    return OpeningTooEarly(opens_at=inquiry.opens_at)
