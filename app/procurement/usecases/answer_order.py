"""The supplier's answer to an issued order: he takes it, or he does not."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import facade as finance
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_
from app.kit.outbox import announce
from app.procurement.events import OrderAcknowledged, OrderRejected
from app.procurement.models import PurchaseOrder
from app.procurement.order_states import OrderState, Side
from app.procurement.queries import awards
from app.procurement.schemas.orders import AcknowledgementIn, RefusalIn
from app.procurement.usecases.order_steps import ENTITY, enter, lock_for
from app.procurement.usecases.order_texts import keep_answer
from app.procurement.usecases.payment_terms import open_schedule


async def acknowledge_order(
    session: AsyncSession, actor: Actor, order_id: UUID, form: AcknowledgementIn, *, now: datetime
) -> PurchaseOrder:
    """Take the order and say when it will be delivered. From here on neither side can simply leave it."""
    order = await lock_for(session, order_id, OrderState.ACKNOWLEDGED, Side.SUPPLIER)
    if form.confirmed_delivery_on < now.date():
        raise Invalid(
            errors=[FieldError("/confirmed_delivery_on", "day-has-passed", N_("Choose a day that has not passed yet."))]
        )
    order.acknowledged_at = now
    order.confirmed_delivery_on = form.confirmed_delivery_on
    if form.note is not None:
        order.answer_note, order.answer_locale = form.note, form.locale or actor.locale
    await enter(session, actor, order, OrderState.ACKNOWLEDGED, action="order.acknowledge")
    await keep_answer(session, order, order.supplier_id)
    await open_schedule(session, order, now=now)
    event = OrderAcknowledged(order_id=order.id, buyer_id=order.buyer_id, supplier_id=order.supplier_id)
    await announce(session, event, organizations=[order.buyer_id, order.supplier_id])
    return order


async def reject_order(
    session: AsyncSession, actor: Actor, order_id: UUID, form: RefusalIn, *, now: datetime
) -> PurchaseOrder:
    """Refuse the order, with the reason. Its lines are free again, so the buyer can award them to somebody else."""
    order = await lock_for(session, order_id, OrderState.REJECTED, Side.SUPPLIER)
    order.rejected_at = now
    order.answer_note, order.answer_locale = form.reason, form.locale or actor.locale
    await enter(session, actor, order, OrderState.REJECTED, action="order.reject")
    await keep_answer(session, order, order.supplier_id)
    await awards.release(session, order.id, at=now)
    await finance.give_credit_back(session, (ENTITY, order.id))
    event = OrderRejected(order_id=order.id, buyer_id=order.buyer_id, supplier_id=order.supplier_id)
    await announce(session, event, organizations=[order.buyer_id, order.supplier_id])
    return order
