"""Which listings belong together: equivalents of other suppliers, and the wear parts of what is listed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import orjson

from app.catalog.definitions import categories, data_file
from app.reference import facade as reference

SPARE_LEVEL = 2
"""The level of the tree that spare categories stand on: the statement reads its index."""


@dataclass(frozen=True, slots=True)
class Equivalence:
    """By what listings of a category are equivalents of each other."""

    alike: Sequence[str]
    range: str | None
    steel: str | None


@dataclass(frozen=True, slots=True)
class Spare:
    """A category whose parts wear out in listings of another, and the code of the reason."""

    category: str
    part: str
    reason: str


@lru_cache(maxsize=1)
def equivalences() -> Mapping[str, Equivalence]:
    """By category; those that are missing have no equivalents."""
    return {
        code: Equivalence(tuple(row["alike"]), row.get("range"), row.get("steel"))
        for code, row in data_file("equivalence.yaml")["categories"].items()
    }


@lru_cache(maxsize=1)
def spares() -> Sequence[Spare]:
    """Every pair, in the order of the file."""
    return [
        Spare(row["category"], part, row["reason"])
        for row in data_file("category_spares.yaml")["spares"]
        for part in row["parts"]
    ]


@lru_cache(maxsize=1)
def spare_reasons() -> Mapping[str, Mapping[str, str]]:
    """Why, in every language."""
    found: Mapping[str, Mapping[str, str]] = data_file("category_spares.yaml")["reasons"]
    return found


def kinship_columns(category: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What an equivalent listing has alike, as a digest; the ends that must overlap; the steel. None where there is none."""
    rule = equivalences().get(category)
    nothing = {"alike": None, "overlap_low": None, "overlap_high": None, "steel": None}
    if rule is None or any(code not in values for code in (*rule.alike, *((rule.steel,) if rule.steel else ()))):
        return nothing
    steel = values[rule.steel] if rule.steel else None
    kept = [category, [values[code] for code in rule.alike], _family(steel) if steel else None]
    given = values.get(rule.range) if rule.range else None
    return {
        "alike": blake2b(orjson.dumps(kept), digest_size=16).hexdigest(),
        "overlap_low": Decimal(given["minimum"]) if given else None,
        "overlap_high": Decimal(given["maximum"]) if given else None,
        "steel": _designation(steel) if steel else None,
    }


def _designation(code: str) -> str:
    found = reference.find_steel(code)
    return found.code if found else code


def _family(code: str) -> str:
    found = reference.find_steel(code)
    return found.family if found else code


def check() -> None:
    """Raise ValueError when the files name what does not exist."""
    tree = categories()
    for code, rule in equivalences().items():
        named = {*rule.alike, *(one for one in (rule.range, rule.steel) if one)}
        if not tree[code].is_leaf or not named <= set(tree[code].attributes):
            raise ValueError(f"{code} is no leaf, or has not all of {sorted(named)}")
    for spare in spares():
        if spare.category not in tree or len(tree[spare.part].path) != SPARE_LEVEL:
            raise ValueError(f"{spare.part} is no spare category of {spare.category}")
        if spare.reason not in spare_reasons():
            raise ValueError(f"there is no reason {spare.reason}")
