"""Chargeable weight: what mass and volume come to in the unit that a mode of transport charges. Exact until the last step."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any, Literal

import yaml

from app.kit.locales import NP_
from app.logistics.states import Mode

_FILE = Path(__file__).parent / "data" / "chargeable.yaml"

TRAILER_WIDTH_MM = 2400
"""Inside width of a trailer by which loading metres are reckoned."""

ChargeUnit = Literal["kg", "wm", "container"]


class Decisive(StrEnum):
    """What the charged quantity comes from."""

    MASS = "mass"
    VOLUME = "volume"
    LOADING_METRES = "loading_metres"
    MINIMUM = "minimum"
    CONTAINERS = "containers"


DECISIVE_LABELS = {
    Decisive.MASS: NP_("basis of chargeable weight", "Actual weight"),
    Decisive.VOLUME: NP_("basis of chargeable weight", "Volumetric weight"),
    Decisive.LOADING_METRES: NP_("basis of chargeable weight", "Loading metres"),
    Decisive.MINIMUM: NP_("basis of chargeable weight", "Minimum quantity"),
    Decisive.CONTAINERS: NP_("basis of chargeable weight", "Containers"),
}


@dataclass(frozen=True, slots=True)
class Package:
    """`count` equal packages, each of this gross mass and of these outer dimensions; `stack` of them stand on one another."""

    count: int
    mass_kg: Decimal
    length_mm: int
    width_mm: int
    height_mm: int
    stack: int = 1

    def __post_init__(self) -> None:
        if self.count < 1 or self.stack < 1 or min(self.length_mm, self.width_mm, self.height_mm) < 1:
            raise ValueError("a package has a count, a stack and dimensions of at least 1")
        if not self.mass_kg.is_finite() or self.mass_kg <= 0:
            raise ValueError("a package has a mass")

    @property
    def longest_mm(self) -> int:
        """The longest side."""
        return max(self.length_mm, self.width_mm, self.height_mm)


@dataclass(frozen=True, slots=True)
class WeightRule:
    """One row of the data file. `kg_per_m3` is exact: a divisor of 6,000 cm³/kg is 500/3 kg/m³."""

    code: str
    mode: Mode
    unit: ChargeUnit
    kg_per_m3: Fraction
    kg_per_loading_metre: Fraction
    step: Decimal
    minimum: Decimal
    dimension_step_mm: int
    each_piece: bool
    confidence: str
    source: str
    edition: str


@dataclass(frozen=True, slots=True)
class Chargeable:
    """What is charged: `quantity` in `unit`. The others say how it came about, rounded to three decimals for showing."""

    quantity: Decimal
    unit: ChargeUnit
    decisive: Decisive
    mass_kg: Decimal
    volume_m3: Decimal
    volumetric_kg: Decimal
    loading_m: Decimal


@cache
def weight_rules() -> dict[str, WeightRule]:
    """Every rule by its code."""
    rows: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {row["code"]: _rule(row) for row in rows}


def weight_rule(mode: Mode, code: str | None = None) -> WeightRule:
    """The rule of a mode, or the one with this code. Raises KeyError for an unknown code or one of another mode."""
    found = weight_rules()[code or mode]
    if found.mode != mode:
        raise KeyError(code)
    return found


def chargeable(packages: Sequence[Package], rule: WeightRule, *, containers: int = 0) -> Chargeable:
    """What these packages are charged as, under a rule.

    - kg: the greatest of gross mass, volume × density of the rule (air: IATA TACT 3.9, volume in cm³ ÷ 6,000; courier ÷ 5,000;
      road and rail 333 kg/m³) and loading metres × their weight; loading metres are length × width ÷ 2.4 m ÷ stack.
    - wm (revenue tons): the greater of tonnes and cubic metres, at least the minimum.
    - container: their number; packages need not be known.

    Rounded up to the rule's step. The sources stand in `data/chargeable.yaml`.
    """
    if not packages and not containers:
        raise ValueError("a shipment has packages or containers")
    parts = [_measure(package, rule) for package in packages]
    mass_kg, volume_m3 = sum((part.mass_kg for part in parts), _ZERO), sum((part.volume_m3 for part in parts), _ZERO)
    loading_m = sum((part.loading_m for part in parts), _ZERO)
    volumetric_kg, floor_kg = volume_m3 * rule.kg_per_m3, loading_m * rule.kg_per_loading_metre
    decisive, kg = max(
        ((Decisive.MASS, mass_kg), (Decisive.VOLUME, volumetric_kg), (Decisive.LOADING_METRES, floor_kg)),
        key=lambda one: one[1],
    )
    if rule.each_piece:
        # Light and heavy packages do not make up for each other, so the sum is never below either total.
        kg = sum((max(part.mass_kg, part.volume_m3 * rule.kg_per_m3) for part in parts), _ZERO)
    quantity: Fraction = kg / 1000 if rule.unit == "wm" else kg
    if rule.unit == "container":
        decisive, quantity = Decisive.CONTAINERS, Fraction(containers)
    if quantity < Fraction(rule.minimum):
        decisive, quantity = Decisive.MINIMUM, Fraction(rule.minimum)
    return Chargeable(
        quantity=round_up(quantity, rule.step),
        unit=rule.unit,
        decisive=decisive,
        mass_kg=_shown(mass_kg),
        volume_m3=_shown(volume_m3),
        volumetric_kg=_shown(volumetric_kg),
        loading_m=_shown(loading_m),
    )


def round_up(quantity: Fraction, step: Decimal) -> Decimal:
    """The smallest multiple of a step that is not below a quantity."""
    return ceil(quantity / Fraction(step)) * step


@dataclass(frozen=True, slots=True)
class _Measured:
    mass_kg: Fraction
    volume_m3: Fraction
    loading_m: Fraction


_ZERO = Fraction(0)


def _measure(package: Package, rule: WeightRule) -> _Measured:
    length, width, height = (
        _to_step(side, rule.dimension_step_mm) for side in (package.length_mm, package.width_mm, package.height_mm)
    )
    return _Measured(
        mass_kg=package.count * Fraction(package.mass_kg),
        volume_m3=Fraction(package.count * length * width * height, 10**9),
        loading_m=Fraction(package.count * length * width, TRAILER_WIDTH_MM * 1000 * package.stack),
    )


def _to_step(side_mm: int, step_mm: int) -> int:
    """A side rounded to a multiple of the step, halves up, and never to nothing."""
    return max(1, (2 * side_mm + step_mm) // (2 * step_mm)) * step_mm


def _shown(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / value.denominator).quantize(Decimal("0.001"), ROUND_HALF_UP)


def _rule(row: dict[str, Any]) -> WeightRule:
    if not row.get("source") or not row.get("edition"):
        raise ValueError(f"the rule {row.get('code')} of {_FILE.name} does not name its source and edition")
    divisor = row.get("cm3_per_kg")
    return WeightRule(
        code=row["code"],
        mode=Mode(row["mode"]),
        unit=row["unit"],
        kg_per_m3=Fraction(10**6, divisor) if divisor else Fraction(row.get("kg_per_m3", 0)),
        kg_per_loading_metre=Fraction(row.get("kg_per_loading_metre", 0)),
        step=Decimal(row.get("step", "1")),
        minimum=Decimal(row.get("minimum", "0")),
        dimension_step_mm=row.get("dimension_step_mm", 1),
        each_piece=row.get("each_piece", False),
        confidence=row["confidence"],
        source=row["source"],
        edition=row["edition"],
    )
