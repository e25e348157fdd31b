"""What `partingline verify` proves of orders: every one adds up, what was awarded is what was ordered, and what was
confirmed is what is charged."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.kit.verify import check
from app.procurement.models import AwardLine, OrderLine, OrderMilestone, PurchaseOrder
from app.procurement.order_rules import WHOLE_BP
from app.procurement.order_states import VOID, OrderLineKind, OrderOrigin

_ORIGINS = {
    OrderLineKind.LINE: OrderOrigin.AWARD,
    OrderLineKind.EXTRA: OrderOrigin.AWARD,
    OrderLineKind.ITEM: OrderOrigin.CATALOGUE,
    OrderLineKind.POOLED: OrderOrigin.POOL,
}
"""Which kind of line stands in which orders."""


@check("orders add up")
async def orders_add_up(session: AsyncSession) -> tuple[int, list[str]]:
    """Lines = total = milestones to the minor unit, and the shares are a whole."""
    lines = (
        select(OrderLine.order_id, func.sum(OrderLine.total_minor).label("total"))
        .group_by(OrderLine.order_id)
        .subquery()
    )
    milestones = (
        select(
            OrderMilestone.order_id,
            func.sum(OrderMilestone.amount_minor).label("total"),
            func.sum(OrderMilestone.share_bp).label("shares"),
        )
        .group_by(OrderMilestone.order_id)
        .subquery()
    )
    statement = (
        select(
            PurchaseOrder.id,
            PurchaseOrder.number,
            PurchaseOrder.total_minor,
            lines.c.total,
            milestones.c.total,
            milestones.c.shares,
        )
        .outerjoin(lines, lines.c.order_id == PurchaseOrder.id)
        .outerjoin(milestones, milestones.c.order_id == PurchaseOrder.id)
        .execution_options(yield_per=1000)
    )
    looked = 0
    broken: list[str] = []
    async for order_id, number, total, of_lines, of_milestones, shares in await session.stream(statement):
        looked += 1
        if of_lines != total or of_milestones != total or shares != WHOLE_BP:
            broken.append(f"order {number} ({order_id})")
    return looked, broken


@check("awards are ordered")
async def awards_are_ordered(session: AsyncSession) -> tuple[int, list[str]]:
    """An award line is released if and only if its order was rejected or cancelled."""
    rows = await session.stream(
        select(AwardLine.id, AwardLine.released_at, PurchaseOrder.state)
        .join(PurchaseOrder, PurchaseOrder.id == AwardLine.order_id)
        .execution_options(yield_per=1000)
    )
    looked = 0
    broken: list[str] = []
    async for line_id, released_at, state in rows:
        looked += 1
        if (released_at is not None) != (state in VOID):
            broken.append(f"award line {line_id}")
    return looked, broken


@check("lines are charged as agreed")
async def lines_are_charged_as_agreed(session: AsyncSession) -> tuple[int, list[str]]:
    """Each item of the catalogue repeats what its price confirmation says, and was ordered while that stood; a pooled line
    costs what its member pays for the whole of it; and no line is of another kind than its order."""
    rows = await session.stream(
        select(OrderLine, PurchaseOrder.origin, PurchaseOrder.created_at, PurchaseOrder.currency)
        .join(PurchaseOrder, PurchaseOrder.id == OrderLine.order_id)
        .execution_options(yield_per=500)
    )
    looked = 0
    broken: list[str] = []
    async for part in rows.partitions(500):
        ids = [row[0].confirmation_id for row in part]
        confirmed = await catalog.confirmed_by_id(session, [found for found in ids if found is not None])
        for line, origin, ordered_at, currency in part:
            looked += 1
            kind = OrderLineKind(line.kind)
            as_agreed = kind is not OrderLineKind.ITEM or _as_confirmed(line, confirmed, ordered_at, currency)
            is_paid = kind is not OrderLineKind.POOLED or _as_paid(line)
            if _ORIGINS[kind] != origin or not as_agreed or not is_paid:
                broken.append(f"order line {line.id}")
    return looked, broken


def _as_paid(line: OrderLine) -> bool:
    return (line.price_minor, line.per_quantity) == (line.total_minor, line.quantity)


def _as_confirmed(
    line: OrderLine, confirmed: Mapping[UUID, catalog.ConfirmedItem], ordered_at: datetime, currency: str
) -> bool:
    found = confirmed.get(line.confirmation_id) if line.confirmation_id else None
    return (
        found is not None
        and ordered_at <= found.valid_until
        and (found.variant_id, found.quantity, found.currency) == (line.variant_id, line.quantity, currency)
        and (found.price_minor, found.total_minor) == (line.price_minor, line.total_minor)
        and found.price_list_id == line.price_list_id
    )
