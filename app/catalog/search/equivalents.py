"""What else answers a question for a steel, a finish or a plastic, and how it is tied to what was asked for. Pure.

An equivalent is never the same: it is ranked below, and the answer names the relation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from app.catalog.definitions import attributes
from app.reference import facade as reference

Relation = Literal["nominal", "near", "brand", "overlap", "neighbour", "grade"]
_BARE = {"pa6", "pa66", "pp", "pbt", "pps", "lcp"}


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Another code, and its relation: of a steel as in the reference data, `overlap` of
    roughness on another scale, `neighbour` on the same, `grade` of a filled resin."""

    code: str
    relation: Relation


def equivalents(code: str) -> tuple[Equivalent, ...]:
    """What may be offered in place of a code; empty for most."""
    kind, _, rest = code.partition(":")
    match kind:
        case "s":
            return _steels(rest)
        case "f":
            return _finishes(rest)
        case "v" if rest.startswith("moulding_material:"):
            return tuple(_resins(rest.removeprefix("moulding_material:")))
    return ()


@lru_cache(maxsize=512)
def _steels(code: str) -> tuple[Equivalent, ...]:
    found = reference.find_steel(code)
    if found is None:
        return ()
    return tuple(Equivalent(f"s:{other.code}", other.relation) for other in reference.equivalents(found.code))


@lru_cache(maxsize=64)
def _finishes(code: str) -> tuple[Equivalent, ...]:
    """The grades whose roughness overlaps or touches, the other scale first."""
    finishes = reference.finishes()
    if code not in finishes:
        return ()
    asked = finishes[code]
    overlapping = [Equivalent(f"f:{overlap.code}", "overlap") for overlap in reference.finish_overlaps(code)]
    touching = [
        Equivalent(f"f:{other.code}", "neighbour")
        for other in finishes.values()
        if other.scale == asked.scale
        and other.code != code
        and other.ra_min_um <= asked.ra_max_um
        and other.ra_max_um >= asked.ra_min_um
    ]
    return (*overlapping, *touching)


def _resins(code: str) -> Iterator[Equivalent]:
    """The filled grades of a resin: whoever asks for PA66 may take PA66-GF30."""
    if code in _BARE:
        for value in attributes()["moulding_material"].values:
            if value.startswith(f"{code}-"):
                yield Equivalent(f"v:moulding_material:{value}", "grade")
