"""Send an inquiry to the invited suppliers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import facade as documents
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, NotFound
from app.kit.locales import N_
from app.kit.outbox import announce
from app.procurement.errors import InquiryIncomplete, InquiryNotDraft
from app.procurement.events import InquiryPublished
from app.procurement.models import Inquiry
from app.procurement.queries import inquiries as queries
from app.procurement.states import InquiryState
from app.procurement.usecases.inquiry_texts import ENTITY, send_texts


async def publish_inquiry(session: AsyncSession, actor: Actor, inquiry_id: UUID, *, now: datetime) -> Inquiry:
    """Publish a draft: from now on the invited suppliers see it, and it is not rewritten any more.

    Raises `InquiryNotDraft`, or `InquiryIncomplete` with all that is missing.
    """
    inquiry = await queries.lock_inquiry(session, inquiry_id)
    if inquiry is None:
        raise NotFound()
    if inquiry.state != InquiryState.DRAFT:
        raise InquiryNotDraft()
    lines = await queries.lines(session, inquiry.id)
    suppliers = [invitation.supplier_id for invitation in await queries.invitations(session, inquiry.id)]
    errors = []
    if not lines:
        errors.append(FieldError("/lots", "no-lines", N_("Ask for one thing at least.")))
    if not suppliers:
        errors.append(FieldError("/supplier_ids", "no-suppliers", N_("Invite one supplier at least.")))
    if inquiry.closes_at <= now:
        errors.append(FieldError("/closes_at", "closes-in-past", N_("Give a closing time in the future.")))
    if errors:
        raise InquiryIncomplete(errors=errors)
    inquiry.state = InquiryState.PUBLISHED
    inquiry.published_at = now
    inquiry.version += 1
    await session.flush()
    await queries.send_invitations(session, inquiry.id, at=now)
    await documents.share(session, (ENTITY, inquiry.id), suppliers)
    await send_texts(session, inquiry, suppliers)
    await audit.record(
        session,
        actor,
        "inquiry.publish",
        ENTITY,
        inquiry.id,
        before={"state": InquiryState.DRAFT},
        after={"state": inquiry.state, "closes_at": inquiry.closes_at, "opens_at": inquiry.opens_at},
    )
    event = InquiryPublished(
        inquiry_id=inquiry.id, buyer_id=inquiry.buyer_id, closes_at=inquiry.closes_at, opens_at=inquiry.opens_at
    )
    await announce(session, event, organizations=[inquiry.buyer_id])
    return inquiry
