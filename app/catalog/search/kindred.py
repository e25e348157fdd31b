"""Where a term leads that no listing is called by: categories of what serves in its place. Pure after the first call."""

from collections.abc import Mapping
from functools import lru_cache

from app.catalog.definitions import data_file


@lru_cache(maxsize=1)
def _kindred() -> Mapping[str, tuple[str, ...]]:
    said = data_file("kindred.yaml")["kindred"]
    return {
        term if ":" in term else f"t:{term}": tuple(code if set(":=") & set(code) else f"c:{code}" for code in codes)
        for term, codes in said.items()
    }


def kindred(code: str) -> tuple[str, ...]:
    """The codes of the categories that a code leads to beside its own listings, and of values that mark out the best of these;
    empty for most. A value leads where its attribute does."""
    return _kindred().get(code) or _kindred().get(code.rpartition(":")[0], ())
