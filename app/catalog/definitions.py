"""The category tree and its typed attributes, read once from the data files of an edition. Pure after the first call."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from app.kit.locales import fallback_chain

DATA = Path(__file__).parent / "data"


class AttributeKind(StrEnum):
    """What values an attribute takes."""

    NUMBER = "number"
    RANGE = "range"
    ENUM = "enum"
    BOOLEAN = "boolean"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Attribute:
    """A typed attribute. Numbers and ranges are stored in `unit` (UN/CEFACT Rec 20) within `minimum`…`maximum`."""

    code: str
    kind: AttributeKind
    names: Mapping[str, str]
    unit: str | None
    minimum: Decimal | None
    maximum: Decimal | None
    decimals: int | None
    values: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Category:
    """A node of the tree. `path` runs from the root to the node; `attributes` (code → required) include inherited ones."""

    code: str
    parent: str | None
    path: tuple[str, ...]
    names: Mapping[str, str]
    hs_code: str | None
    attributes: Mapping[str, bool]
    is_leaf: bool


def data_file(name: str) -> dict[str, Any]:
    """A YAML data file of the room. Keep what you make of it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with (DATA / name).open(encoding="utf-8") as file:
        return dict(yaml.load(file, Loader=loader))  # noqa: S506 - CSafeLoader is a safe loader


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


@lru_cache(maxsize=1)
def attributes() -> Mapping[str, Attribute]:
    """Every attribute definition by code."""
    found = {}
    for row in data_file("attributes.yaml")["attributes"]:
        found[row["code"]] = Attribute(
            code=row["code"],
            kind=AttributeKind(row["kind"]),
            names=row["names"],
            unit=row.get("unit"),
            minimum=_decimal(row.get("minimum")),
            maximum=_decimal(row.get("maximum")),
            decimals=row.get("decimals"),
            values={value["code"]: value["names"] for value in row.get("values", ())},
        )
    return found


@lru_cache(maxsize=1)
def categories() -> Mapping[str, Category]:
    """Every category by code, parents before children."""
    rows = data_file("categories.yaml")["categories"]
    parents = {row["parent"] for row in rows}
    found: dict[str, Category] = {}
    for row in rows:
        parent = found[row["parent"]] if row["parent"] else None
        own = {item["attribute"]: bool(item["required"]) for item in row.get("attributes", ())}
        found[row["code"]] = Category(
            code=row["code"],
            parent=row["parent"],
            path=(*(parent.path if parent else ()), row["code"]),
            names=row["names"],
            hs_code=row.get("hs_code"),
            attributes={**(parent.attributes if parent else {}), **own},
            is_leaf=row["code"] not in parents,
        )
    return found


@lru_cache(maxsize=1)
def edition() -> str:
    """The edition of the category tree."""
    return str(data_file("categories.yaml")["edition"])


def name_in(names: Mapping[str, str], locale: str) -> str:
    """A label along the reader's fallback chain."""
    return next(names[tag] for tag in fallback_chain(locale) if tag in names)
