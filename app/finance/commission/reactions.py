"""What follows from news about commission: suppliers are told in time."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.commission.events import CommissionRuleChanges
from app.finance.commission.jobs import TELL_SUPPLIERS
from app.finance.commission.states import RuleScope
from app.kit.jobs import defer
from app.kit.outbox import Told, reaction


@reaction(CommissionRuleChanges, name="finance.tell_of_commission")
async def tell_of_commission(session: AsyncSession, told: Told) -> None:
    """Have the supplier told whom a rule is for, or all whom it may concern. On a campaign's nobody depends before he offers."""
    event: CommissionRuleChanges = told.event
    if event.scope != RuleScope.CAMPAIGN:
        about = {"rule_id": str(event.rule_id), "first_day": event.changes_on.isoformat(), "told": str(told.id)}
        only = str(event.supplier_id) if event.supplier_id else None
        await defer(session, TELL_SUPPLIERS, about=about, only=only)
