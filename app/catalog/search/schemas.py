"""What a search answers."""

from pydantic import Field

from app.catalog.schemas import ListedProduct
from app.kit.schemas import Output, PlainDecimal


class EquivalentOut(Output):
    """What a listing has in place of what was asked for. It may answer the need and is never the same."""

    asked: str
    found: str
    relation: str = Field(
        description="nominal, near or brand (steels), overlap or neighbour (finishes), grade (resins)"
    )


class Match(Output):
    """How a listing answers the question."""

    complete: bool = Field(description="Whether it has something of every part of the question.")
    equivalents: list[EquivalentOut]


class FoundProduct(ListedProduct):
    """A listing that a search found."""

    match: Match


class Understood(Output):
    """A part of the question, and what it was taken for: a kind of thing, a value, a material, a measure, a word …"""

    text: str
    sense: str


class SearchPage(Output):
    """Listings that a search found, best first."""

    items: list[FoundProduct]
    total: int = Field(
        description="How many listings match, counted up to 200; `GET /v1/catalog/facets` counts further."
    )
    total_is_exact: bool = Field(description="False when there are more than `total`.")
    did_you_mean: str | None
    understood: list[Understood]
    next_cursor: str | None = Field(
        default=None, description="Pass it as `cursor` for the next page; absent on the last one."
    )


class FacetValue(Output):
    """A choice of a facet, and how many listings it would leave."""

    code: str
    label: str
    count: int
    selected: bool


class Facet(Output):
    """Something to narrow found listings down by: one of several choices (`enum`) or numbers between two ends (`range`)."""

    code: str
    label: str
    kind: str = Field(description="enum or range")
    values: list[FacetValue] = []
    minimum: PlainDecimal | None = None
    maximum: PlainDecimal | None = None
    chosen_minimum: PlainDecimal | None = None
    chosen_maximum: PlainDecimal | None = None
    count: int | None = Field(default=None, description="Of a range: how many listings have it.")
    unit: str | None = Field(
        default=None,
        description="Of a range: the unit (UN/CEFACT Rec 20); of prices, which are in minor units, the currency.",
    )


class Facets(Output):
    """The facets of a search."""

    facets: list[Facet]
    total: int
    counts_are_exact: bool = Field(
        description="False when more listings match than are counted; then counts are of a sample."
    )
    currency: str


class Suggestion(Output):
    """What a question may become: a name of the trade, a category, a supplier, a listing by its part number."""

    kind: str = Field(description="term, category, supplier or product")
    text: str
    url: str | None


class Suggestions(Output):
    """Suggestions, the likeliest first."""

    items: list[Suggestion]
