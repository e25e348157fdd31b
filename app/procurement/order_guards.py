"""Who may come near an order: authenticate, find in scope (404), permit (403), in this order."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.db.session import Session
from app.kit.errors import NotFound
from app.procurement.models import PurchaseOrder
from app.procurement.order_states import Side
from app.procurement.queries import orders as queries


@dataclass(frozen=True, slots=True)
class AtOrder:
    """An actor at an order that he may see, on one of its sides."""

    actor: Actor
    order: PurchaseOrder
    side: Side


def _side(order: PurchaseOrder | None, actor: Actor) -> tuple[PurchaseOrder, Side]:
    if order is not None and order.buyer_id == actor.organization_id:
        return order, Side.BUYER
    if order is not None and order.supplier_id == actor.organization_id and order.issued_at is not None:
        return order, Side.SUPPLIER
    raise NotFound()


async def at_order(order_id: UUID, actor: CurrentActor, session: Session) -> AtOrder:
    """The buyer, or the supplier of an issued order."""
    order, side = _side(await queries.order(session, order_id), actor)
    actor.require(Permission.READ)
    return AtOrder(actor, order, side)


def at_order_as(wanted: Side, permission: Permission) -> Callable[..., Awaitable[AtOrder]]:
    """A guard for one side's verbs. For the other side they do not exist."""

    async def guard(order_id: UUID, actor: CurrentActor, session: Session) -> AtOrder:
        order, side = _side(await queries.order(session, order_id), actor)
        if side is not wanted:
            raise NotFound()
        actor.require(permission)
        return AtOrder(actor, order, side)

    return guard
