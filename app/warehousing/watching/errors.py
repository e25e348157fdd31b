"""What is refused about reorder rules."""

from app.kit.errors import Problem
from app.kit.locales import N_


class ReorderRuleExists(Problem):
    """An item has one rule for a warehouse, and one for all of them together."""

    code = "reorder-rule-exists"
    status = 409
    title = N_("There is such a rule already")
    detail = N_("This item has a reorder rule for this warehouse, or for all of them together. Change that one.")
