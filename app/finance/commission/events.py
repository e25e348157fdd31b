"""What is announced about commission. The operator hears of every rule, a supplier of the one that is for him alone."""

from datetime import date
from uuid import UUID

from app.kit.outbox import Event


class CommissionRuleChanges(Event, name="finance.commission_rule_changes.v1", subject=("commission_rule", "rule_id")):
    """From a day on, other terms hold: a rule begins, ends on another day, or is withdrawn before it began."""

    rule_id: UUID
    scope: str
    campaign_id: UUID | None
    supplier_id: UUID | None
    category_code: str | None
    changes_on: date
