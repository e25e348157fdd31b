"""Units of measure: UN/CEFACT Recommendation 20 codes with exact factors, so that a conversion and its way back agree.

Months and years are a dimension of their own (`calendar`): they are no fixed number of days. Hardness scales are not
convertible into each other: the tables between them depend on the material.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import cache
from typing import Literal

from app.kit.locales import N_
from app.reference.errors import NotConvertible, UnknownCode
from app.reference.loading import csv_rows, fraction, names_of, yaml_rows

System = Literal["metric", "inch"]

DIMENSION_LABELS: dict[str, str] = {
    "count": N_("Count"),
    "set": N_("Sets"),
    "ratio": N_("Ratio"),
    "mass": N_("Mass"),
    "length": N_("Length"),
    "area": N_("Area"),
    "volume": N_("Volume"),
    "time": N_("Time"),
    "calendar": N_("Calendar time"),
    "pressure": N_("Pressure"),
    "temperature": N_("Temperature"),
    "force": N_("Force"),
    "power": N_("Power"),
    "energy": N_("Energy"),
    "voltage": N_("Voltage"),
    "current": N_("Electric current"),
    "angle": N_("Angle"),
    "density": N_("Density"),
    "volume_flow": N_("Flow rate"),
    "hardness_rockwell_c": N_("Rockwell hardness C"),
    "hardness_brinell": N_("Brinell hardness"),
    "heat_flux": N_("Heat flux density"),
    "thermal_conductivity": N_("Thermal conductivity"),
}


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit. A value in the dimension's SI base is `value * factor + offset`; angles keep degrees as their base."""

    code: str
    name: str
    symbol: str
    dimension: str
    factor: Fraction
    offset: Fraction
    cldr: str | None
    style: Literal["short", "narrow", "long"]
    system: Literal["metric", "inch", "both"]
    metric: str
    inch: str
    source: str
    edition: str

    def counterpart(self, system: System) -> str:
        """The code of the unit that a reader of `system` prefers; its own code when none is better."""
        return self.metric if system == "metric" else self.inch


@dataclass(frozen=True, slots=True)
class UnitTexts:
    """Name and plural patterns of a unit that CLDR does not know, per locale."""

    names: dict[str, str]
    patterns: dict[str, dict[str, str]]


@cache
def units() -> dict[str, Unit]:
    """Every unit by its code."""
    found = {}
    for row in csv_rows("units.csv"):
        found[row["code"]] = Unit(
            code=row["code"],
            name=row["name"],
            symbol=row["symbol"],
            dimension=row["dimension"],
            factor=fraction(row["factor"]),
            offset=fraction(row["offset"]),
            cldr=row["cldr"] or None,
            style=row["style"],  # type: ignore[arg-type]
            system=row["system"],  # type: ignore[arg-type]
            metric=row["metric"],
            inch=row["inch"],
            source=row["source"],
            edition=row["edition"],
        )
    return found


@cache
def unit_texts() -> dict[str, UnitTexts]:
    """House texts of the units without a CLDR id, by unit code."""
    return {row["code"]: UnitTexts(names_of(row), row["patterns"]) for row in yaml_rows("unit_texts.yaml")}


def unit(code: str) -> Unit:
    """The unit with this code. Raises UnknownCode."""
    try:
        return units()[code]
    except KeyError:
        raise UnknownCode("units", code) from None


def is_known_unit(code: str) -> bool:
    """Whether this is a unit code of ours."""
    return code in units()


def convert_exact(value: Decimal | int | Fraction, from_unit: str, to_unit: str) -> Fraction:
    """The value in another unit, without any rounding. Raises UnknownCode, NotConvertible.

    Temperatures are points on a scale: a *difference* of 5 °C must not be converted with this function.
    """
    source, target = unit(from_unit), unit(to_unit)
    if source.dimension != target.dimension:
        raise NotConvertible(from_unit, to_unit)
    base = Fraction(value) * source.factor + source.offset
    return (base - target.offset) / target.factor


def convert_quantity(value: Decimal, from_unit: str, to_unit: str, *, places: int = 6) -> Decimal:
    """The value in another unit, rounded half-even to `places` decimals; unchanged when the units are the same."""
    if from_unit == to_unit:
        unit(from_unit)
        return value
    return round_fraction(convert_exact(value, from_unit, to_unit), places)


def round_fraction(value: Fraction, places: int) -> Decimal:
    """A fraction as Decimal with `places` decimals, half-even."""
    return Decimal(round(value * 10**places)).scaleb(-places)


def preferred_unit(code: str, system: System) -> str:
    """Which unit a reader of `system` prefers for a quantity given in `code`: mm ↔ in, kg ↔ lb, °C ↔ °F, MPa ↔ psi."""
    return unit(code).counterpart(system)


def sensible_places(value: Decimal, from_unit: str, to_unit: str) -> int:
    """Decimals that keep, and do not feign, the precision of `value` after its conversion.

    The last place of the original, converted, decides: 1 mm is 0.039 in, so whole millimetres get two decimals of an
    inch. Millimetres keep one decimal at least: whole inches on a drawing are meant exactly (12 in is 304.8 mm).
    """
    last_place = min(0, _exponent(value))
    if from_unit == to_unit:
        return min(6, -last_place)
    step = Fraction(10) ** last_place * unit(from_unit).factor / unit(to_unit).factor
    places = 0
    while places < 6 and step < 1:
        step *= 10
        places += 1
    return places if to_unit != "MMT" else max(1, places)


def _exponent(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError("a quantity must be a finite number")
    return exponent


def rounded(value: Decimal, places: int) -> Decimal:
    """`value` to `places` decimals, half-even."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
