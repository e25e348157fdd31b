"""A supplier sends all of a framework order at once: to a hub, and from there to each member's place."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.locales import N_
from app.kit.paging import PageRequest
from app.logistics.facade import ConsolidatedShipment, OnwardPart, ship_consolidated
from app.pooling.ordering import queries
from app.pooling.ordering.errors import NothingToShip
from app.pooling.ordering.models import FrameworkShipment
from app.pooling.ordering.schemas import FrameworkShipmentIn
from app.procurement.facade import OrderState, PooledOrderRef, pooled_orders

MOST_PARTS = 500
NOT_SENT = (OrderState.REJECTED, OrderState.CANCELLED)


async def ship_framework(
    session: AsyncSession, actor: Actor, framework_id: UUID, form: FrameworkShipmentIn
) -> FrameworkShipment:
    """Plan the shipments of a framework order, one for each of its orders that stands. A second time finds what was planned.

    Raises `NotFound`, `NothingToShip`, and `Invalid` for places that are not known or more than 500 orders.
    """
    row = await queries.framework(session, framework_id)
    if row is None or row.supplier_id != actor.organization_id:
        raise NotFound()
    planned = await queries.shipment_of(session, framework_id)
    if planned is not None:
        return planned
    orders = await _orders(session, framework_id)
    lines = (await queries.lines_of(session, [framework_id])).get(framework_id, [])
    parts = [
        OnwardPart(line.id, line.member_id, line.place, orders[line.order_id].number)
        for line in lines
        if line.order_id in orders
    ]
    if not parts:
        raise NothingToShip()
    if len(parts) > MOST_PARTS:
        message = N_("One shipment takes the goods of {most} orders at most.")
        raise Invalid(errors=[FieldError("", "too-many-orders", message, {"most": MOST_PARTS})])
    found = await ship_consolidated(
        session,
        ConsolidatedShipment(
            shipper_id=actor.organization_id,
            key=framework_id,
            mode=form.mode,
            origin=form.origin or form.load,
            load=form.load,
            discharge=form.discharge,
            hub=form.hub or form.discharge,
            ready_on=form.ready_on,
            parts=parts,
            hub_keeper_id=form.hub_keeper_id,
            reference=row.number,
            containers=form.containers,
            created_by=actor.person_id,
        ),
    )
    kept = await queries.insert_shipment(session, row, found.shipment_id)
    after = {"shipment_id": found.shipment_id, "parts": len(parts)}
    await audit.record(session, actor, "framework_order.ship", "framework_order", framework_id, after=after)
    return kept


async def _orders(session: AsyncSession, framework_id: UUID) -> dict[UUID | None, PooledOrderRef]:
    """The orders under it that stand, by id."""
    found: dict[UUID | None, PooledOrderRef] = {}
    cursor: str | None = None
    while True:
        rows, cursor = await pooled_orders(session, framework_id, PageRequest(limit=100, cursor=cursor))
        found |= {row.id: row for row in rows if row.state not in NOT_SENT}
        if cursor is None:
            return found
