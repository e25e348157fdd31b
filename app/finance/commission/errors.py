"""What is refused about commission."""

from app.kit.errors import Problem
from app.kit.locales import N_


class CommissionRulesOverlap(Problem):
    """Two rules about the same on one day."""

    code = "commission-rules-overlap"
    status = 409
    title = N_("There is a rule for this already")
    detail = N_("On one of these days another rule holds for the same. End that one first, or choose other days.")


class CommissionNoticeTooShort(Problem):
    """Other terms sooner than suppliers can be told of them."""

    code = "commission-notice-too-short"
    status = 422
    title = N_("Suppliers must be told earlier")
    detail = N_("Other terms are announced {days} days before they hold: {earliest} is the first day that is possible.")


class CommissionRuleOver(Problem):
    """A change of a rule that is over or withdrawn, or of a day that has passed."""

    code = "commission-rule-over"
    status = 409
    title = N_("This can no longer be changed")
    detail = N_("What held on a day that is over stays as it was. Make a new rule instead.")


class CommissionMonthNotOver(Problem):
    """An invoice over a month that goes on."""

    code = "commission-month-not-over"
    status = 409
    title = N_("The month is not over")
    detail = N_("Commission is invoiced when its month is over (UTC), and {period} is not.")
