"""What the demo market charges its suppliers, and invoices every month: less for whole moulds, which cost more."""

from datetime import timedelta
from typing import Any

from app.demo.seed.history import History
from app.finance.commission.rules import NOTICE_DAYS
from app.finance.commission.schemas import CommissionBoundIn, CommissionRuleIn
from app.finance.commission.states import RuleScope
from app.finance.commission.usecases.change_rules import make_rule
from app.finance.commission.usecases.invoice_months import accounts_to_invoice, invoice_months
from app.finance.invoicing.schemas import InvoicingDetailsIn
from app.finance.invoicing.usecases.edit_details import put_details
from app.finance.ledger.facade import month_of
from app.kit.actor import Actor
from app.kit.db.tenancy import act_for

AT_ONCE = 100
# An account of nobody: the banks' own example.
DETAILS: dict[str, Any] = {
    "series_code": "PL",
    "credit_series_code": "PL-C",
    "iban": "NL91 ABNA 0417 1643 00",
    "bic": "ABNANL2A",
}


async def commissions(told: History, operator: Actor) -> None:
    """The operator says where it is paid, and makes two rules before any supplier joins."""
    await put_details(await told.let(operator), operator, InvoicingDetailsIn.model_validate(DETAILS), version=None)
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


async def invoice_commissions(told: History, operator: Actor) -> None:
    """What the worker does in the first night of a month."""
    session = await told.as_worker()
    await act_for(session, operator.organization_id, operator=True)
    accounts, _ = await accounts_to_invoice(session, operator.organization_id, None, AT_ONCE)
    for account in accounts:
        await invoice_months(session, account, month_of(told.now.date()), now=told.now)
