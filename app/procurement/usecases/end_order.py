"""How an order ends on the buyer's side: cancelled before the supplier took it, or closed when everything is done."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import facade as finance
from app.kit.actor import Actor
from app.kit.errors import NotFound
from app.kit.locales import first_text
from app.kit.outbox import announce
from app.parties import facade as parties
from app.procurement.events import OrderCancelled, OrderClosed
from app.procurement.milestone_names import milestone_names
from app.procurement.models import PurchaseOrder
from app.procurement.order_errors import OrderUnfinished, PooledOrderBinds
from app.procurement.order_rules import is_done, may_close
from app.procurement.order_states import VOID, OrderOrigin, OrderState, Side
from app.procurement.queries import awards
from app.procurement.queries import orders as queries
from app.procurement.schemas.orders import RefusalIn
from app.procurement.usecases.hold_stock import let_go_of_stock
from app.procurement.usecases.issue_order import SUBJECT
from app.procurement.usecases.order_steps import conflict, enter, lock_for, locked
from app.procurement.usecases.order_texts import keep_answer, keep_answers


async def cancel_order(
    session: AsyncSession, actor: Actor, order_id: UUID, form: RefusalIn, *, now: datetime
) -> PurchaseOrder:
    """Take an order back that the supplier has not acknowledged. Its lines are free again; a waiting approval ends.

    Raises `PooledOrderBinds` for an order that its pool alone can take back.
    """
    order = await lock_for(session, order_id, OrderState.CANCELLED, Side.BUYER)
    if order.pool_number is not None:
        raise PooledOrderBinds(number=order.number, pool_number=order.pool_number)
    if order.state == OrderState.AWAITING_APPROVAL:
        await parties.withdraw_approval(session, actor, SUBJECT, order.id)
    order.cancelled_at = now
    order.answer_note, order.answer_locale = form.reason, form.locale or actor.locale
    await enter(session, actor, order, OrderState.CANCELLED, action="order.cancel")
    await keep_answer(session, order, order.buyer_id)
    await awards.release(session, order.id, at=now)
    await let_go_of_stock(session, order.id)
    await finance.give_credit_back(session, (SUBJECT, order.id))
    await _tell(session, order)
    return order


async def end_pooled_order(session: AsyncSession, order_id: UUID, *, reasons: Mapping[str, str], now: datetime) -> bool:
    """Take a pooled order back for its pool: its buyer did not pay, or the pool came to nothing. Call it while acting for
    the buyer and as no person.

    `reasons` says why, in every language that somebody may read it in. Whether it still had to end: False for one that was
    rejected or taken back before. Raises `NotFound` for what is no pooled order that the buyer sees, and `OrderStateConflict`
    once the supplier has acknowledged it.
    """
    order = await locked(session, order_id)
    if order.origin != OrderOrigin.POOL:
        raise NotFound()
    if order.state in VOID:
        return False
    if order.state != OrderState.ISSUED:
        raise conflict(order)
    buyer = (await parties.organizations(session, [order.buyer_id]))[order.buyer_id]
    order.cancelled_at, order.ended_by_pool = now, True
    order.answer_locale, order.answer_note = first_text(dict(reasons), buyer.locale) or (None, None)
    await enter(session, None, order, OrderState.CANCELLED, action="order.end_pooled")
    await keep_answers(session, order, reasons)
    await _tell(session, order)
    return True


async def _tell(session: AsyncSession, order: PurchaseOrder) -> None:
    was_issued = order.issued_at is not None
    event = OrderCancelled(
        order_id=order.id, buyer_id=order.buyer_id, supplier_id=order.supplier_id, was_issued=was_issued
    )
    await announce(session, event, organizations=[order.buyer_id, *([order.supplier_id] if was_issued else [])])


async def close_order(session: AsyncSession, actor: Actor, order_id: UUID, *, now: datetime) -> PurchaseOrder:
    """Put an accepted order away. Raises `OrderUnfinished` with the milestones that are still open."""
    order = await lock_for(session, order_id, OrderState.CLOSED, Side.BUYER)
    milestones = await queries.milestones(session, order.id)
    if not may_close(order.state, milestones):
        waiting = [row.code for row in milestones if not is_done(row.state)]
        raise OrderUnfinished(milestones=milestone_names(waiting))
    order.closed_at = now
    await enter(session, actor, order, OrderState.CLOSED, action="order.close")
    event = OrderClosed(order_id=order.id, buyer_id=order.buyer_id, supplier_id=order.supplier_id)
    await announce(session, event, organizations=[order.buyer_id, order.supplier_id])
    return order
