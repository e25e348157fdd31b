"""What the demo market charges its suppliers: less for whole moulds, which cost more."""

from datetime import timedelta

from app.demo.seed.history import History
from app.finance.commission.rules import NOTICE_DAYS
from app.finance.commission.schemas import CommissionBoundIn, CommissionRuleIn
from app.finance.commission.states import RuleScope
from app.finance.commission.usecases.change_rules import make_rule
from app.kit.actor import Actor


async def commissions(told: History, operator: Actor) -> None:
    """The operator makes two rules before any supplier joins."""
    today = told.now.date()
    bounds = [
        CommissionBoundIn(currency="EUR", least_minor=500, most_minor=500_000),
        CommissionBoundIn(currency="CNY", least_minor=4_000, most_minor=4_000_000),
    ]
    first = CommissionRuleIn(scope=RuleScope.DEFAULT, rate_bp=450, bounds=bounds, valid_from=today)
    moulds = CommissionRuleIn(
        scope=RuleScope.CATEGORY,
        category_code="complete-moulds",
        rate_bp=250,
        bounds=bounds,
        valid_from=today + timedelta(days=NOTICE_DAYS),
    )
    for form in (first, moulds):
        await make_rule(await told.let(operator), operator, form, now=told.now)
