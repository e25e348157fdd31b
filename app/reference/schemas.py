"""What the public lists show. Names are in the reader's language; figures are strings where they must stay exact."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class _Row(_Out):
    code: str
    source: str = Field(description="Where the facts come from.")
    edition: str = Field(description="Which edition of the source.")


class UnitOut(_Row):
    """A unit of measure: UN/CEFACT Recommendation 20."""

    name: str
    symbol: str
    dimension: str
    dimension_name: str
    metric: str = Field(description="The unit that readers of the metric system prefer.")
    inch: str = Field(description="The unit that readers of the inch system prefer.")


class CurrencyOut(_Row):
    """An accepted currency."""

    name: str
    exponent: int = Field(description="Decimals of its minor unit (ISO 4217).")


class IncotermOut(_Row):
    """An Incoterms 2020 rule."""

    name: str
    mode: Literal["any", "sea"]
    named_place: str
    insured_by: str
    insurance_clauses: str | None
    insured_value_pct: int | None
    export_clearance: str
    import_clearance: str
    main_carriage_paid_by: str
    unloaded_by: str
    risk_passes_before_costs: bool
    container_alternative: str | None


class EquivalentOut(_Out):
    """Another designation of the family. It may replace the first only with consent."""

    code: str
    relation: Literal["nominal", "near", "brand"]
    relation_name: str
    confidence: str
    via: str | None = Field(description="The family's head when the tie is derived through it.")


class SteelOut(_Row):
    """One designation of a steel and what it is tied to."""

    system: str
    family: str
    condition: str
    hardness_min: int | None
    hardness_max: int | None
    hardness_unit: str | None
    confidence: str
    equivalents: list[EquivalentOut]


class OverlapOut(_Out):
    """A finish of the other scale that shares a band of Ra."""

    code: str
    ra_min_um: Decimal
    ra_max_um: Decimal


class FinishOut(_Row):
    """A surface finish grade."""

    scale: str
    grade: str
    method: str
    ra_min_um: Decimal
    ra_max_um: Decimal
    confidence: str
    overlaps: list[OverlapOut]


class PlasticOut(_Row):
    """A resin and its usual processing data."""

    name: str
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
    confidence: str
    cooling_confidence: str | None


class HsHeadingOut(_Row):
    """A heading or subheading under a short trade name, which is not the legal text."""

    name: str
    confidence: str


class CountryOut(_Out):
    """A country (ISO 3166-1)."""

    code: str
    name: str


class PlaceOut(_Row):
    """A UN/LOCODE place."""

    name: str
    country: str
    country_name: str
    port: bool
