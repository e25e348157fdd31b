"""The cells of listings and of templates, whatever file they go into. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from app.catalog.definitions import Attribute, AttributeKind, Category, attributes, categories, name_in
from app.catalog.exchange import prices, values
from app.catalog.exchange.columns import BY_KEY, FIELDS, TEXT_FIELDS, VARIANT_KEYS, label_of
from app.catalog.exchange.drafting import Stored
from app.catalog.exchange.errors import CellRefused
from app.catalog.models import Variant
from app.catalog.states import PRODUCT_STATE_LABELS
from app.kit.locales import LOCALES, N_, NP_, translate
from app.reference import facade as reference

YES = NP_("attribute value", "Yes")
NO = NP_("attribute value", "No")

TEMPLATE_CURRENCIES = ("EUR", "USD", "CNY")

NUMBER = N_("A number in {unit}, from {minimum} to {maximum}. Another unit may be written behind it.")
COUNT = N_("A number from {minimum} to {maximum}.")
RANGE = N_("Two numbers, such as 10–20, in {unit}. Another unit may be written behind them.")
CHOICE = N_("One of the values named here, by code or name.")
YES_OR_NO = N_("Yes or no.")
FREE_TEXT = N_("Free text, one column for each language.")
REQUIRED = N_("Required for publishing.")


def keys_of(
    used: Sequence[str], locales: Sequence[str], currencies: Sequence[str], text_locales: Mapping[str, Sequence[str]]
) -> list[str]:
    """The columns that listings of some categories need, in the template's order; attributes last."""
    keys: list[str] = []
    for field in FIELDS:
        if field.key in TEXT_FIELDS:
            keys += [f"{field.key}:{locale}" for locale in locales]
        elif field.key == "prices":
            keys += [f"prices:{currency}" for currency in currencies]
        elif field.key != "price":
            keys.append(field.key)
    for code in dict.fromkeys(code for category in used for code in categories()[category].attributes):
        if attributes()[code].kind == AttributeKind.TEXT:
            keys += [f"{code}:{locale}" for locale in text_locales.get(code, ())]
        else:
            keys.append(code)
    return keys


def header(key: str, locale: str) -> str:
    """A column's name in a language with its code in brackets, by which it is found again."""
    unit = _unit_of(key)
    shown = f" ({reference.unit(unit).symbol})" if unit and unit not in ("C62", "DAY") else ""
    return f"{label_of(key, locale)}{shown} [{key}]"


def _unit_of(key: str) -> str | None:
    field = BY_KEY.get(key)
    if field is not None:
        return field.unit
    definition = attributes().get(key.partition(":")[0])
    return definition.unit if definition else None


def rows_of(stored: Stored, keys: Sequence[str], locale: str) -> Iterator[list[str]]:
    """One row a variant; what belongs to the product stands in its first row."""
    product = stored.product
    texts = {f"{text.field}:{text.locale}": text.text for text in stored.texts}
    of_product = {
        "code": product.code,
        "category": _named(
            name_in(categories()[product.category_code].names, locale), product.category_code, _category
        ),
        "source_locale": product.source_locale,
        "state": _named(translate(_state_label(product.state), locale), product.state, values.state_of),
        **texts,
        **attribute_cells(product.attributes, locale),
    }
    first = True
    variants: list[Variant | None] = [*stored.variants]
    for variant in variants or [None]:
        cells = dict(of_product) if first else {"code": product.code}
        if variant is not None:
            cells |= _variant_cells(variant, locale)
            by_currency: dict[str, list[Any]] = {}
            for tier in stored.tiers.get(variant.id, ()):
                by_currency.setdefault(tier.currency, []).append(tier)
            cells |= {f"prices:{currency}": prices.cell_of(tiers) for currency, tiers in by_currency.items()}
        yield [cells.get(key, "") for key in keys]
        first = False


def _state_label(state: str) -> tuple[str, str]:
    return next(label for known, label in PRODUCT_STATE_LABELS.items() if known == state)


def _category(text: str) -> str | None:
    return values.category_names().get(values.folded(text))


def _named(label: str, code: str, back: Callable[[str], Any]) -> str:
    """The label, where it leads back to its code; else the code."""
    try:
        return label if back(label) == code else code
    except CellRefused:
        return code


def attribute_cells(given: Mapping[str, Any], locale: str) -> dict[str, str]:
    """The attributes' cells by column key."""
    cells: dict[str, str] = {}
    for code, value in given.items():
        definition = attributes().get(code)
        if definition is None:
            continue
        match definition.kind:
            case AttributeKind.NUMBER:
                cells[code] = value
            case AttributeKind.RANGE:
                cells[code] = f"{value['minimum']} … {value['maximum']}"
            case AttributeKind.ENUM:
                cells[code] = _choice(definition, value, locale)
            case AttributeKind.BOOLEAN:
                cells[code] = yes_or_no(value, locale)
            case AttributeKind.TEXT:
                cells |= {f"{code}:{tag}": text for tag, text in value.items()}
    return cells


def _choice(definition: Attribute, value: str, locale: str) -> str:
    label = name_in(definition.values[value], locale) if value in definition.values else value
    return _named(label, value, lambda text: values.enum_of(definition, text))


def yes_or_no(value: bool, locale: str) -> str:
    """In the reader's language, where it is understood again."""
    word = translate(YES if value else NO, locale)
    try:
        return word if values.boolean_of(word) == value else str(value).lower()
    except CellRefused:
        return str(value).lower()


def _variant_cells(variant: Any, locale: str) -> dict[str, str]:
    cells: dict[str, str] = {}
    for key in sorted(VARIANT_KEYS):
        value = getattr(variant, key)
        match key:
            case "made_to_order":
                cells[key] = yes_or_no(value, locale)
            case "unit":
                cells[key] = _named(reference.unit(value).symbol, value, values.unit_named)
            case "origin_country":
                cells[key] = _named(reference.country_name(value, locale), value, values.country_of)
            case "mass_kg" | "length_mm" | "width_mm" | "height_mm" | "minimum_order_quantity":
                cells[key] = "" if value is None else format(value.normalize(), "f")
            case _:
                cells[key] = "" if value is None else str(value)
    return cells


def template_keys(category: Category, locale: str) -> list[str]:
    """Every column that a listing of the category may have; the reader's language first."""
    locales = [locale, *(tag for tag in LOCALES if tag != locale)]
    return keys_of([category.code], locales, TEMPLATE_CURRENCIES, {code: [locale] for code in category.attributes})


def explanation(key: str, category: Category, locale: str) -> str:
    """What goes into a column."""
    base = key.partition(":")[0]
    field = BY_KEY.get(base)
    if field is not None:
        return translate(field.explanation, locale)
    definition = attributes()[base]
    symbol = reference.unit(definition.unit).symbol if definition.unit else ""
    bounds = {"minimum": definition.minimum, "maximum": definition.maximum}
    match definition.kind:
        case AttributeKind.NUMBER if symbol and definition.unit != "C62":
            text = translate(NUMBER, locale, unit=symbol, **bounds)
        case AttributeKind.NUMBER:
            text = translate(COUNT, locale, **bounds)
        case AttributeKind.RANGE:
            text = translate(RANGE, locale, unit=symbol)
        case AttributeKind.ENUM:
            text = translate(CHOICE, locale)
        case AttributeKind.BOOLEAN:
            text = translate(YES_OR_NO, locale)
        case AttributeKind.TEXT:
            text = translate(FREE_TEXT, locale)
    return f"{text} {translate(REQUIRED, locale)}" if category.attributes.get(base) else text


def allowed(key: str, locale: str) -> list[tuple[str, str]]:
    """The values that a column takes, as (code, name); none where it is free."""
    if key == "state":
        return [(str(state), translate(label, locale)) for state, label in PRODUCT_STATE_LABELS.items()]
    if key == "source_locale":
        return [(tag, tag) for tag in LOCALES]
    definition = attributes().get(key)
    if definition is None or definition.kind != AttributeKind.ENUM:
        return []
    return [(code, name_in(names, locale)) for code, names in definition.values.items()]
