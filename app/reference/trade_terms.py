"""Incoterms 2020 and the HS headings that the mould trade uses."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from app.reference.errors import UnknownCode
from app.reference.loading import Confidence, names_of, yaml_rows

Side = Literal["seller", "buyer"]
PlaceKind = Literal["place_of_delivery", "place_of_destination", "port_of_shipment", "port_of_destination"]


@dataclass(frozen=True, slots=True)
class Incoterm:
    """One rule. `mode` "sea" means sea and inland waterway only; insurance is a percentage of the contract value."""

    code: str
    names: dict[str, str]
    mode: Literal["any", "sea"]
    named_place: PlaceKind
    insured_by: Literal["seller", "nobody"]
    insurance_clauses: Literal["A", "C"] | None
    insured_value_pct: int | None
    export_clearance: Side
    import_clearance: Side
    main_carriage_paid_by: Side
    unloaded_by: Side
    risk_passes_before_costs: bool
    container_alternative: str | None
    source: str
    edition: str


@dataclass(frozen=True, slots=True)
class HsHeading:
    """A heading (4 digits) or subheading (6 digits) with a short trade name per locale, which is not the legal text."""

    code: str
    names: dict[str, str]
    confidence: Confidence
    source: str
    edition: str

    @property
    def digits(self) -> str:
        """The code without its dot."""
        return self.code.replace(".", "")


@cache
def incoterms() -> dict[str, Incoterm]:
    """The eleven rules by code."""
    return {row["code"]: Incoterm(**{**row, "names": names_of(row)}) for row in yaml_rows("incoterms.yaml")}


def incoterm(code: str) -> Incoterm:
    """The rule with this code. Raises UnknownCode."""
    try:
        return incoterms()[code]
    except KeyError:
        raise UnknownCode("incoterms", code) from None


@cache
def hs_headings() -> dict[str, HsHeading]:
    """Every heading and subheading by its digits, in the nomenclature's order."""
    rows = [HsHeading(**{**row, "names": names_of(row)}) for row in yaml_rows("hs_headings.yaml")]
    return {row.digits: row for row in sorted(rows, key=lambda row: row.digits)}
