"""Words of commission: what a rule is about, and why it goes before another."""

from enum import StrEnum

from app.kit.locales import N_, NP_


class RuleScope(StrEnum):
    """What a rule is about, the one that goes before all others first."""

    CAMPAIGN = "campaign"
    SUPPLIER = "supplier"
    CATEGORY = "category"
    DEFAULT = "default"


class RuleState(StrEnum):
    """Where a rule is on a day."""

    AHEAD = "ahead"
    IN_FORCE = "in_force"
    OVER = "over"
    WITHDRAWN = "withdrawn"


RULE_SCOPE_LABELS = {
    RuleScope.CAMPAIGN: NP_("commission rule", "Campaign"),
    RuleScope.SUPPLIER: NP_("commission rule", "Supplier"),
    RuleScope.CATEGORY: NP_("commission rule", "Category"),
    RuleScope.DEFAULT: NP_("commission rule", "Everything else"),
}

RULE_STATE_LABELS = {
    RuleState.AHEAD: NP_("state of a commission rule", "Ahead"),
    RuleState.IN_FORCE: NP_("state of a commission rule", "In force"),
    RuleState.OVER: NP_("state of a commission rule", "Over"),
    RuleState.WITHDRAWN: NP_("state of a commission rule", "Withdrawn"),
}

REASONS = {
    RuleScope.CAMPAIGN: N_("There is a rule for the campaign: it goes before all others."),
    RuleScope.SUPPLIER: N_("There is a rule for the supplier: only one for a campaign goes before it."),
    RuleScope.CATEGORY: N_(
        "There is a rule for the category “{category}”: it is the nearest one, and there is none for the supplier."
    ),
    RuleScope.DEFAULT: N_("There is no rule for the supplier or the category: what holds for everything else applies."),
}
"""Why a rule was taken."""

NO_RULE = N_("No rule holds on this day: nothing is charged.")
