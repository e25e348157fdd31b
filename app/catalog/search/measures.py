"""Numbers with units as words to search by: `8 in` finds 203.2 mm, `400 t` a press of 4,000 kN.

A measure leaves three words, ever coarser: its exact value, a step of half a percent, and a step of fifteen percent. A question
looks into its own step and its neighbours, so what differs by less than a step is found. A range leaves the coarse steps that it
covers as words of their own: what is inside it is no near miss. Pure.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from app.catalog.definitions import data_file
from app.catalog.search.words import fold

FINE, COARSE = math.log(1.005), math.log(1.15)
WIDEST = 40
"""A range leaves at most so many coarse steps: 1:260. What spans more is as good as anything."""

INCH = 25.4
TONNE_FORCE_KN = 9.80665
"""Presses are sold by metric tonnes of force (ISO 80000-4: 1 tf = 9.80665 kN)."""

# The classes of the units that listings' numbers are stored in (UN/CEFACT Rec 20), with the factor to the class.
STORED = {
    "MMT": ("mm", 1.0), "4H": ("mm", 0.001), "MTR": ("mm", 1000.0), "GRM": ("g", 1.0), "KGM": ("g", 1000.0),
    "NEW": ("n", 1.0), "B47": ("n", 1000.0), "BAR": ("bar", 1.0), "MPA": ("bar", 10.0), "CEL": ("cel", 1.0),
    "MLT": ("ml", 1.0), "LTR": ("ml", 1000.0), "CMQ": ("ml", 1.0), "VLT": ("v", 1.0), "WTT": ("w", 1.0),
    "KWT": ("w", 1000.0), "AMP": ("a", 1.0), "DD": ("deg", 1.0),
}  # fmt: skip

COUNTED = {
    "cavities": "cav", "drops": "drop", "hot_runner_drops": "drop", "zones": "zone", "die_stations": "station", "flutes": "flute",
    "axes": "axis",
}  # fmt: skip
"""What is counted, by the attribute: a listing has many numbers, and `2 cavities` means one of them."""

_NUMBER = r"\d+(?:[.,]\d+)?"
_FRACTION = r"(?:\d+[ -])?\d+/\d+"
_BY = re.compile(r"\s*[x×*]\s*")


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of a class's own unit, and where a question says it (characters of the folded text). `number` as typed."""

    kind: str
    value: float
    start: int = 0
    end: int = 0
    number: str = ""


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
    """The coarse steps that a stored range covers, and the words of its ends."""
    yield from words_of(kind, low)
    yield from words_of(kind, high)
    if low > 0:
        first, last = round(math.log(low) / COARSE), round(math.log(high) / COARSE)
        yield from (f"{kind}∋{step}" for step in range(first, min(last, first + WIDEST) + 1))


@dataclass(frozen=True, slots=True)
class Asked:
    """The words to look for a measure by: its value, what differs by a step, what is as good (250 mm for 10 inches), the ranges
    that it may lie in, and what comes near it."""

    exact: str
    sure: tuple[str, ...] = ()
    close: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    near: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Those of the value itself."""
        return (self.exact, *self.sure)


CLOSE = 4
"""So many fine steps: two percent, by which metric sizes differ from those in inches, and kilonewtons from tonnes."""


def asked_words(measure: Measure) -> Asked:
    """What to look for."""
    kind = measure.kind
    exact, _, _ = words_of(kind, measure.value)
    if measure.value <= 0:
        return Asked(exact)
    logarithm = math.log(measure.value)
    fine, coarse = round(logarithm / FINE), round(logarithm / COARSE)
    return Asked(
        exact,
        sure=tuple(f"{kind}~{step}" for step in (fine - 1, fine, fine + 1)),
        close=tuple(f"{kind}~{step}" for step in range(fine - CLOSE, fine + CLOSE + 1) if abs(step - fine) > 1),
        within=(f"{kind}∋{coarse}",),
        near=tuple(f"{kind}≈{step}" for step in (coarse - 1, coarse, coarse + 1)),
    )


@lru_cache(maxsize=1)
def _units() -> dict[str, tuple[str, float]]:
    said = data_file("query_units.yaml")
    return {
        fold(word.strip("'")): (kind, float(factor))
        for kind, factors in said.items()
        for factor, words in factors.items()
        for word in str(words).split()
    }


@lru_cache(maxsize=2)
def _pattern(number: str) -> re.Pattern[str]:
    """A number with its unit, or one before a times sign, whose unit stands further on."""
    longest_first = sorted(_units(), key=len, reverse=True)
    alternatives = "|".join(re.escape(word) for word in longest_first)
    unit = rf"(?P<gap>\s*|-)(?P<unit>{alternatives})(?![a-z0-9\u0600-\u06ff])"
    return re.compile(rf"(?<![\w.,])(?P<number>{number})(?:{unit}|(?={_BY.pattern}\d))")


def read_number(text: str) -> float:
    """A number as people type it, with a decimal point or comma, or as a fraction: `1 1/4`."""
    if "/" not in text:
        return float(text.replace(",", "."))
    *whole, fraction = re.split(r"[ -]", text)
    upper, lower = fraction.split("/")
    return sum(map(int, whole)) + (int(upper) / int(lower) if int(lower) else 0.0)


def measures_in(folded: str) -> list[Measure]:
    """The measures that a folded question names. `10 x 12 in` has two of them, and so has `1/2 x 4 in`."""
    found: list[Measure] = []
    waiting: list[re.Match[str]] = []
    for match in _matches(folded):
        if waiting and not _BY.fullmatch(folded, waiting[-1].end("number"), match.start()):
            waiting = []
        if match["unit"] is None:
            waiting.append(match)
            continue
        kind, factor = _units()[match["unit"]]
        # Millimetres are what bare numbers mean anyway.
        found += [_measure(kind, factor, said) for said in waiting if kind == "mm" and factor != 1]
        found.append(_measure(kind, factor, match))
        waiting = []
    return found


def _matches(folded: str) -> list[re.Match[str]]:
    """Fractions are of an inch (`10/14 mm` are two diameters); a hyphen before the unit is none of a part number."""
    fractions = [
        match
        for match in _pattern(_FRACTION).finditer(folded)
        if match["unit"] is None or _units()[match["unit"]] == ("mm", INCH)
    ]
    covered = [match.span("number") for match in fractions]
    numbers = [
        match
        for match in _pattern(_NUMBER).finditer(folded)
        if not any(start <= match.start() < end for start, end in covered)
        and (match["gap"] != "-" or (len(match["unit"]) > 1 and folded[match.start() - 1 : match.start()] != "-"))
    ]
    return sorted([*fractions, *numbers], key=lambda match: match.start())


def _measure(kind: str, factor: float, said: re.Match[str]) -> Measure:
    value = read_number(said["number"]) * factor
    if kind == "t":
        kind, value = "n", value * TONNE_FORCE_KN * 1000
    return Measure(kind, value, said.start(), said.end(), said["number"])


def inches(fraction: str) -> Measure | None:
    """What a bare fraction is where it is one of an inch: `3/8`, not `4/6`."""
    upper, _, lower = fraction.partition("/")
    if not (upper.isdigit() and lower in {"2", "4", "8", "16", "32"} and int(upper) % 2 and int(upper) < int(lower)):
        return None
    return Measure("mm", int(upper) / int(lower) * INCH, number=fraction)
