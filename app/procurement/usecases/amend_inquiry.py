"""What a buyer may still do to a published inquiry: give more time, and ask more suppliers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import facade as documents
from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.locales import N_
from app.kit.outbox import announce
from app.language import facade as language
from app.procurement.errors import InquiryClosed
from app.procurement.events import InquiryDeadlineExtended, SupplierInvited
from app.procurement.models import Inquiry
from app.procurement.queries import inquiries as queries
from app.procurement.rules import accepts_quotes, extended_opening
from app.procurement.usecases.check_inquiry import supplier_errors
from app.procurement.usecases.inquiry_texts import ENTITY, want_suppliers_languages


async def _lock_open(session: AsyncSession, inquiry_id: UUID, now: datetime) -> Inquiry:
    inquiry = await queries.lock_inquiry(session, inquiry_id)
    if inquiry is None:
        raise NotFound()
    if not accepts_quotes(inquiry.state, inquiry.closes_at, now=now):
        raise InquiryClosed(closes_at=inquiry.closes_at)
    return inquiry


async def extend_inquiry(
    session: AsyncSession,
    actor: Actor,
    inquiry_id: UUID,
    *,
    closes_at: datetime,
    opens_at: datetime | None,
    now: datetime,
) -> Inquiry:
    """Move the closing time later. The opening moves along when it would come first; it never moves earlier."""
    inquiry = await _lock_open(session, inquiry_id, now)
    errors = []
    if closes_at <= inquiry.closes_at:
        errors.append(FieldError("/closes_at", "not-later", N_("Give a later closing time than the present one.")))
    if opens_at is not None and opens_at < max(inquiry.opens_at, closes_at):
        errors.append(
            FieldError("/opens_at", "opens-earlier", N_("The opening can only move later, and not before the closing."))
        )
    if errors:
        raise Invalid(errors=errors)
    before = {"closes_at": inquiry.closes_at, "opens_at": inquiry.opens_at}
    inquiry.opens_at = extended_opening(closes_at, inquiry.opens_at, opens_at)
    inquiry.closes_at = closes_at
    inquiry.version += 1
    try:
        await session.flush()
    except DBAPIError as error:
        if refused_by(error, "inquiry_closed"):
            raise InquiryClosed(closes_at=before["closes_at"]) from error
        raise
    after = {"closes_at": inquiry.closes_at, "opens_at": inquiry.opens_at}
    await audit.record(session, actor, "inquiry.extend", ENTITY, inquiry.id, before=before, after=after)
    event = InquiryDeadlineExtended(
        inquiry_id=inquiry.id, buyer_id=inquiry.buyer_id, closes_at=inquiry.closes_at, opens_at=inquiry.opens_at
    )
    await announce(session, event, organizations=[inquiry.buyer_id])
    return inquiry


async def invite_suppliers(
    session: AsyncSession, actor: Actor, inquiry_id: UUID, supplier_ids: Sequence[UUID], *, now: datetime
) -> Inquiry:
    """Ask further suppliers. Those who were asked before are left in peace."""
    inquiry = await _lock_open(session, inquiry_id, now)
    errors = await supplier_errors(session, actor, list(supplier_ids))
    if errors:
        raise Invalid(errors=errors)
    invited = await queries.invite(session, inquiry.id, inquiry.buyer_id, supplier_ids, sent_at=now)
    new = [invitation.supplier_id for invitation in invited]
    if not new:
        return inquiry
    await documents.share(session, (ENTITY, inquiry.id), new)
    await language.share_texts(session, (ENTITY, inquiry.id), new)
    await want_suppliers_languages(session, inquiry, new)
    after = {"suppliers": sorted(str(supplier_id) for supplier_id in new)}
    await audit.record(session, actor, "inquiry.invite", ENTITY, inquiry.id, after=after)
    for invitation in invited:
        event = SupplierInvited(
            invitation_id=invitation.id,
            inquiry_id=inquiry.id,
            buyer_id=inquiry.buyer_id,
            supplier_id=invitation.supplier_id,
        )
        await announce(session, event, organizations=[inquiry.buyer_id, invitation.supplier_id])
    return inquiry
