"""The rows of one product, laid over what is stored of it, as one whole listing for the rules to judge. Pure.

A column that is there says what a field is; an empty cell clears what may be empty. A column that is not there leaves its
field as it is. Texts are never cleared: others may have translated them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.catalog.definitions import AttributeKind, attributes, categories
from app.catalog.exchange import prices, values
from app.catalog.exchange.columns import BY_KEY, PRODUCT_KEYS, TEXT_FIELDS, VARIANT_KEYS, currency_of
from app.catalog.exchange.errors import CellRefused
from app.catalog.exchange.spool import Group, SpooledRow
from app.catalog.models import PriceTier, Product, Variant
from app.kit.locales import N_
from app.language.facade import TextVersion

CLEARABLE = frozenset({"label", "mass_kg", "length_mm", "width_mm", "height_mm", "hs_code"})
_PLACES = {"mass_kg": 4, "length_mm": 2, "width_mm": 2, "height_mm": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, in terms that every reader can be told in his language."""

    row: int
    column: str
    code: str
    message: str
    params: Mapping[str, Any]
    product_code: str = ""
    sku: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """A listing as the database has it, locked."""

    product: Product
    variants: Sequence[Variant]
    tiers: Mapping[UUID, Sequence[PriceTier]]
    texts: Sequence[TextVersion]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the import said for rows that do not; `units` are those that headers name, by column key."""

    category: str | None
    locale: str
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Draft:
    """A whole listing as a form, with the rows that it came from. `texts` are the wordings that the file gives."""

    code: str
    first_row: int
    form: dict[str, Any] = field(default_factory=dict)
    rows_of_variants: list[tuple[int, str]] = field(default_factory=list)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    misread: Sequence[Finding] = ()

    def note(self, row: int, column: str, refused: CellRefused, sku: str = "") -> None:
        """Keep what is wrong with a cell."""
        self.findings.append(
            Finding(row, column, refused.code, refused.message, refused.params, self.code[:200], sku[:200])
        )


def draft(group: Group, stored: Stored | None, defaults: Defaults) -> Draft:
    """The listing that a group of rows describes, with everything that cannot be understood."""
    made = Draft(group.code, group.rows[0].number)
    rows = [row for row in group.rows if not _at_fault(made, row)]
    if not rows:
        return made
    wanted = _product_cells(made, rows)
    locale = _source_locale(made, wanted, stored, wanted.get("@locale", ("", 0))[0] or defaults.locale)
    category = _category(made, wanted, stored, defaults)
    _texts(made, wanted, stored, locale)
    made.form |= {
        "code": group.code,
        "category_code": category,
        "source_locale": locale,
        "state": _state(made, wanted, stored),
        "attributes": _attributes(made, wanted, stored, category, locale, defaults),
        "variants": _variants(made, rows, stored, defaults),
    }
    return made


def _at_fault(made: Draft, row: SpooledRow) -> bool:
    """A row that cannot be taken at all is noted."""
    sku = row.cells.get("sku", "").strip()
    if row.fault is not None:
        made.note(row.number, row.fault.column, CellRefused(row.fault.code, row.fault.message, **row.fault.params), sku)
    elif row.twice:
        message = N_("The SKU {sku} stands in an earlier row of this file too.")
        made.note(row.number, "sku", CellRefused("sku-twice", message, sku=sku[:80]), sku)
    elif not made.code:
        made.note(row.number, "code", CellRefused("code-missing", N_("This field is required.")), sku)
    else:
        return False
    return True


def _product_cells(made: Draft, rows: Sequence[SpooledRow]) -> dict[str, tuple[str, int]]:
    """What the rows say of the product as a whole: the first word counts, and another one is noted."""
    found: dict[str, tuple[str, int]] = {}
    for row in rows:
        for key, cell in row.cells.items():
            if _is_of_variant(key):
                continue
            text = cell.strip()
            before = found.get(key)
            if before is None or (not before[0] and text):
                found[key] = (text, row.number)
            elif text and text != before[0] and key != "code":
                message = N_("Row {row} of the same product says “{value}”. Say it once, or the same in every row.")
                refused = CellRefused("rows-differ", message, row=before[1], value=before[0][:80])
                made.note(row.number, key, refused, row.cells.get("sku", "").strip())
    return found


def _source_locale(made: Draft, wanted: Mapping[str, tuple[str, int]], stored: Stored | None, default: str) -> str:
    text, row = wanted.get("source_locale", ("", 0))
    given = values.language_of(text) if text else None
    if text and given is None:
        message = N_("“{value}” is none of the languages of this house.")
        made.note(row, "source_locale", CellRefused("unknown-language", message, value=text[:80]))
    if stored is None:
        return given or default
    if given not in (None, stored.product.source_locale):
        message = N_("The source language of this listing is {locale} and stays so.")
        refused = CellRefused("source-language-stays", message, locale=stored.product.source_locale)
        made.note(row, "source_locale", refused)
    return stored.product.source_locale


def _category(made: Draft, wanted: Mapping[str, tuple[str, int]], stored: Stored | None, defaults: Defaults) -> str:
    """Its code; nothing when it is not known, which is noted."""
    text, row = wanted.get("category", ("", made.first_row))
    if not text:
        found = stored.product.category_code if stored else (defaults.category or "")
        refused = CellRefused("category-missing", N_("This field is required."))
    else:
        found = values.category_names().get(values.folded(text), "")
        message = N_("There is no such category. Look at the list of categories.")
        refused = CellRefused("unknown-category", message)
    if not found:
        made.note(row, "category", refused)
    return found


def _state(made: Draft, wanted: Mapping[str, tuple[str, int]], stored: Stored | None) -> str:
    text, row = wanted.get("state", ("", 0))
    if text:
        try:
            return values.state_of(text)
        except CellRefused as refused:
            made.note(row, "state", refused)
    return stored.product.state if stored else "draft"


def _texts(made: Draft, wanted: Mapping[str, tuple[str, int]], stored: Stored | None, locale: str) -> None:
    """The file's wordings, over the stored ones where a form needs them."""
    known = {(one.field, one.locale): one for one in stored.texts} if stored else {}
    form: dict[str, dict[str, str]] = {}
    for version in known.values():
        if version.field in TEXT_FIELDS:
            # Only to be judged beside new ones: a machine's translation may be longer than what people may send.
            form.setdefault(version.locale, {})[version.field] = version.text[:200]
    for key, (text, row) in wanted.items():
        name, _, tag = key.partition(":")
        if name not in TEXT_FIELDS or not text:
            continue
        tag = tag or locale
        before = known.get((name, tag))
        if before is not None and same_text(before.text, text):
            continue
        made.texts[name, tag] = text
        form.setdefault(tag, {})[name] = text
        source = (name, locale)
        if tag != locale and source not in known and not wanted.get(f"{name}:{locale}", wanted.get(name, ("", 0)))[0]:
            message = N_("Give the texts in the source language {locale}.")
            made.note(row, key, CellRefused("source-missing", message, locale=locale))
    made.form["texts"] = form


def same_text(one: str, other: str) -> bool:
    """Ends of lines differ from program to program; the text does not."""
    return _lines(one) == _lines(other)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def attribute_key(key: str, category: str) -> str:
    """Of several attributes with the same name, the one that the category has."""
    if "|" not in key:
        return key
    keys = key.split("|")
    own = categories()[category].attributes if category in categories() else {}
    return next((one for one in keys if one in own), keys[0])


def _attributes(
    made: Draft,
    wanted: Mapping[str, tuple[str, int]],
    stored: Stored | None,
    category: str,
    locale: str,
    defaults: Defaults,
) -> dict[str, Any]:
    found: dict[str, Any] = dict(stored.product.attributes) if stored else {}
    definitions = attributes()
    for column, (text, row) in wanted.items():
        base, _, tag = column.partition(":")
        code = attribute_key(base, category)
        if code in PRODUCT_KEYS or code not in definitions:
            continue
        definition = definitions[code]
        default = defaults.units.get(column)
        try:
            if definition.kind == AttributeKind.TEXT:
                texts = {**found.get(code, {}), (tag or locale): text}
                found[code] = {one: words for one, words in texts.items() if words}
                if not found[code]:
                    del found[code]
            elif not text:
                found.pop(code, None)
            elif definition.kind == AttributeKind.NUMBER:
                found[code] = values.number_in(text, definition.unit, default)
            elif definition.kind == AttributeKind.RANGE:
                found[code] = values.range_in(text, definition.unit, default)
            elif definition.kind == AttributeKind.BOOLEAN:
                found[code] = values.boolean_of(text)
            else:
                found[code] = values.enum_of(definition, text)
        except CellRefused as refused:
            made.note(row, code, refused)
    return found


def _variants(
    made: Draft, rows: Sequence[SpooledRow], stored: Stored | None, defaults: Defaults
) -> list[dict[str, Any]]:
    """The file's variants over the stored ones, then the stored ones that the file does not name."""
    known = {variant.sku: variant for variant in stored.variants} if stored else {}
    forms = []
    for row in rows:
        sku = row.cells.get("sku", "").strip()
        if not sku and not any(cell.strip() for key, cell in row.cells.items() if _is_of_variant(key)):
            # A row that speaks of the product alone.
            continue
        before = known.pop(sku, None)
        form = variant_form(before, stored.tiers.get(before.id, ()) if before and stored else ())
        form["sku"] = sku
        for key, refused in _variant_cells(form, row.cells, defaults):
            made.note(row.number, key, refused, sku)
        made.rows_of_variants.append((row.number, sku))
        forms.append(form)
    for variant in known.values():
        forms.append(variant_form(variant, stored.tiers.get(variant.id, ()) if stored else ()))
    return forms


def _is_of_variant(key: str) -> bool:
    return key in VARIANT_KEYS or currency_of(key) is not None


def variant_form(variant: Variant | None, tiers: Sequence[PriceTier]) -> dict[str, Any]:
    """A stored variant as the form that would give it."""
    if variant is None:
        return {"prices": []}
    form: dict[str, Any] = {name: getattr(variant, name) for name in VARIANT_KEYS}
    form["prices"] = [
        {"currency": tier.currency, "min_quantity": tier.min_quantity, "price_minor": tier.price_minor}
        for tier in tiers
    ]
    return form


def _variant_cells(
    form: dict[str, Any], cells: Mapping[str, str], defaults: Defaults
) -> Iterator[tuple[str, CellRefused]]:
    """Lay a row's cells over the form; yields what cannot be understood."""
    for key, cell in cells.items():
        text = cell.strip()
        if key not in VARIANT_KEYS or key == "sku":
            continue
        if not text:
            if key in CLEARABLE:
                form[key] = "" if key == "label" else None
            continue
        try:
            form[key] = _variant_value(key, text, defaults)
        except CellRefused as refused:
            yield key, refused
    minimum = Decimal(str(form.get("minimum_order_quantity") or 1))
    given = {key: cell.strip() for key, cell in cells.items() if currency_of(key)}
    for currency in dict.fromkeys(currency_of(key) or "" for key in given):
        mine = {key: cell for key, cell in given.items() if currency_of(key) == currency}
        try:
            steps = prices.steps_in(mine, currency, minimum)
            form["prices"] = [tier for tier in form["prices"] if tier["currency"] != currency] + steps
        except CellRefused as refused:
            yield f"prices:{currency}", refused


def _variant_value(key: str, text: str, defaults: Defaults) -> Any:
    default = defaults.units.get(key)
    match key:
        case "unit":
            return values.unit_named(text) or text
        case "made_to_order":
            return values.boolean_of(text)
        case "origin_country":
            return values.country_of(text)
        case "hs_code":
            return "".join(c for c in text if c not in ". -\xa0")
        case "lead_time_days":
            number = Decimal(values.converted(text, "DAY", 0, default))
            return int(number) if number == int(number) else text
        case "mass_kg" | "length_mm" | "width_mm" | "height_mm":
            return values.converted(text, BY_KEY[key].unit or "", _PLACES[key], default)
        case "minimum_order_quantity":
            return format(values.quantity_of(text)[0], "f")
    return text
