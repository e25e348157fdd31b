"""Steels, plastics and surface finishes."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from app.reference.errors import UnknownCode
from app.reference.loading import Confidence, csv_rows, names_of, optional_decimal, yaml_rows

Relation = Literal["nominal", "near", "brand"]


@dataclass(frozen=True, slots=True)
class Steel:
    """One designation of a steel. `relation` says how it is tied to its family's head (None for the head itself).

    Hardness is that of the usual condition, in `hardness_unit` (HRC or HB).
    """

    code: str
    system: str
    family: str
    aliases: tuple[str, ...]
    relation: Relation | None
    relation_confidence: Confidence | None
    condition: str
    hardness_min: int | None
    hardness_max: int | None
    hardness_unit: str | None
    confidence: Confidence
    source: str
    edition: str


@dataclass(frozen=True, slots=True)
class Plastic:
    """One resin: shrinkage in %, temperatures in °C, injection pressure in MPa, cavity pressure factor in t/cm².

    Cooling data (thermal diffusivity in mm²/s; melt, mould and ejection temperature) are typical values where present.
    """

    code: str
    names: dict[str, str]
    iso_1043: str
    shrinkage_min_pct: Decimal
    shrinkage_max_pct: Decimal
    mould_min_c: Decimal
    mould_max_c: Decimal
    injection_min_mpa: Decimal
    injection_max_mpa: Decimal
    kp_min_t_cm2: Decimal | None
    kp_max_t_cm2: Decimal | None
    diffusivity_mm2_s: Decimal | None
    melt_c: Decimal | None
    cooling_mould_c: Decimal | None
    ejection_c: Decimal | None
    confidence: Confidence
    cooling_confidence: Confidence | None
    source: str
    edition: str


@dataclass(frozen=True, slots=True)
class Finish:
    """One grade of a surface finish scale. For VDI 3400 both ends are the grade's nominal Ra."""

    code: str
    scale: Literal["SPI", "VDI"]
    grade: str
    ra_min_um: Decimal
    ra_max_um: Decimal
    method: str
    confidence: Confidence
    source: str
    edition: str


@cache
def steels() -> dict[str, Steel]:
    """Every designation by its code."""
    return {found.code: found for row in yaml_rows("steels.yaml") for found in _designations(row)}


def _designations(row: dict[str, Any]) -> list[Steel]:
    found = []
    for item in row["designations"]:
        found.append(
            Steel(
                code=item["code"],
                system=item["system"],
                family=row["family"],
                aliases=tuple(item["aliases"]),
                relation=item.get("relation"),
                relation_confidence=item.get("confidence"),
                condition=row["condition"],
                hardness_min=item.get("hardness_min", row["hardness_min"]),
                hardness_max=item.get("hardness_max", row["hardness_max"]),
                hardness_unit=item.get("hardness_unit", row["hardness_unit"]),
                confidence=item.get("hardness_confidence", row["confidence"]),
                source=row["source"],
                edition=row["edition"],
            )
        )
    return found


_PREFIXES = ("W.-NR.", "W-NR", "WNR", "AISI", "DIN", "EN", "JIS", "GB", "ISO")


_SEPARATORS = str.maketrans("", "", " -_./\u00a0")


def _folded(text: str) -> str:
    return text.upper().translate(_SEPARATORS)


@cache
def _steel_index() -> dict[str, str]:
    index: dict[str, str] = {}
    for found in steels().values():
        for name in (found.code, *found.aliases):
            if index.setdefault(_folded(name), found.code) != found.code:
                raise ValueError(f"{name} names two steels")
    return index


def find_steel(code_or_alias: str) -> Steel | None:
    """The steel that a person means by this designation, ignoring case, spaces, dots and a standard's prefix."""
    index, text = _steel_index(), _folded(code_or_alias)
    candidates = [text, *(text.removeprefix(_folded(prefix)) for prefix in _PREFIXES)]
    for candidate in candidates:
        if candidate in index:
            return steels()[index[candidate]]
    return None


def steel(code_or_alias: str) -> Steel:
    """The same, or UnknownCode."""
    found = find_steel(code_or_alias)
    if found is None:
        raise UnknownCode("steels", code_or_alias)
    return found


@cache
def plastics() -> dict[str, Plastic]:
    """Every resin by its code."""
    names = {row["code"]: names_of(row) for row in yaml_rows("plastic_names.yaml")}
    texts = {"code", "iso_1043", "confidence", "cooling_confidence", "source", "edition"}
    found = {}
    for row in csv_rows("plastics.csv"):
        values: dict[str, Any] = {key: row[key] if key in texts else optional_decimal(row[key]) for key in row}
        values["cooling_confidence"] = row["cooling_confidence"] or None
        found[row["code"]] = Plastic(names=names[row["code"]], **values)
    return found


def plastic(code: str) -> Plastic:
    """The resin with this code. Raises UnknownCode."""
    try:
        return plastics()[code]
    except KeyError:
        raise UnknownCode("plastics", code) from None


@cache
def finishes() -> dict[str, Finish]:
    """Every surface finish by its code, such as `SPI B-2` or `VDI 24`."""
    found: dict[str, Finish] = {}
    for row in csv_rows("surface_finishes.csv"):
        values: dict[str, Any] = dict(row)
        values.update(ra_min_um=Decimal(row["ra_min_um"]), ra_max_um=Decimal(row["ra_max_um"]))
        found[row["code"]] = Finish(**values)
    return found


def finish(code: str) -> Finish:
    """The finish with this code. Raises UnknownCode."""
    try:
        return finishes()[code]
    except KeyError:
        raise UnknownCode("finishes", code) from None
