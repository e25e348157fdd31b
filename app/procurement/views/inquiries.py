"""Inquiries as their buyer and the invited suppliers see them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import facade as documents
from app.kit.actor import Actor
from app.kit.locales import current_locale
from app.kit.schemas import Labelled, labelled
from app.language import facade as language
from app.language.facade import ShownText
from app.parties import facade as parties
from app.parties.facade import OrganizationRef
from app.procurement.models import Inquiry, InquiryInvitation, InquiryLine, InquiryTarget
from app.procurement.mould_dictionary import milestone_catalogue
from app.procurement.mould_spec import advise_mould_spec
from app.procurement.queries import inquiries as queries
from app.procurement.rules import accepts_quotes, shown_state
from app.procurement.schemas.common import AdviceOut, DocumentOut, TextOut
from app.procurement.schemas.inquiries import (
    IncotermOut,
    InquiryOut,
    InquirySummaryOut,
    InvitationOut,
    InvitedSummaryOut,
    LineOut,
    LotOut,
)
from app.procurement.spec_messages import advice, advised
from app.procurement.states import INQUIRY_STATE_LABELS, INVITATION_STATUS_LABELS, InvitationStatus
from app.procurement.usecases.inquiry_texts import CANCEL_REASON, ENTITY, INVITATION, line_field, lot_field, spec_field
from app.procurement.views import common, moulds
from app.reference import facade as reference

Shown = Mapping[str, ShownText]


async def inquiry_out(session: AsyncSession, actor: Actor, inquiry: Inquiry, *, now: datetime) -> InquiryOut:
    """The whole inquiry. Other suppliers and the target prices are not read for a supplier at all."""
    is_buyer = inquiry.buyer_id == actor.organization_id
    invitations = await queries.invitations(session, inquiry.id)
    firms = await parties.organizations(session, [inquiry.buyer_id, *(row.supplier_id for row in invitations)])
    quoted = await queries.suppliers_who_quoted(session, [inquiry.id])
    shown = await texts_of(session, inquiry.id)
    opening = await queries.opening(session, inquiry.id)
    attached = await documents.attached(session, [(ENTITY, inquiry.id)])
    reasons = await reasons_of(session, invitations)
    seen = [invitation_out(row, firms, quoted, reasons) for row in invitations]
    lines = await queries.lines(session, inquiry.id)
    return InquiryOut(
        id=inquiry.id,
        number=inquiry.number,
        state=state_out(inquiry, now=now),
        version=inquiry.version,
        buyer=common.firm(firms, inquiry.buyer_id),
        title=common.written(inquiry.title, inquiry.locale, shown.get("title")),
        notes=_optional(inquiry.notes, inquiry.locale, shown.get("notes")),
        payment_notes=_optional(inquiry.payment_notes, inquiry.locale, shown.get("payment_notes")),
        currency=inquiry.currency,
        incoterm=IncotermOut(code=inquiry.incoterm, place=inquiry.incoterm_place),
        milestone_template=_template(inquiry.milestone_template),
        required_on=inquiry.required_on,
        closes_at=inquiry.closes_at,
        opens_at=inquiry.opens_at,
        accepts_quotes=accepts_quotes(inquiry.state, inquiry.closes_at, now=now),
        published_at=inquiry.published_at,
        closed_at=inquiry.closed_at,
        opened_at=opening.opened_at if opening else None,
        cancelled_at=inquiry.cancelled_at,
        cancel_reason=_reason(inquiry.cancel_reason, shown.get(CANCEL_REASON), inquiry.locale),
        lots=await _lots(session, actor, inquiry, lines, shown),
        documents=[DocumentOut.model_validate(ref) for ref in attached[ENTITY, inquiry.id]],
        invitations=seen if is_buyer else None,
        warnings=_warnings(inquiry, lines, firms) if is_buyer else None,
        my_invitation=None if is_buyer else next(iter(seen), None),
    )


async def texts_of(session: AsyncSession, inquiry_id: UUID) -> dict[str, ShownText]:
    """The inquiry's texts in the reader's language, by field."""
    found = await language.shown_texts(session, [(ENTITY, inquiry_id)], current_locale())
    return {field: shown for (_, _, field), shown in found.items()}


async def reasons_of(session: AsyncSession, invitations: Sequence[InquiryInvitation]) -> dict[UUID, ShownText]:
    """Why suppliers declined, in the reader's language, by invitation."""
    declined = [(INVITATION, row.id) for row in invitations if row.declined_at is not None]
    found = await language.shown_texts(session, declined, current_locale())
    return {row_id: shown for (_, row_id, _), shown in found.items()}


def state_out(inquiry: Inquiry, *, now: datetime) -> Labelled:
    """The state, with its name."""
    return labelled(shown_state(inquiry.state, inquiry.closes_at, now=now), INQUIRY_STATE_LABELS)


def _optional(text: str | None, locale: str, shown: ShownText | None) -> TextOut | None:
    return common.written(text, locale, shown) if text else None


def _reason(text: str | None, shown: ShownText | None, usual_locale: str) -> TextOut | None:
    """A reason in its author's own words, whatever language the thing itself is written in."""
    return common.written(text, shown.source_locale if shown else usual_locale, shown) if text else None


def _template(code: str | None) -> Labelled | None:
    found = milestone_catalogue().templates.get(code) if code else None
    return Labelled(code=found.code, label=found.names[current_locale()]) if found else None


def invitation_out(
    row: InquiryInvitation,
    firms: Mapping[UUID, OrganizationRef],
    quoted: set[tuple[UUID, UUID]],
    reasons: Mapping[UUID, ShownText],
) -> InvitationOut:
    """An invitation, for the buyer or for the invited supplier."""
    return InvitationOut(
        id=row.id,
        supplier=common.firm(firms, row.supplier_id),
        status=labelled(_status(row, quoted), INVITATION_STATUS_LABELS),
        sent_at=row.sent_at,
        declined_at=row.declined_at,
        decline_reason=_reason(row.decline_reason, reasons.get(row.id), firms[row.supplier_id].locale),
    )


def _status(row: InquiryInvitation, quoted: set[tuple[UUID, UUID]]) -> InvitationStatus:
    if (row.inquiry_id, row.supplier_id) in quoted:
        return InvitationStatus.QUOTED
    return InvitationStatus.DECLINED if row.declined_at else InvitationStatus.PENDING


async def _lots(
    session: AsyncSession, actor: Actor, inquiry: Inquiry, lines: Sequence[InquiryLine], shown: Shown
) -> list[LotOut]:
    targets = await queries.targets(session, inquiry.id)
    return [
        LotOut(
            id=lot.id,
            position=lot.position,
            title=_optional(lot.title, inquiry.locale, shown.get(lot_field(lot.position))),
            lines=[_line(actor, inquiry, line, targets.get(line.id), shown) for line in lines if line.lot_id == lot.id],
        )
        for lot in await queries.lots(session, inquiry.id)
    ]


def _line(actor: Actor, inquiry: Inquiry, line: InquiryLine, target: InquiryTarget | None, shown: Shown) -> LineOut:
    spec = None
    if line.spec is not None:
        texts = {code: shown[spec_field(line.position, code)] for code in line.spec
                 if spec_field(line.position, code) in shown}  # fmt: skip
        spec = moulds.mould(line.spec, actor, texts)
    return LineOut(
        id=line.id,
        position=line.position,
        description=common.written(line.description, inquiry.locale, shown.get(line_field(line.position))),
        quantity=common.quantity(line.quantity, line.unit, actor),
        variant_id=line.variant_id,
        sku=line.sku,
        spec=spec,
        required_on=line.required_on,
        target_price=common.money(target.price_minor, inquiry.currency) if target else None,
        target_shared=bool(target and target.shared),
    )


def _warnings(inquiry: Inquiry, lines: Sequence[InquiryLine], firms: Mapping[UUID, OrganizationRef]) -> list[AdviceOut]:
    """What is unwise: a delivery term that does not fit a supplier abroad, and a toolmaker's questions."""
    buyer = firms[inquiry.buyer_id].country
    abroad = next((firm.country for firm in firms.values() if firm.country != buyer), None)
    terms = reference.check_incoterm(
        inquiry.incoterm, inquiry.incoterm_place, seller_country=abroad, buyer_country=buyer
    )
    found = [advised("/incoterm", term.code, term.message, term.params) for term in terms]
    for line in lines:
        if line.spec is not None:
            found += [advice(problem, f"/lines/{line.position}/spec") for problem in advise_mould_spec(line.spec)]
    return found


async def summaries(session: AsyncSession, rows: Sequence[Inquiry], *, now: datetime) -> list[InquirySummaryOut]:
    """A page of a buyer's inquiries, in as many statements as for one."""
    ids = [row.id for row in rows]
    counts = await queries.counts(session, ids)
    openings = await queries.openings(session, ids)
    return [
        InquirySummaryOut(
            id=row.id,
            number=row.number,
            title=row.title,
            state=state_out(row, now=now),
            currency=row.currency,
            closes_at=row.closes_at,
            opens_at=row.opens_at,
            opened_at=openings.get(row.id),
            invited=counts.get(row.id, (0, 0))[0],
            quoted=counts.get(row.id, (0, 0))[1],
        )
        for row in rows
    ]


async def invited_summaries(
    session: AsyncSession, rows: Sequence[InquiryInvitation], *, now: datetime
) -> list[InvitedSummaryOut]:
    """A page of a supplier's invitations, in as many statements as for one."""
    ids = [row.inquiry_id for row in rows]
    found = await queries.inquiries(session, ids)
    firms = await parties.organizations(session, [row.buyer_id for row in rows])
    quoted = await queries.suppliers_who_quoted(session, ids)
    shown = await language.shown_texts(session, [(ENTITY, inquiry_id) for inquiry_id in ids], current_locale())
    return [
        InvitedSummaryOut(
            inquiry_id=row.inquiry_id,
            invitation_id=row.id,
            number=found[row.inquiry_id].number,
            title=common.written(
                found[row.inquiry_id].title,
                found[row.inquiry_id].locale,
                shown.get((ENTITY, row.inquiry_id, "title")),
            ),
            buyer=common.firm(firms, row.buyer_id),
            state=state_out(found[row.inquiry_id], now=now),
            closes_at=found[row.inquiry_id].closes_at,
            accepts_quotes=accepts_quotes(found[row.inquiry_id].state, found[row.inquiry_id].closes_at, now=now),
            status=labelled(_status(row, quoted), INVITATION_STATUS_LABELS),
        )
        for row in rows
        if row.inquiry_id in found
    ]
