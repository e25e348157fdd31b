"""One step of an order: found, locked, allowed, taken and written down. Every verb on an order goes through here."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import Labelled, NotFound
from app.procurement.models import PurchaseOrder
from app.procurement.order_errors import OrderStateConflict
from app.procurement.order_rules import order_may_become
from app.procurement.order_states import ORDER_STATE_LABELS, OrderState, Side
from app.procurement.queries import orders as queries

ENTITY = "order"


def conflict(order: PurchaseOrder) -> OrderStateConflict:
    """The refusal that names the order's state, in the reader's language and as a code."""
    return OrderStateConflict(state=Labelled.of(order.state, ORDER_STATE_LABELS))


async def locked(session: AsyncSession, order_id: UUID) -> PurchaseOrder:
    """The order, locked. Raises `NotFound`."""
    order = await queries.lock_order(session, order_id)
    if order is None:
        raise NotFound()
    return order


async def lock_for(
    session: AsyncSession, order_id: UUID, wanted: OrderState, side: Side, *, only_from: OrderState | None = None
) -> PurchaseOrder:
    """The order, locked, if this side may take it to that state now. Raises `NotFound` or `OrderStateConflict`."""
    order = await locked(session, order_id)
    if not order_may_become(order.state, wanted, side) or (only_from is not None and order.state != only_from):
        raise conflict(order)
    return order


async def enter(
    session: AsyncSession, actor: Actor | None, order: PurchaseOrder, state: OrderState, *, action: str
) -> None:
    """Take a locked order to its next state and audit it for whoever took the step."""
    before = order.state
    order.state = state
    order.version += 1
    await session.flush()
    await audit.record(
        session,
        actor,
        action,
        ENTITY,
        order.id,
        before={"state": before},
        after={"state": state},
        organization_id=None if actor else order.buyer_id,
    )
