"""The columns of a file of listings: what they are called in nine languages, and how a stranger's headers are recognised.

A column's key is its code: `sku`, `title:de` (a text in a language), `price:EUR` (from the minimum order on),
`price:EUR:100` (from 100 on), `prices:EUR` (all steps in one cell), `mould_length` (an attribute), `scope_of_supply:en`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from app.catalog.definitions import AttributeKind, attributes, data_file
from app.catalog.exchange.errors import CellRefused
from app.catalog.exchange.values import decimal_of, folded, language_of, unit_named
from app.kit.locales import LOCALES, N_, translate
from app.reference import facade as reference

TEXT_FIELDS = ("title", "description")
MAX_COLUMNS = 400


@dataclass(frozen=True, slots=True)
class Field:
    """One column that every file may have. `unit` is the one that its numbers are stored in."""

    key: str
    label: str
    explanation: str
    required: bool = False
    unit: str | None = None


FIELDS: tuple[Field, ...] = (
    Field(
        "code",
        N_("Product code"),
        N_(
            "Your own code of the listing: small letters, digits, hyphens. Rows with the same code are variants of one listing."
        ),
        True,
    ),
    Field("category", N_("Category"), N_("Code or name of a category without subcategories."), True),
    Field(
        "source_locale",
        N_("Source language"),
        N_("The language that you write in first. Other languages are translations of it."),
    ),
    Field("state", N_("State wanted"), N_("draft, published or archived. Empty: as it is; a new listing is a draft.")),
    Field("title", N_("Title"), N_("At most 200 characters. The title in the source language is required.")),
    Field("description", N_("Description"), N_("At most 8000 characters.")),
    Field("sku", N_("SKU"), N_("Your own code of the variant, unique in your catalogue."), True),
    Field("label", N_("Variant"), N_("What tells this variant from the others, such as Ø6 × 100.")),
    Field("unit", N_("Sales unit"), N_("A unit by code, symbol or name; piece when empty.")),
    Field("minimum_order_quantity", N_("Minimum order"), N_("In sales units; 1 when empty.")),
    Field("lead_time_days", N_("Lead time"), N_("In days, or with a unit, such as 3 weeks."), True, "DAY"),
    Field("made_to_order", N_("Made to order"), N_("Yes or no; no when empty.")),
    Field("mass_kg", N_("Mass of a sales unit"), N_("In kilograms, or with a unit."), unit="KGM"),
    Field("length_mm", N_("Length of a sales unit"), N_("In millimetres, or with a unit, such as 8 in."), unit="MMT"),
    Field("width_mm", N_("Width of a sales unit"), N_("In millimetres, or with a unit, such as 8 in."), unit="MMT"),
    Field("height_mm", N_("Height of a sales unit"), N_("In millimetres, or with a unit, such as 8 in."), unit="MMT"),
    Field("hs_code", N_("HS code"), N_("6, 8 or 10 digits; dots and spaces do not matter.")),
    Field("origin_country", N_("Country of origin"), N_("A country by its ISO 3166 code or name."), True),
    Field(
        "prices",
        N_("Prices"),
        N_("Price steps as quantity: price, such as 1: 12.50; 100: 9.80. A published listing needs a price."),
    ),
    Field("price", N_("Price"), N_("Price of one sales unit from the minimum order on.")),
)
"""In the order of the template."""

BY_KEY: Mapping[str, Field] = {field.key: field for field in FIELDS}
PRODUCT_KEYS = frozenset({"code", "category", "source_locale", "state"})
VARIANT_KEYS = frozenset(
    {
        "sku", "label", "unit", "minimum_order_quantity", "lead_time_days", "made_to_order", "mass_kg", "length_mm",
        "width_mm", "height_mm", "hs_code", "origin_country",
    }
)  # fmt: skip


_BRACKET = re.compile(r"(.*?)\s*[\[(（【]([^\[\]()（）【】]{1,60})[\])）】]\s*")
_SUFFIX = re.compile(r"(.+?)\s*[:_/ -]\s*([^:_/ -][^:]*?)\s*")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a header means. `keys` has several when a name could be more than one attribute: the row's category decides."""

    keys: tuple[str, ...]
    unit: str | None = None


@cache
def _names() -> dict[str, tuple[str, ...]]:
    """Folded name → what it may mean: common columns by label, then attributes by name, then aliases."""
    found: dict[str, tuple[str, ...]] = {}
    for field in FIELDS:
        for locale in LOCALES:
            found.setdefault(folded(translate(field.label, locale)), (field.key,))
    of_attributes: dict[str, list[str]] = {}
    for code, attribute in attributes().items():
        for name in attribute.names.values():
            codes = of_attributes.setdefault(folded(name), [])
            if code not in codes:
                codes.append(code)
    for name, codes in of_attributes.items():
        found.setdefault(name, tuple(codes))
    for key, aliases in data_file("column_aliases.yaml").items():
        for alias in aliases:
            found.setdefault(folded(alias), (key,))
    return found


def canonical(text: str) -> str | None:
    """A column's key as it is kept, or None: `Title:DE` → `title:de`, `price:eur:100` → `price:EUR:100`."""
    base, *rest = text.strip().split(":")
    base = base.strip().casefold()
    if base in TEXT_FIELDS or (base in attributes() and attributes()[base].kind == AttributeKind.TEXT):
        if not rest:
            return base
        tag = next((tag for tag in LOCALES if tag.casefold() == rest[0].strip().casefold()), None)
        return f"{base}:{tag}" if tag and len(rest) == 1 else None
    if base in ("price", "prices"):
        currency = rest[0].strip().upper() if rest else ""
        if not reference.is_accepted_currency(currency) or len(rest) > (2 if base == "price" else 1):
            return None
        if len(rest) == 1:
            return f"{base}:{currency}"
        try:
            quantity = decimal_of(rest[1])
        except CellRefused:
            return None
        return f"price:{currency}:{format(quantity.normalize(), 'f')}" if quantity > Decimal(0) else None
    known = base in PRODUCT_KEYS or base in VARIANT_KEYS or base in attributes()
    return base if known and not rest else None


def recognise(header: str) -> Recognised | None:
    """What a header means: by code, by label in any of the nine languages, by what others call it; None when unknown."""
    text = header.strip()[:200]
    whole = canonical(text)
    if whole:
        return Recognised((whole,))
    in_brackets = _BRACKET.fullmatch(text)
    if in_brackets:
        inner = canonical(in_brackets[2])
        if inner:
            return Recognised((inner,))
        found = _qualified(in_brackets[1], in_brackets[2])
        if found:
            return found
    named = _names().get(folded(text))
    if named and named[0] not in ("price", "prices"):
        return Recognised(named)
    suffix = _SUFFIX.fullmatch(text)
    return _qualified(suffix[1], suffix[2]) if suffix else None


def _qualified(name: str, qualifier: str) -> Recognised | None:
    """A name with a language, a currency or a unit beside it: `Title (German)`, `Preis EUR`, `Length [in]`."""
    keys = _names().get(folded(name))
    if keys is None:
        bare = canonical(name)
        keys = (bare,) if bare else None
    if keys is None:
        return None
    if keys[0] in ("price", "prices"):
        key = canonical(f"{keys[0]}:{qualifier.strip()}")
        return Recognised((key,)) if key else None
    tag = language_of(qualifier)
    of_language = canonical(f"{keys[0]}:{tag}") if tag else None
    if of_language:
        return Recognised((of_language,))
    unit = unit_named(qualifier)
    return Recognised(keys, unit) if unit else None


def currency_of(key: str) -> str | None:
    """The currency of a price column."""
    base, _, rest = key.partition(":")
    return rest.split(":")[0] if base in ("price", "prices") else None


def label_of(key: str, locale: str) -> str:
    """A column's name in a language, with its language, currency or quantity beside it."""
    base, _, rest = key.partition(":")
    field = BY_KEY.get(base)
    name = translate(field.label, locale) if field else attributes()[base].names[locale]
    return f"{name} ({rest.replace(':', ', ')})" if rest else name


def expand(keys: Iterator[str]) -> list[str]:
    """Keys without repetition, in order."""
    return list(dict.fromkeys(keys))
