"""What `partingline verify` proves of orders: every one adds up, and what was awarded is what was ordered."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check
from app.procurement.models import AwardLine, OrderLine, OrderMilestone, PurchaseOrder
from app.procurement.order_rules import WHOLE_BP
from app.procurement.order_states import VOID


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
