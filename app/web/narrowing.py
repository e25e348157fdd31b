"""Facets as the page shows them: named as the address names them, few enough to be read, in the order of a workshop. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.reference import facade as reference
from app.web.filters import SEVERAL, Filters

Document = dict[str, Any]

MOST_FACETS = 10
MOST_VALUES = 5
MOST_EXPANDED = 50
_NAMES = {"supplier": "supplier_id"}
_PLAIN = ("verified", "stocked", "price", "lead_time")
_LATE = ("country", "supplier", "certification")
"""Who offers it comes after what it is."""


def name_of(code: str) -> str:
    """How the address names a facet."""
    name = _NAMES.get(code, code)
    return name if name in SEVERAL or name in _PLAIN else f"attr.{name}"


def shown_facets(
    facets: Iterable[Mapping[str, Any]], filters: Filters, locale: str, *, expanded: str = ""
) -> list[Document]:
    """The facets worth showing. One with a single choice narrows nothing down, unless it is chosen."""
    fixed = {name for name, _ in filters.fixed}
    found = []
    for facet in facets:
        name = name_of(facet["code"])
        shown = _range(facet, name, locale) if facet["kind"] == "range" else _enum(facet, name, name == expanded)
        if shown is not None and name not in fixed:
            found.append(shown)
    found.sort(key=lambda facet: (facet["code"] in _LATE, not facet["chosen"]))
    return found[:MOST_FACETS]


def _enum(facet: Mapping[str, Any], name: str, expanded: bool) -> Document | None:
    values: Sequence[Mapping[str, Any]] = facet["values"]
    chosen = any(value["selected"] for value in values)
    flag = facet["code"] in ("verified", "stocked")
    if flag:
        values = [{**value, "code": "true"} for value in values if value["code"] == "yes"]
    if not values or (len(values) < 2 and not chosen and not flag):
        return None
    most = MOST_EXPANDED if expanded else MOST_VALUES
    shown = [value for index, value in enumerate(values) if index < most or value["selected"]]
    return {
        **facet,
        "name": name,
        "values": shown,
        "flag": flag,
        "hidden": len(values) - len(shown),
        "chosen": chosen,
    }


def _range(facet: Mapping[str, Any], name: str, locale: str) -> Document | None:
    low, high = (Decimal(facet[end]) for end in ("minimum", "maximum"))
    chosen = facet["chosen_minimum"] is not None or facet["chosen_maximum"] is not None
    if low == high and not chosen:
        return None
    unit = facet["unit"] or ""
    if facet["code"] == "price":
        low, high = (end.scaleb(-reference.currency(unit).exponent) for end in (low, high))
    elif facet["code"] == "lead_time":
        unit = reference.unit_name("DAY", locale)
    elif unit:
        unit = reference.unit(unit).symbol
    return {
        **facet,
        "name": name,
        "unit": unit,
        "only_most": facet["code"] == "lead_time",
        "low": reference.display_number(round(low, 2), locale),
        "high": reference.display_number(round(high, 2), locale),
        "chosen": chosen,
    }


def chips(facets: Sequence[Mapping[str, Any]], filters: Filters) -> list[Document]:
    """What is narrowed down by, each to be taken away again."""
    labels = {facet["name"]: facet["label"] for facet in facets}
    values = {(facet["name"], value["code"]): value["label"] for facet in facets for value in facet.get("values") or ()}
    found = []
    for name, value in filters.asked:
        if name in ("q", "sort"):
            continue
        base, _, end = name.rpartition(".") if name.endswith((".min", ".max")) else (name, "", "")
        sign = {"min": "≥ ", "max": "≤ "}.get(end, "")
        label = labels.get(base, "")
        text = sign + values.get((name, value), value)
        if name in ("verified", "stocked"):
            text, label = label or name, ""
        found.append({"name": name, "code": value, "label": f"{label}: {text}" if label else text})
    return found
