"""What a list of listings is narrowed down by, as it stands in the page's address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.requests import Request

from app.kit.locales import NP_

SORTS = {
    "relevance": NP_("sort by", "Relevance"),
    "price": NP_("sort by", "Price"),
    "lead_time": NP_("sort by", "Lead time"),
    "newest": NP_("sort by", "Newest"),
}
_NAMES = frozenset(
    {
        "q", "supplier_id", "country", "verified", "certification", "price.min", "price.max", "lead_time.max",
        "stocked", "sort",
    }
)  # fmt: skip
_LONGEST = 200
_MOST = 40


@dataclass(frozen=True, slots=True)
class Filters:
    """`asked` holds what was asked for by its name; a name may have several values, joined by commas."""

    asked: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    cursor: str | None = None

    @classmethod
    def of(cls, request: Request, **fixed: str) -> "Filters":
        """From a page's address; `fixed` comes with the page itself. Unknown names are left out."""
        asked: dict[str, str] = {}
        for name, value in request.query_params.multi_items()[:_MOST]:
            known = name in _NAMES or name.startswith("attr.") or (name == "category" and "category" not in fixed)
            value = " ".join(value.split())[:_LONGEST]
            if known and value:
                asked[name] = f"{asked[name]},{value}" if name in asked and name.startswith("attr.") else value
        cursor = request.query_params.get("cursor")
        return cls(asked, fixed, cursor[:500] if cursor else None)

    @property
    def is_bare(self) -> bool:
        """Whether nothing is narrowed down: the page that search engines should know."""
        return not self.asked and self.cursor is None

    @property
    def all(self) -> dict[str, str]:
        """What was asked for and what comes with the page."""
        return {**self.asked, **self.fixed}

    @property
    def text(self) -> str:
        """The words."""
        return self.asked.get("q", "")

    def values(self, name: str) -> list[str]:
        """The values of a name."""
        return self.asked.get(name, "").split(",") if name in self.asked else []

    @property
    def first(self) -> str:
        """The address's parameters for the first page of the same list."""
        return "?" + urlencode(dict(self.asked))

    @property
    def bare(self) -> str:
        """The address's parameters with nothing narrowed down: the words alone."""
        return "?" + urlencode({"q": self.text} if self.text else {})

    def instead(self, words: str) -> str:
        """The address's parameters for other words."""
        return "?" + urlencode({"q": words})

    def less(self, name: str, value: str) -> str:
        """The address's parameters without one value of a filter, and from the first page on."""
        kept = dict(self.asked)
        left = [one for one in self.values(name) if one != value]
        kept.pop(name, None)
        if left:
            kept[name] = ",".join(left)
        return "?" + urlencode(kept)

    def at(self, cursor: str) -> str:
        """The address's parameters for another page of the same list."""
        return "?" + urlencode({**self.asked, "cursor": cursor})
