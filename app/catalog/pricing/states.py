"""Words of price lists: their states, what a line is for, where a price comes from, and on which side somebody looks."""

from enum import StrEnum

from app.kit.locales import NP_


class PriceListState(StrEnum):
    """Draft → active → ended. Buyers know of a list while it is active."""

    DRAFT = "draft"
    ACTIVE = "active"
    ENDED = "ended"


class LineScope(StrEnum):
    """What a line is for: one variant, a category with all below it, or everything that the supplier lists."""

    VARIANT = "variant"
    CATEGORY = "category"
    RANGE = "range"


class PriceSource(StrEnum):
    """Where a price comes from: a price list between the two firms, or the public listing."""

    CONTRACT = "contract"
    PUBLIC = "public"


class PriceSide(StrEnum):
    """On which side of prices somebody looks: he buys at them, or made them."""

    BUYER = "buyer"
    SUPPLIER = "supplier"


TRANSITIONS: dict[PriceListState, frozenset[PriceListState]] = {
    PriceListState.DRAFT: frozenset({PriceListState.ACTIVE}),
    PriceListState.ACTIVE: frozenset({PriceListState.ENDED}),
    PriceListState.ENDED: frozenset(),
}

PRICE_LIST_STATE_LABELS = {
    PriceListState.DRAFT: NP_("price list state", "Draft"),
    PriceListState.ACTIVE: NP_("price list state", "Active"),
    PriceListState.ENDED: NP_("price list state", "Ended"),
}

LINE_SCOPE_LABELS = {
    LineScope.VARIANT: NP_("price list line", "One variant"),
    LineScope.CATEGORY: NP_("price list line", "A category"),
    LineScope.RANGE: NP_("price list line", "The whole range"),
}

PRICE_SOURCE_LABELS = {
    PriceSource.CONTRACT: NP_("price source", "Price list"),
    PriceSource.PUBLIC: NP_("price source", "Public price"),
}
