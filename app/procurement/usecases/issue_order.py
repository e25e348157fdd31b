"""Send an order to its supplier: at once, or when those have agreed who must."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.finance import facade as finance
from app.kit.actor import Actor
from app.kit.outbox import announce
from app.parties import facade as parties
from app.procurement.events import OrderIssued
from app.procurement.models import PurchaseOrder
from app.procurement.order_rules import due_on
from app.procurement.order_states import OrderPayment, OrderState, Side
from app.procurement.queries import orders as queries
from app.procurement.usecases.hold_stock import let_go_of_stock
from app.procurement.usecases.order_steps import enter, lock_for
from app.procurement.usecases.order_texts import share_terms

SUBJECT = "order"


async def submit_order(session: AsyncSession, actor: Actor, order_id: UUID, *, now: datetime) -> PurchaseOrder:
    """Send a draft on its way: it waits for approval if the buyer's rules ask for one, and is issued otherwise.

    Raises what taking credit is refused with, for an order on account.
    """
    order = await lock_for(session, order_id, OrderState.ISSUED, Side.BUYER, only_from=OrderState.DRAFT)
    return await submit(session, actor, order, now=now)


async def submit(session: AsyncSession, actor: Actor, order: PurchaseOrder, *, now: datetime) -> PurchaseOrder:
    """The same, for a draft that this transaction holds already."""
    lines = await queries.lines(session, order.id)
    codes = {code for line in lines if line.category_code for code in catalog.category_path(line.category_code)}
    firms = await parties.organizations(session, [order.supplier_id])
    name = firms[order.supplier_id].legal_name_latin if order.supplier_id in firms else ""
    subject = parties.ApprovalSubject(
        kind=SUBJECT,
        id=order.id,
        amount_minor=order.total_minor,
        currency=order.currency,
        category_codes=frozenset(codes),
        counterparty_id=order.supplier_id,
        new_counterparty=not await queries.has_ordered_from(session, order.buyer_id, order.supplier_id),
        title=f"{order.number} · {name}",
        award_amounts=tuple(await queries.amounts_of_award(session, order.award_id) if order.award_id else ()),
    )
    await _take_credit(session, order)
    approval_id = await parties.request_approval(session, actor, subject, now=now)
    if approval_id is None:
        order.approval_id = None
        return await issue(session, actor, order, now=now)
    order.approval_id, order.approval_comment = approval_id, None
    await enter(session, actor, order, OrderState.AWAITING_APPROVAL, action="order.request_approval")
    return order


async def _take_credit(session: AsyncSession, order: PurchaseOrder) -> None:
    """An order on account takes its credit before anybody is asked to approve it, so that nobody approves in vain."""
    if order.payment == OrderPayment.ACCOUNT:
        await finance.take_credit(
            session,
            supplier_id=order.supplier_id,
            buyer_id=order.buyer_id,
            currency=order.currency,
            amount_minor=order.total_minor,
            deal=(SUBJECT, order.id),
        )


async def issue(session: AsyncSession, actor: Actor | None, order: PurchaseOrder, *, now: datetime) -> PurchaseOrder:
    """Make a locked order binding for the buyer and visible to the supplier."""
    order.issued_at = now
    await enter(session, actor, order, OrderState.ISSUED, action="order.issue")
    for milestone in await queries.milestones(session, order.id):
        milestone.due_on = due_on(now.date(), milestone.due_offset_weeks)
    await session.flush()
    await share_terms(session, order)
    event = OrderIssued(
        order_id=order.id,
        inquiry_id=order.inquiry_id,
        buyer_id=order.buyer_id,
        supplier_id=order.supplier_id,
        number=order.number,
    )
    await announce(session, event, organizations=[order.buyer_id, order.supplier_id])
    return order


async def settle_approval(
    session: AsyncSession, order_id: UUID, approval_id: UUID, *, approved: bool, now: datetime
) -> bool:
    """What a decision means for the order that waits for it; whether it still waited. Call it while acting for the buyer."""
    order = await queries.lock_order(session, order_id)
    if order is None or order.state != OrderState.AWAITING_APPROVAL or order.approval_id != approval_id:
        return False
    if approved:
        await issue(session, None, order, now=now)
        return True
    order.approval_comment = await parties.approval_comment(session, approval_id)
    await enter(session, None, order, OrderState.DRAFT, action="order.return_unapproved")
    await let_go_of_stock(session, order.id)
    await finance.give_credit_back(session, (SUBJECT, order.id))
    return True
