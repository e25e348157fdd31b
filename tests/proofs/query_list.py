"""The searches that proofs ask: `bench_queries.tsv`, a line each of language, words and, for some, `rare`.

What `rare` ones find is not copied when a large market is made: they have as many matches in a market of any size.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Query:
    """One search of a reader."""

    locale: str
    words: str
    rare: bool

    @property
    def path(self) -> str:
        """The address of its first page."""
        return f"/v1/catalog/search?q={quote(self.words)}&locale={self.locale}&limit=20"

    @property
    def kind(self) -> str:
        """What its figures stand under."""
        return f"search {self.locale}" + (", equal matches" if self.rare else "")


def queries() -> tuple[Query, ...]:
    """All of them, in the order of the file."""
    lines = Path(__file__).with_name("bench_queries.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(
        Query(locale, words, rare == ["rare"]) for locale, words, *rare in (line.split("\t") for line in lines)
    )
