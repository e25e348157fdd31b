"""All that other rooms may call. Everything here is in memory and free of I/O after the first call, except rates of exchange."""

from app.reference.cargo_numbers import (
    PROBLEM_TEXTS as CARGO_PROBLEM_TEXTS,
)
from app.reference.cargo_numbers import (
    CargoNumberKind,
    cargo_number_kinds,
    check_cargo_number,
    make_sscc,
)
from app.reference.codes import AcceptedCurrency, Country, UnitCode
from app.reference.display import (
    Displayed,
    currency_name,
    display_date,
    display_datetime,
    display_money,
    display_number,
    display_quantity,
    display_range,
    unit_name,
)
from app.reference.errors import NotConvertible, UnknownCode
from app.reference.exchange import fx_rate, load_rates
from app.reference.formats import replace_rows, sync_formats
from app.reference.materials import (
    Finish,
    Plastic,
    Steel,
    find_steel,
    finish,
    finishes,
    plastic,
    plastics,
    steel,
    steels,
)
from app.reference.money import Currency, currencies, currency, is_accepted_currency
from app.reference.packaging import PackageType, is_package_type, package_type_name, package_types
from app.reference.places import Place, country_codes, country_name, find_place, is_country, places
from app.reference.registrations import (
    PROBLEM_TEXTS as REGISTRATION_PROBLEM_TEXTS,
)
from app.reference.registrations import (
    Checked,
    RegistrationKind,
    check_registration_number,
    registration_kinds,
)
from app.reference.rules import (
    RELATION_LABELS,
    Equivalent,
    FinishOverlap,
    IncotermAdvice,
    check_incoterm,
    convert_minor,
    equivalents,
    finish_overlaps,
)
from app.reference.trade_terms import HsHeading, Incoterm, hs_headings, incoterm, incoterms
from app.reference.units import (
    DIMENSION_LABELS,
    System,
    Unit,
    convert_exact,
    convert_quantity,
    is_known_unit,
    preferred_unit,
    unit,
    units,
)

__all__ = [
    "CARGO_PROBLEM_TEXTS",
    "DIMENSION_LABELS",
    "REGISTRATION_PROBLEM_TEXTS",
    "RELATION_LABELS",
    "AcceptedCurrency",
    "CargoNumberKind",
    "Checked",
    "Country",
    "Currency",
    "Displayed",
    "Equivalent",
    "Finish",
    "FinishOverlap",
    "HsHeading",
    "Incoterm",
    "IncotermAdvice",
    "NotConvertible",
    "PackageType",
    "Place",
    "Plastic",
    "RegistrationKind",
    "Steel",
    "System",
    "Unit",
    "UnitCode",
    "UnknownCode",
    "cargo_number_kinds",
    "check_cargo_number",
    "check_incoterm",
    "check_registration_number",
    "convert_exact",
    "convert_minor",
    "convert_quantity",
    "country_codes",
    "country_name",
    "currencies",
    "currency",
    "currency_name",
    "display_date",
    "display_datetime",
    "display_money",
    "display_number",
    "display_quantity",
    "display_range",
    "equivalents",
    "find_place",
    "find_steel",
    "finish",
    "finish_overlaps",
    "finishes",
    "fx_rate",
    "hs_headings",
    "incoterm",
    "incoterms",
    "is_accepted_currency",
    "is_country",
    "is_known_unit",
    "is_package_type",
    "load_rates",
    "make_sscc",
    "package_type_name",
    "package_types",
    "places",
    "plastic",
    "plastics",
    "preferred_unit",
    "registration_kinds",
    "replace_rows",
    "steel",
    "steels",
    "sync_formats",
    "unit",
    "unit_name",
    "units",
]
