"""Write an inquiry that nobody outside the buyer's organization sees yet."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import facade as documents
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.procurement.errors import InquiryNotDraft
from app.procurement.models import Inquiry, InquiryLine, InquiryLot, InquiryTarget
from app.procurement.queries import inquiries as queries
from app.procurement.rules import inquiry_number
from app.procurement.schemas.inquiries import InquiryIn
from app.procurement.states import InquiryState
from app.procurement.usecases.check_inquiry import check_inquiry

ENTITY = "inquiry"


async def draft_inquiry(session: AsyncSession, actor: Actor, form: InquiryIn, *, now: datetime) -> Inquiry:
    """Create a draft. The number comes from the buyer's own counter of the year, last, so that it is held briefly."""
    skus = await check_inquiry(session, actor, form)
    buyer_id = actor.organization_id
    count = await queries.next_number(session, buyer_id, now.year)
    inquiry = Inquiry(
        id=new_id(), buyer_id=buyer_id, number=inquiry_number(now.year, count), created_by=actor.person_id
    )
    _write_header(inquiry, actor, form)
    session.add(inquiry)
    await session.flush()
    await _write_contents(session, actor, inquiry, form, skus)
    await audit.record(session, actor, "inquiry.draft", ENTITY, inquiry.id, after=_told(inquiry, form))
    return inquiry


async def replace_draft(
    session: AsyncSession, actor: Actor, inquiry_id: UUID, form: InquiryIn, *, version: int | None
) -> Inquiry:
    """Replace a whole draft, as read at `version`. Lots and lines get new ids: nobody else has seen the old ones."""
    inquiry = await queries.lock_inquiry(session, inquiry_id)
    if inquiry is None:
        raise NotFound()
    require_version(inquiry.version, version)
    if inquiry.state != InquiryState.DRAFT:
        raise InquiryNotDraft()
    skus = await check_inquiry(session, actor, form)
    before = {"title": inquiry.title, "version": inquiry.version}
    _write_header(inquiry, actor, form)
    inquiry.version += 1
    await session.flush()
    await queries.clear_contents(session, inquiry.id)
    await queries.drop_invitations(session, inquiry.id, but=form.supplier_ids)
    await _write_contents(session, actor, inquiry, form, skus)
    await audit.record(session, actor, "inquiry.edit", ENTITY, inquiry.id, before=before, after=_told(inquiry, form))
    return inquiry


def _told(inquiry: Inquiry, form: InquiryIn) -> dict[str, object]:
    return {
        "number": inquiry.number,
        "title": form.title,
        "currency": form.currency,
        "closes_at": inquiry.closes_at,
        "opens_at": inquiry.opens_at,
        "lines": sum(len(lot.lines) for lot in form.lots),
        "suppliers": sorted(str(supplier_id) for supplier_id in set(form.supplier_ids)),
    }


def _write_header(inquiry: Inquiry, actor: Actor, form: InquiryIn) -> None:
    inquiry.locale = form.locale or actor.locale
    inquiry.title = form.title
    inquiry.notes = form.notes
    inquiry.payment_notes = form.payment_notes
    inquiry.currency = form.currency
    inquiry.incoterm = form.incoterm
    inquiry.incoterm_place = form.incoterm_place
    inquiry.milestone_template = form.milestone_template
    inquiry.required_on = form.required_on
    inquiry.closes_at = form.closes_at
    inquiry.opens_at = form.opens_at or form.closes_at


async def _write_contents(
    session: AsyncSession, actor: Actor, inquiry: Inquiry, form: InquiryIn, skus: dict[UUID, str]
) -> None:
    owned = {"inquiry_id": inquiry.id, "buyer_id": inquiry.buyer_id}
    rows: tuple[list[InquiryLot], list[InquiryLine], list[InquiryTarget]] = ([], [], [])
    for lot_position, lot in enumerate(form.lots, start=1):
        rows[0].append(InquiryLot(id=new_id(), position=lot_position, title=lot.title, **owned))
        for line in lot.lines:
            rows[1].append(
                InquiryLine(
                    id=new_id(),
                    lot_id=rows[0][-1].id,
                    position=len(rows[1]) + 1,
                    sku=skus[line.variant_id] if line.variant_id else None,
                    **line.model_dump(include={"variant_id", "spec", "description", "quantity", "unit", "required_on"}),
                    **owned,
                )
            )
            if line.target_price_minor is not None:
                target = InquiryTarget(
                    line_id=rows[1][-1].id, price_minor=line.target_price_minor, shared=line.share_target, **owned
                )
                rows[2].append(target)
    for kind in rows:
        session.add_all(kind)
        await session.flush()
    await queries.invite(session, inquiry.id, inquiry.buyer_id, form.supplier_ids, sent_at=None)
    await documents.attach(session, actor, form.document_ids, entity=(ENTITY, inquiry.id))
