"""What people write into cells: numbers with either decimal sign, units behind them, yes and no, names for codes. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache

from app.catalog.definitions import Attribute, attributes, categories
from app.catalog.exchange.errors import CellRefused
from app.catalog.states import PRODUCT_STATE_LABELS
from app.kit.locales import LOCALES, N_, cldr, match, translate
from app.reference import facade as reference

_QUANTITY = re.compile(r"[Ø⌀]?\s*([+-]?[\d.,٫٬'’\s]*\d)\s*(.*)", re.DOTALL)
_RANGE = re.compile(
    r"(.*?\d[^\d–—~…]*?)\s*(?:–|—|~|…|\.\.\.?|(?<=[\d\w\s\"″])-(?=\s*[\d+.-])|\bto\b|\bbis\b|至)\s*(.+)", re.DOTALL
)
_GROUPS = re.compile(r"[+-]?\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d+)?")

_YES = frozenset((
    "yes", "true", "y", "t", "1", "x", "ja", "wahr", "j", "oui", "vrai", "o", "sí", "si", "verdadero", "sim", "verdadeiro", "v",
    "是", "有", "对", "對", "真", "はい", "有り", "あり", "نعم", "صحيح", "صح",
))  # fmt: skip
_NO = frozenset((
    "no", "false", "n", "f", "0", "nein", "falsch", "non", "faux", "falso", "não", "nao", "否", "无", "無", "没有", "沒有", "假",
    "いいえ", "無し", "なし", "لا", "خطأ",
))  # fmt: skip

_UNIT_ALIASES = {
    '"': "INH", "″": "INH", "''": "INH", "inch": "INH", "inches": "INH", "zoll": "INH", "pulgada": "INH", "pulgadas": "INH",
    "pouce": "INH", "pouces": "INH", "polegada": "INH", "polegadas": "INH", "インチ": "INH", "英寸": "INH", "吋": "INH",
    "'": "FOT", "feet": "FOT", "kgs": "KGM", "lbs": "LBR", "pcs": "H87", "pc": "H87", "pce": "H87", "ea": "H87", "each": "H87",
    "stk": "H87", "stück": "H87", "st": "H87", "pieza": "H87", "pièce": "H87", "peça": "H87", "件": "H87", "个": "H87",
    "個": "H87", "قطعة": "H87", "sets": "SET", "satz": "SET", "套": "SET", "days": "DAY", "tage": "DAY", "jours": "DAY",
    "días": "DAY", "dias": "DAY", "天": "DAY", "日": "DAY", "weeks": "WEE", "wochen": "WEE", "semaines": "WEE", "semanas": "WEE",
    "周": "WEE", "週": "WEE", "週間": "WEE", "tons": "TNE", "µm": "4H", "um": "4H",
}  # fmt: skip


def folded(text: str) -> str:
    """For comparing what people write with names: width, case, spaces and trailing dots do not matter."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip(".:")


def decimal_of(text: str) -> Decimal:
    """`8`, `203.2`, `203,2`, `1.234,5`, `1,234.5`, `1 234,5`. A single comma before three digits could mean two things.

    Raises `CellRefused`.
    """
    plain = text.strip().replace("٫", ".").replace("٬", "").replace("\xa0", " ").replace("\u202f", " ")
    if _GROUPS.fullmatch(plain):
        plain = re.sub(r"[ '’]", "", plain)
    last = max(plain.rfind("."), plain.rfind(","))
    if "." in plain and "," in plain:
        plain = plain[:last].replace(".", "").replace(",", "") + "." + plain[last + 1 :]
    elif plain.count(",") > 1 or plain.count(".") > 1:
        plain = plain.replace(",", "").replace(".", "")
    elif "," in plain:
        if re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", plain):
            message = N_("“{value}” can be read in two ways. Write it without a separator of thousands.")
            raise CellRefused("ambiguous-number", message, value=text.strip()[:80])
        plain = plain.replace(",", ".")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise CellRefused("not-a-number", N_("Give a number.")) from None
    if not number.is_finite() or len(number.as_tuple().digits) > 30 or abs(number.adjusted()) > 20:
        raise CellRefused("not-a-number", N_("Give a number."))
    return number


def quantity_of(text: str) -> tuple[Decimal, str | None]:
    """A number and the unit written behind it, if any. Raises `CellRefused`."""
    # Full-width digits and signs are the same digits; superscripts of units stay for the lookup to fold.
    plain = text.strip()
    plain = "".join(unicodedata.normalize("NFKC", c) if "！" <= c <= "～" or c == "　" else c for c in plain)
    found = _QUANTITY.fullmatch(plain)
    if found is None:
        try:
            return Decimal(plain), None
        except InvalidOperation:
            raise CellRefused("not-a-number", N_("Give a number.")) from None
    rest = found[2].strip()
    exponent = re.fullmatch(r"[eE]([+-]?\d{1,2})(?:\s+(.*))?", rest)
    if exponent:
        rest = (exponent[2] or "").strip()
    number = decimal_of(found[1])
    if exponent:
        number = number.scaleb(int(exponent[1]))
    if not rest:
        return number, None
    unit = unit_named(rest)
    if unit is None:
        raise CellRefused("unknown-unit", N_("“{unit}” is no unit that is known here."), unit=rest[:40])
    return number, unit


def number_in(text: str, target: str | None, default: str | None = None) -> dict[str, str] | str:
    """A number as attributes take it: with its unit when one was written, or when the column has one of its own."""
    number, unit = quantity_of(text)
    unit = unit or default
    plain = format(number, "f")
    return {"value": plain, "unit": unit} if unit and target else plain


def range_in(text: str, target: str | None, default: str | None = None) -> dict[str, dict[str, str] | str]:
    """`10–20 mm`, `10 - 20`, `10 mm … 20 mm`; a single number is a range of one. A unit at the end is that of both."""
    found = _RANGE.fullmatch(text.strip())
    low, high = (found[1], found[2]) if found else (text, text)
    (least, low_unit), (most, high_unit) = quantity_of(low), quantity_of(high)
    of_both = high_unit or default

    def bound(number: Decimal, unit: str | None) -> dict[str, str] | str:
        plain = format(number, "f")
        return {"value": plain, "unit": unit} if unit and target else plain

    return {"minimum": bound(least, low_unit or of_both), "maximum": bound(most, of_both or low_unit)}


def converted(text: str, target: str, places: int, default: str | None = None) -> str:
    """A measure of a variant in the unit that it is stored in; rounded only when it was converted. Raises `CellRefused`."""
    number, unit = quantity_of(text)
    unit = unit or default or target
    if unit != target:
        try:
            number = round(reference.convert_quantity(number, unit, target), places)
        except (reference.UnknownCode, reference.NotConvertible):
            message = N_("This unit does not fit here. Use {unit}.")
            raise CellRefused("wrong-unit", message, unit=reference.unit(target).symbol) from None
    return format(number, "f")


@cache
def _units() -> tuple[dict[str, str], dict[str, str]]:
    """Units by exactly written symbol or code, and by folded name."""
    exact: dict[str, str] = {}
    by_name: dict[str, str] = {}
    ambiguous: set[str] = set()
    for code, unit in reference.units().items():
        exact.setdefault(unicodedata.normalize("NFKC", unit.symbol), code)
        for name in {unit.symbol, unit.name, *(reference.unit_name(code, locale) for locale in LOCALES)}:
            key = folded(name)
            if by_name.setdefault(key, code) != code:
                ambiguous.add(key)
    for code in reference.units():
        exact.setdefault(code, code)
    for key in ambiguous:
        by_name.pop(key, None)
    by_name.update({folded(alias): code for alias, code in _UNIT_ALIASES.items()})
    return exact, by_name


@cache
def unit_named(text: str) -> str | None:
    """The code of a unit by code, symbol or name in any language."""
    exact, by_name = _units()
    plain = unicodedata.normalize("NFKC", text.strip())
    return exact.get(plain) or by_name.get(folded(text))


def boolean_of(text: str) -> bool:
    """Yes or no in nine languages. Raises `CellRefused`."""
    plain = folded(text)
    if plain in _YES:
        return True
    if plain in _NO:
        return False
    raise CellRefused("not-a-boolean", N_("Write yes or no."))


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    twice: set[str] = set()
    for name, code in pairs:
        key = folded(name)
        if found.setdefault(key, code) != code:
            twice.add(key)
    return {key: code for key, code in found.items() if key not in twice}


def _by_names(names: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    labels = _unambiguous((label, code) for code, by_locale in names.items() for label in by_locale.values())
    return {**labels, **{folded(code): code for code in names}}


@cache
def _values(attribute: str) -> dict[str, str]:
    return _by_names(attributes()[attribute].values)


def enum_of(attribute: Attribute, text: str) -> str:
    """The code of a choice by code or label in any language; what is unknown stays, for the rules to refuse."""
    return _values(attribute.code).get(folded(text), text)


@cache
def category_names() -> dict[str, str]:
    """Categories by folded code or name in any language."""
    return _by_names({code: category.names for code, category in categories().items()})


@cache
def _countries() -> dict[str, str]:
    codes = reference.country_codes()
    return _by_names({code: {locale: reference.country_name(code, locale) for locale in LOCALES} for code in codes})


def country_of(text: str) -> str:
    """A country by ISO 3166 code or name in any language; what is unknown stays."""
    return _countries().get(folded(text), text.strip())


@cache
def _states() -> dict[str, str]:
    return _by_names(
        {
            str(state): {locale: translate(label, locale) for locale in LOCALES}
            for state, label in PRODUCT_STATE_LABELS.items()
        }
    )


def state_of(text: str) -> str:
    """A state of a listing by code or label in any language. Raises `CellRefused`."""
    found = _states().get(folded(text))
    if found is None:
        expected = ", ".join(PRODUCT_STATE_LABELS)
        raise CellRefused("unknown-state", N_("Choose one of: {expected}."), expected=expected)
    return found


@cache
def _languages() -> dict[str, str]:
    names = {tag: {locale: cldr(tag).get_display_name(cldr(locale)) or tag for locale in LOCALES} for tag in LOCALES}
    bare = {
        tag: {f"bare {locale}": cldr(tag).get_language_name(cldr(locale)) or tag for locale in LOCALES}
        for tag in LOCALES
        if tag != "zh-Hant"
    }
    return _by_names({tag: {**names[tag], **bare.get(tag, {})} for tag in LOCALES})


@cache
def language_of(text: str) -> str | None:
    """A language of the house by tag or name in any language."""
    found = _languages().get(folded(text))
    if found is None and re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z]{2,8})*", text.strip()):
        return match(text)
    return found
