"""What a list of listings is narrowed down by, as it stands in the page's address."""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request

from app.kit.locales import NP_

SORTS = {
    "relevance": NP_("sort by", "Relevance"),
    "price": NP_("sort by", "Price"),
    "lead_time": NP_("sort by", "Lead time"),
    "newest": NP_("sort by", "Newest"),
}
SINGLE = ("q", "sort", "verified", "stocked", "price.min", "price.max", "lead_time.max")
SEVERAL = ("category", "supplier_id", "country", "certification")
_LONGEST = 200
_MOST = 60

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """`asked` are the names and values of the address, several of one name where several may be chosen; `fixed` come with
    the page itself."""

    asked: Pairs = ()
    fixed: Pairs = ()
    cursor: str | None = None

    @classmethod
    def of(cls, request: Request, **fixed: str) -> "Filters":
        """From a page's address. Unknown names, empty and repeated values are left out."""
        asked: dict[tuple[str, str], None] = {}
        for name, value in request.query_params.multi_items()[:_MOST]:
            value = " ".join(value.split())[:_LONGEST]
            known = name in SINGLE or name.startswith("attr.") or (name in SEVERAL and name not in fixed)
            taken = name in SINGLE and any(name == other for other, _ in asked)
            if known and value and not taken:
                asked[name, value] = None
        cursor = request.query_params.get("cursor")
        return cls(tuple(asked), tuple(fixed.items()), cursor[:500] if cursor else None)

    @property
    def is_bare(self) -> bool:
        """Whether nothing is narrowed down: the page that search engines should know."""
        return not self.asked and self.cursor is None

    @property
    def all(self) -> Pairs:
        """What was asked for and what comes with the page."""
        return (*self.asked, *self.fixed)

    def one(self, name: str) -> str:
        """The first value of a name; empty when there is none."""
        return next((value for other, value in self.all if other == name), "")

    @property
    def text(self) -> str:
        """The words."""
        return self.one("q")

    @property
    def first(self) -> str:
        """The address's parameters for the first page of the same list."""
        return _query(self.asked)

    @property
    def bare(self) -> str:
        """The address's parameters with nothing narrowed down: the words alone."""
        return _query(tuple(pair for pair in self.asked if pair[0] == "q"))

    @property
    def narrows(self) -> bool:
        """Whether something besides words and order was asked for."""
        return any(name not in ("q", "sort") for name, _ in self.asked)

    def without(self, names: Collection[str]) -> "Filters":
        """What was asked for but for some names."""
        return Filters(tuple(pair for pair in self.asked if pair[0] not in names), self.fixed, self.cursor)

    def instead(self, words: str) -> str:
        """The address's parameters for other words."""
        return _query((("q", words),))

    def less(self, name: str, value: str) -> str:
        """The address's parameters without one value of a filter, and from the first page on."""
        return _query(tuple(pair for pair in self.asked if pair != (name, value)))

    def expanding(self, name: str) -> str:
        """The address's parameters with all choices of a facet shown."""
        return _query((*self.asked, ("all", name)))

    def at(self, cursor: str) -> str:
        """The address's parameters for another page of the same list."""
        return _query((*self.asked, ("cursor", cursor)))


def _query(pairs: Pairs) -> str:
    return "?" + urlencode(pairs)
