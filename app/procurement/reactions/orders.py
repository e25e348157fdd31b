"""What follows from decisions on orders: approvals release them, and the right side is told in its languages."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.locales import first_text
from app.kit.outbox import Told, reaction
from app.language import facade as language
from app.messages import facade as messages
from app.parties import facade as parties
from app.parties.events import ApprovalDecided
from app.procurement import order_notices as notices
from app.procurement.events import (
    MilestoneAccepted,
    MilestoneEvidenceSubmitted,
    MilestoneReturned,
    MilestoneWaived,
    OrderAcknowledged,
    OrderCancelled,
    OrderClosed,
    OrderIssued,
    OrderRejected,
    QuoteDecided,
    TrialAdded,
)
from app.procurement.models import PurchaseOrder
from app.procurement.order_states import OrderOrigin
from app.procurement.queries import inquiries as inquiry_queries
from app.procurement.queries import orders as queries
from app.procurement.usecases.inquiry_texts import ENTITY as INQUIRY
from app.procurement.usecases.issue_order import SUBJECT, settle_approval
from app.procurement.usecases.order_texts import ANSWER, ENTRY, NOTE, ORDER

Params = dict[str, messages.Param]
_NOBODY = "–"

_NOTICES: dict[str, tuple[str, Permission]] = {
    OrderIssued.event_name: (notices.ORDER_RECEIVED, Permission.QUOTE),
    OrderCancelled.event_name: (notices.ORDER_CANCELLED, Permission.QUOTE),
    OrderClosed.event_name: (notices.ORDER_CLOSED, Permission.QUOTE),
    MilestoneAccepted.event_name: (notices.MILESTONE_ACCEPTED, Permission.FULFIL),
    MilestoneReturned.event_name: (notices.MILESTONE_RETURNED, Permission.FULFIL),
    MilestoneWaived.event_name: (notices.MILESTONE_WAIVED, Permission.FULFIL),
    TrialAdded.event_name: (notices.TRIAL_ADDED, Permission.FULFIL),
    OrderAcknowledged.event_name: (notices.ORDER_ACKNOWLEDGED, Permission.ORDER),
    OrderRejected.event_name: (notices.ORDER_REJECTED, Permission.ORDER),
    MilestoneEvidenceSubmitted.event_name: (notices.EVIDENCE_SUBMITTED, Permission.ACCEPT),
}


@reaction(ApprovalDecided, name="procurement.settle_approval")
async def release_or_return(session: AsyncSession, told: Told) -> None:
    """Issue an approved order; give one that was not approved back to its buyer as a draft, with the reason."""
    event: ApprovalDecided = told.event
    if event.subject_kind != SUBJECT:
        return
    async with acting_for(session, event.organization_id):
        await settle_approval(
            session, event.subject_id, event.approval_id, approved=event.approved, now=told.occurred_at
        )


@reaction(QuoteDecided, name="procurement.tell_of_award")
async def tell_of_award(session: AsyncSession, told: Told) -> None:
    """Thank whoever quoted, and say whether his quote was chosen. No price, no name of a competitor."""
    event: QuoteDecided = told.event
    async with acting_for(session, event.supplier_id):
        inquiry = await inquiry_queries.inquiry(session, event.inquiry_id)
        if inquiry is None:
            return
        firm = await _firm(session, event.buyer_id)
        await messages.notify(
            session,
            organization_id=event.supplier_id,
            permission=Permission.QUOTE,
            notice=notices.CHOSEN if event.chosen else notices.NOT_CHOSEN,
            params={"inquiry_id": str(inquiry.id), "number": inquiry.number, "firm": firm},
            entity=(INQUIRY, inquiry.id),
            dedupe=told.id,
        )


@reaction(
    OrderIssued,
    OrderCancelled,
    OrderClosed,
    MilestoneAccepted,
    MilestoneReturned,
    MilestoneWaived,
    TrialAdded,
    name="procurement.tell_supplier_of_order",
)
async def tell_supplier_of_order(session: AsyncSession, told: Told) -> None:
    """Tell the supplier's people whose work it is. Of an order that was never issued they hear nothing."""
    event = told.event
    if isinstance(event, OrderCancelled) and not event.was_issued:
        return
    await _tell(session, told, event.supplier_id, event.buyer_id)
    if isinstance(event, MilestoneAccepted) and event.counted:
        await _tell(session, told, event.buyer_id, event.supplier_id)


@reaction(OrderAcknowledged, OrderRejected, MilestoneEvidenceSubmitted, name="procurement.tell_buyer_of_order")
async def tell_buyer_of_order(session: AsyncSession, told: Told) -> None:
    """Tell the buyer's people who order or who accept."""
    await _tell(session, told, told.event.buyer_id, told.event.supplier_id)


async def _tell(session: AsyncSession, told: Told, reader_id: UUID, about_id: UUID) -> None:
    notice, permission = _NOTICES[told.type]
    async with acting_for(session, reader_id):
        order = await queries.order(session, told.event.order_id)
        if order is None:
            return
        if isinstance(told.event, MilestoneAccepted) and told.event.counted:
            notice = notices.MILESTONE_COUNTED
            permission = Permission.ACCEPT if reader_id == order.buyer_id else permission
        if notice == notices.ORDER_REJECTED and order.origin != OrderOrigin.AWARD:
            notice = notices.CATALOGUE_ORDER_REJECTED
        if notice == notices.ORDER_CANCELLED and order.origin == OrderOrigin.POOL:
            notice = notices.POOLED_ORDER_CANCELLED
        params: Params = {
            "order_id": str(order.id),
            "number": order.number,
            "firm": await _firm(session, about_id),
            **await _particulars(session, told, order, reader_id),
        }
        await messages.notify(
            session,
            organization_id=reader_id,
            permission=permission,
            notice=notice,
            params=params,
            entity=(ORDER, order.id),
            dedupe=told.id,
        )


async def _particulars(session: AsyncSession, told: Told, order: PurchaseOrder, reader_id: UUID) -> Params:
    event = told.event
    params: Params = {}
    if isinstance(event, OrderIssued):
        params["title"] = await _title(session, order, reader_id)
        params["total"] = {"minor": order.total_minor, "currency": order.currency}
    if isinstance(event, OrderAcknowledged) and order.confirmed_delivery_on is not None:
        params["delivery_on"] = order.confirmed_delivery_on.isoformat()
    if isinstance(event, OrderRejected | OrderCancelled):
        params["reason"] = await _text(session, (ORDER, order.id, ANSWER), order.answer_note, reader_id)
    if isinstance(event, OrderCancelled) and order.pool_number is not None:
        params["pool_number"] = order.pool_number
    if isinstance(
        event, MilestoneEvidenceSubmitted | MilestoneAccepted | MilestoneReturned | MilestoneWaived | TrialAdded
    ):
        label = notices.MILESTONE_LABELS.get(event.code)
        params["milestone"] = {"i18n": list(label)} if label else event.code.upper()
    if isinstance(event, MilestoneAccepted):
        params["amount"] = {"minor": event.amount_minor, "currency": event.currency}
    if isinstance(event, MilestoneReturned | TrialAdded):
        entry = await queries.milestone_event(session, event.entry_id)
        note = entry.note if entry else None
        params["reason"] = await _text(session, (ENTRY, event.entry_id, NOTE), note, reader_id)
    return params


async def _text(session: AsyncSession, key: tuple[str, UUID, str], written: str | None, reader_id: UUID) -> str:
    """A text in the language of the reading organization as far as there is a translation yet."""
    own = (await parties.organizations(session, [reader_id])).get(reader_id)
    shown = await language.shown_texts(session, [(key[0], key[1])], own.locale) if own else {}
    return shown[key].text if key in shown else written or _NOBODY


async def _title(session: AsyncSession, order: PurchaseOrder, reader_id: UUID) -> str:
    if order.inquiry_id is not None:
        return await _text(session, (INQUIRY, order.inquiry_id, "title"), order.title, reader_id)
    own = (await parties.organizations(session, [reader_id])).get(reader_id)
    texts = {locale: found["text"] for locale, found in (order.title_texts or {}).items()}
    shown = first_text(texts, own.locale) if own else None
    return shown[1] if shown else order.title


async def _firm(session: AsyncSession, firm_id: UUID) -> str:
    found = (await parties.organizations(session, [firm_id])).get(firm_id)
    return found.legal_name_local if found else _NOBODY
