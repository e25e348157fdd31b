"""States of a listing, and ways to sort listings."""

from enum import StrEnum

from app.kit.locales import NP_


class ProductState(StrEnum):
    """Draft → published → archived; an archived listing may be reopened as a draft."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Sort(StrEnum):
    """How found listings are sorted. Without words to search by, relevance is newest first."""

    RELEVANCE = "relevance"
    PRICE = "price"
    LEAD_TIME = "lead_time"
    NEWEST = "newest"


PRODUCT_STATE_LABELS = {
    ProductState.DRAFT: NP_("product state", "Draft"),
    ProductState.PUBLISHED: NP_("product state", "Published"),
    ProductState.ARCHIVED: NP_("product state", "Archived"),
}

TRANSITIONS: dict[ProductState, frozenset[ProductState]] = {
    ProductState.DRAFT: frozenset({ProductState.PUBLISHED, ProductState.ARCHIVED}),
    ProductState.PUBLISHED: frozenset({ProductState.DRAFT, ProductState.ARCHIVED}),
    ProductState.ARCHIVED: frozenset({ProductState.DRAFT}),
}
