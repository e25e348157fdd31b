"""Numbers with units as words to search by: `8 in` finds 203.2 mm, `400 t` a press of 4,000 kN.

A measure leaves three words, ever coarser: its exact value, a step of half a percent, and a step of fifteen percent. A question
looks into its own step and its neighbours, so what differs by less than a step is found. Pure.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import yaml

from app.catalog.definitions import DATA
from app.catalog.search.words import fold

FINE, COARSE = math.log(1.005), math.log(1.15)
WIDEST = 40
"""A range leaves at most so many coarse steps: 1:260. What spans more is as good as anything."""

TONNE_FORCE_KN = 9.80665
"""Presses are sold by metric tonnes of force (ISO 80000-4: 1 tf = 9.80665 kN)."""

# The classes of the units that listings' numbers are stored in (UN/CEFACT Rec 20), with the factor to the class.
STORED = {
    "MMT": ("mm", 1.0), "4H": ("mm", 0.001), "MTR": ("mm", 1000.0), "GRM": ("g", 1.0), "KGM": ("g", 1000.0),
    "NEW": ("n", 1.0), "B47": ("n", 1000.0), "BAR": ("bar", 1.0), "MPA": ("bar", 10.0), "CEL": ("cel", 1.0),
    "MLT": ("ml", 1.0), "LTR": ("ml", 1000.0), "CMQ": ("ml", 1.0), "VLT": ("v", 1.0), "WTT": ("w", 1.0),
    "KWT": ("w", 1000.0), "AMP": ("a", 1.0), "DD": ("deg", 1.0),
}  # fmt: skip

_NUMBER = r"\d+(?:[.,]\d+)?"


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of a class's own unit, and where a question says it (characters of the folded text)."""

    kind: str
    value: float
    start: int = 0
    end: int = 0


def plain(value: float) -> str:
    """A number without a useless end: `203.2`, `16`."""
    return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"


def words_of(kind: str, value: float) -> tuple[str, str, str]:
    """The words of a stored measure: exact, fine and coarse."""
    if value <= 0:
        return f"{kind}={plain(value)}", f"{kind}~0", f"{kind}≈0"
    logarithm = math.log(value)
    return f"{kind}={plain(value)}", f"{kind}~{round(logarithm / FINE)}", f"{kind}≈{round(logarithm / COARSE)}"


def range_words(kind: str, low: float, high: float) -> Iterator[str]:
    """The coarse steps that a stored range covers, and those of its ends in full."""
    yield from words_of(kind, low)
    yield from words_of(kind, high)
    if low > 0:
        first, last = round(math.log(low) / COARSE), round(math.log(high) / COARSE)
        yield from (f"{kind}≈{step}" for step in range(first, min(last, first + WIDEST) + 1))


def asked_words(measure: Measure) -> tuple[list[str], list[str]]:
    """What to look for: words of what is meant, and words of what comes near it."""
    exact, _, _ = words_of(measure.kind, measure.value)
    if measure.value <= 0:
        return [exact], []
    logarithm = math.log(measure.value)
    fine, coarse = round(logarithm / FINE), round(logarithm / COARSE)
    sure = [exact, *(f"{measure.kind}~{step}" for step in (fine - 1, fine, fine + 1))]
    return sure, [f"{measure.kind}≈{step}" for step in (coarse - 1, coarse, coarse + 1)]


@lru_cache(maxsize=1)
def _units() -> dict[str, tuple[str, float]]:
    said = yaml.safe_load((DATA / "query_units.yaml").read_text(encoding="utf-8"))
    return {
        fold(word.strip("'")): (kind, float(factor))
        for kind, factors in said.items()
        for factor, words in factors.items()
        for word in str(words).split()
    }


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(_units(), key=len, reverse=True)
    alternatives = "|".join(re.escape(word) for word in longest_first)
    return re.compile(rf"(?<![\w.,])(?P<number>{_NUMBER})\s*(?P<unit>{alternatives})(?![a-z0-9\u0600-\u06ff])")


def read_number(text: str) -> float:
    """A number as people type it, with a decimal point or comma."""
    return float(text.replace(",", "."))


def measures_in(folded: str) -> list[Measure]:
    """The measures that a folded question names."""
    found = []
    for match in _pattern().finditer(folded):
        kind, factor = _units()[match["unit"]]
        value = read_number(match["number"]) * factor
        if kind == "t":
            kind, value = "n", value * TONNE_FORCE_KN * 1000
        found.append(Measure(kind, value, match.start(), match.end()))
    return found
