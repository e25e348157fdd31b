"""Words of what is sensed."""

from enum import StrEnum

from app.kit.locales import NP_


class SuggestionState(StrEnum):
    """Whether a suggestion stands, or stood once."""

    CURRENT = "current"
    PAST = "past"


class SavingSource(StrEnum):
    """What an expected saving was worked out from."""

    LIST_PRICES = "list_prices"
    PAST_ORDERS = "past_orders"


SUGGESTION_STATE_LABELS = {
    SuggestionState.CURRENT: NP_("demand suggestion", "Current"),
    SuggestionState.PAST: NP_("demand suggestion", "Past"),
}

SAVING_SOURCE_LABELS = {
    SavingSource.LIST_PRICES: NP_("source of a saving", "Published list prices by quantity"),
    SavingSource.PAST_ORDERS: NP_("source of a saving", "Prices of past orders by quantity"),
}
