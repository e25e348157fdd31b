"""Open alerts for what has run low, and close those of what is there again."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.tenancy import act_for, acting_for
from app.kit.outbox import announce
from app.warehousing.watching import queries
from app.warehousing.watching.events import StockLow
from app.warehousing.watching.queries import Turned


async def raise_alerts(session: AsyncSession, most: int, *, now: datetime) -> int:
    """Bring at most so many rules' alerts up to date; how many were. Call it as the worker, acting for nobody."""
    await act_for(session, None, operator=True)
    found = await queries.turned(session, most)
    await act_for(session, None)
    turned = 0
    for one in found:
        async with acting_for(session, one.organization_id):
            turned += await _turn(session, one, now=now)
    return turned


async def _turn(session: AsyncSession, found: Turned, *, now: datetime) -> bool:
    """Whether an alert was opened or closed; what was changed meanwhile is looked at the next time."""
    # A rule that its owner ends meanwhile is ended first, or its alert is opened first and closed with it.
    rule = await queries.rule(session, found.organization_id, found.rule_id, lock=True)
    if rule is None or (rule.reorder_point, rule.target_quantity) != (found.reorder_point, found.target_quantity):
        return False
    if found.alert_id is not None:
        await queries.close_alerts(session, found.rule_id, now)
        return True
    alert_id = await queries.open_alert(session, found)
    if alert_id is None:
        return False
    event = StockLow(
        alert_id=alert_id,
        reorder_rule_id=found.rule_id,
        organization_id=found.organization_id,
        item_id=found.item_id,
        warehouse_id=found.warehouse_id,
        available=found.available,
        reorder_point=found.reorder_point,
        target_quantity=found.target_quantity,
    )
    await announce(session, event, organizations=[found.organization_id])
    return True
