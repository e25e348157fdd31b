"""All the SQL on orders and milestones, locks included."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.procurement.models import (
    MilestoneEvent,
    OrderCounter,
    OrderEvent,
    OrderLine,
    OrderMilestone,
    PurchaseOrder,
)
from app.procurement.order_states import VOID, OrderOrigin, OrderState, Side


async def order(session: AsyncSession, order_id: UUID) -> PurchaseOrder | None:
    """An order that the acting organization may see, read without a lock."""
    return await session.scalar(select(PurchaseOrder).where(PurchaseOrder.id == order_id))


async def lock_order(session: AsyncSession, order_id: UUID) -> PurchaseOrder | None:
    """The order, locked: whatever both sides do to it comes one after the other."""
    return await session.scalar(
        select(PurchaseOrder)
        .where(PurchaseOrder.id == order_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def next_number(session: AsyncSession, buyer_id: UUID, year: int) -> int:
    """The buyer's next order number in a year. Colleagues of one buyer wait for one another; nobody else does."""
    statement = insert(OrderCounter).values(buyer_id=buyer_id, year=year, last=1)
    statement = statement.on_conflict_do_update(
        index_elements=["buyer_id", "year"], set_={"last": OrderCounter.last + 1}
    )
    return int((await session.execute(statement.returning(OrderCounter.last))).scalar_one())


def orders_of(organization_id: UUID, side: Side, state: OrderState | None) -> Select[PurchaseOrder]:
    """The orders that an organization has placed, or received."""
    column = PurchaseOrder.buyer_id if side is Side.BUYER else PurchaseOrder.supplier_id
    statement = select(PurchaseOrder).where(column == organization_id)
    if side is Side.SUPPLIER:
        statement = statement.where(PurchaseOrder.issued_at.is_not(None))
    return statement.where(PurchaseOrder.state == state) if state else statement


async def orders_of_awards(session: AsyncSession, award_ids: Sequence[UUID]) -> Sequence[PurchaseOrder]:
    """The orders that came of some awards."""
    statement = select(PurchaseOrder).where(PurchaseOrder.award_id.in_(award_ids)).order_by(PurchaseOrder.id)
    return (await session.scalars(statement)).all()


async def orders_by_id(session: AsyncSession, order_ids: Iterable[UUID]) -> Sequence[PurchaseOrder]:
    """Those of them that the acting organization may see."""
    statement = select(PurchaseOrder).where(PurchaseOrder.id.in_(set(order_ids))).order_by(PurchaseOrder.id)
    return (await session.scalars(statement)).all()


async def order_of_commitment(session: AsyncSession, supplier_id: UUID, pool_key: UUID) -> PurchaseOrder | None:
    """The pooled order by which the acting buyer's commitment was ordered of a supplier, whatever became of it."""
    statement = select(PurchaseOrder).where(
        PurchaseOrder.supplier_id == supplier_id, PurchaseOrder.pool_key == pool_key
    )
    return await session.scalar(statement)


def orders_of_pool(pool_id: UUID) -> Select[PurchaseOrder]:
    """The orders under a framework order, as far as the acting organization may see them."""
    return select(PurchaseOrder).where(PurchaseOrder.pool_id == pool_id)


async def all_orders_of_pool(session: AsyncSession, pool_id: UUID) -> Sequence[PurchaseOrder]:
    """All of them at once, oldest first. How many a campaign can have is bounded."""
    return (await session.scalars(orders_of_pool(pool_id).order_by(PurchaseOrder.id))).all()


async def insert_pooled(session: AsyncSession, values: Mapping[str, Any]) -> PurchaseOrder | None:
    """Insert a pooled order; None if its commitment has one already. Of racing transactions each waits for the one before."""
    statement = insert(PurchaseOrder).values(values)
    statement = statement.on_conflict_do_nothing(
        index_elements=["supplier_id", "pool_key"], index_where=PurchaseOrder.pool_key.is_not(None)
    )
    return await session.scalar(statement.returning(PurchaseOrder))


async def insert_items(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Insert lines of catalogue items; the confirmations that were ordered. Those that another order took are left out:
    of racing orders each waits here for the one before it."""
    statement = insert(OrderLine).on_conflict_do_nothing(
        index_elements=["confirmation_id"], index_where=OrderLine.confirmation_id.is_not(None)
    )
    done = await session.scalars(statement.returning(OrderLine.confirmation_id), list(rows))
    return {confirmation_id for confirmation_id in done if confirmation_id is not None}


async def has_ordered_from(session: AsyncSession, buyer_id: UUID, supplier_id: UUID) -> bool:
    """Whether the buyer ever issued an order to the supplier that was not rejected or cancelled. Pooled orders do not count:
    the clearing chose the supplier, and nobody of the buyer has looked at him yet."""
    statement = select(
        exists().where(
            PurchaseOrder.buyer_id == buyer_id,
            PurchaseOrder.supplier_id == supplier_id,
            PurchaseOrder.origin != OrderOrigin.POOL,
            PurchaseOrder.issued_at.is_not(None),
            PurchaseOrder.state.not_in(VOID),
        )
    )
    return bool(await session.scalar(statement))


async def amounts_of_award(session: AsyncSession, award_id: UUID) -> list[tuple[int, str]]:
    """(total in minor units, currency) of an award's orders that were not rejected or cancelled."""
    statement = select(PurchaseOrder.total_minor, PurchaseOrder.currency).where(
        PurchaseOrder.award_id == award_id, PurchaseOrder.state.not_in(VOID)
    )
    return [(total, currency) for total, currency in await session.execute(statement.order_by(PurchaseOrder.id))]


async def lines(session: AsyncSession, order_id: UUID) -> Sequence[OrderLine]:
    """The lines of an order in their order."""
    statement = select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.position)
    return (await session.scalars(statement)).all()


async def lines_by_order(session: AsyncSession, order_ids: Sequence[UUID]) -> dict[UUID, list[OrderLine]]:
    """The lines of some orders in their order, by order."""
    found: dict[UUID, list[OrderLine]] = {order_id: [] for order_id in order_ids}
    statement = select(OrderLine).where(OrderLine.order_id.in_(order_ids))
    for row in await session.scalars(statement.order_by(OrderLine.order_id, OrderLine.position)):
        found[row.order_id].append(row)
    return found


async def milestones(session: AsyncSession, order_id: UUID) -> Sequence[OrderMilestone]:
    """The milestones of an order in their order, as they are now."""
    statement = select(OrderMilestone).where(OrderMilestone.order_id == order_id).order_by(OrderMilestone.position)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def milestones_by_order(session: AsyncSession, order_ids: Sequence[UUID]) -> dict[UUID, list[OrderMilestone]]:
    """The milestones of some orders in their order, by order."""
    found: dict[UUID, list[OrderMilestone]] = {order_id: [] for order_id in order_ids}
    statement = select(OrderMilestone).where(OrderMilestone.order_id.in_(order_ids))
    for row in await session.scalars(statement.order_by(OrderMilestone.order_id, OrderMilestone.position)):
        found[row.order_id].append(row)
    return found


async def milestone_events(session: AsyncSession, order_id: UUID) -> Sequence[MilestoneEvent]:
    """What happened at the milestones of an order, oldest first."""
    statement = select(MilestoneEvent).where(MilestoneEvent.order_id == order_id).order_by(MilestoneEvent.id)
    return (await session.scalars(statement)).all()


async def milestone_event(session: AsyncSession, entry_id: UUID) -> MilestoneEvent | None:
    """One entry of a milestone's history."""
    return await session.get(MilestoneEvent, entry_id)


async def history(session: AsyncSession, order_id: UUID) -> Sequence[OrderEvent]:
    """The states that an order has been in, oldest first, as far as the acting organization may know."""
    statement = select(OrderEvent).where(OrderEvent.order_id == order_id).order_by(OrderEvent.id)
    return (await session.scalars(statement)).all()


async def drop_milestones(session: AsyncSession, order_id: UUID) -> None:
    """Remove a draft's milestones, to be written anew."""
    await session.execute(
        delete(OrderMilestone).where(OrderMilestone.order_id == order_id).execution_options(synchronize_session="fetch")
    )
