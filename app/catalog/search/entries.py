"""What a public document is found by: its search words with their weights, its facets and the numbers it is sorted by.

Weights: A what the listing is (title, category, supplier, SKU, its steel), B what it has (values, measures,
labels), C what it belongs to (categories above, parts of compounds, notions named in the description), D the other words of the
description. Written by `public_row` in the publishing transaction, so that what is committed is found. Pure.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.catalog.definitions import AttributeKind, attributes, categories
from app.catalog.search.edition import search_edition
from app.catalog.search.lexicon import units_of
from app.catalog.search.measures import COUNTED, STORED, range_words, words_of
from app.catalog.search.names import AGREEING, category_terms, country_code, lexicon, term_categories, value_code
from app.catalog.search.owners import certificate_words, supplier_words
from app.catalog.search.piecewise import piece_words
from app.catalog.search.words import code_forms, fold, pieces

LONGEST_WORD = 60
_TOP_VALUES = frozenset({
    "mould_base_standard", "heat_treatment", "coating_type", "texture_process", "cad_system",
    "simulation_software", "die_type", "casting_process", "blow_process", "copper_grade",
})  # fmt: skip
"""Attributes whose value says what a listing is; that of others says how it is made."""


def literal(word: str) -> str:
    """A word as it stands in the text of a `tsvector` or `tsquery`."""
    return "'" + word[:LONGEST_WORD].replace("\\", "\\\\").replace("'", "''") + "'"


def head(word: str) -> str:
    """A word of weight A. It is another word than the same of less weight, so that an index alone finds it: PostgreSQL's
    does not keep weights."""
    return f"^{word}"


class Weighed:
    """Words, each with the best weight it was given."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    def add(self, words: Iterable[str], weight: str) -> None:
        """Give words a weight; a better one stays."""
        known = self.words
        for word in words:
            if word and known.get(word, "E") > weight:
                known[word] = weight

    def vector(self) -> str:
        """As a literal of PostgreSQL's `tsvector`."""
        return " ".join(
            literal(head(word)) if weight == "A" else f"{literal(word)}:1{weight}"
            for word, weight in self.words.items()
        )


@dataclass(frozen=True, slots=True)
class TextWords:
    """A text as it is searched by: its words, what their parts give, the codes that it names, those of names inside names."""

    words: tuple[str, ...]
    parts: tuple[str, ...]
    named: frozenset[str]
    inside: frozenset[str]


@lru_cache(maxsize=8192)
def text_words(text: str, locale: str) -> TextWords:
    """A text of a language. Ranges of listings repeat their descriptions, so the last few thousand are kept."""
    cut = tuple(pieces(fold(text)))
    words: dict[str, None] = {}
    parts: dict[str, None] = {}
    for piece in cut:
        whole, of_parts = piece_words(piece, locale)
        words |= dict.fromkeys(whole)
        parts |= dict.fromkeys(of_parts)
    units = units_of(cut, locale)
    names = lexicon(locale)
    named: set[str] = set()
    inside: set[str] = set()
    for found in names.names_among(units):
        named |= found.codes
        if found.end - found.start > 1:
            for within in names.names_within(units, found):
                inside |= within.codes
    return TextWords(tuple(words), tuple(parts), frozenset(named), frozenset(inside - named))


def _belongs(code: str, path: Sequence[str]) -> bool:
    """Whether a notion in a title says what the listing is. `for hot-runner nozzles` on a heater does not: nozzles have a
    category of their own."""
    if code.startswith("c:"):
        return code.removeprefix("c:") in path
    homes = term_categories().get(code)
    return homes is None or bool(homes & set(path))


def _titles(weighed: Weighed, titles: Mapping[str, str], modifiers: frozenset[str], path: Sequence[str]) -> None:
    """The titles' words, and the notions that they name: what titles of several languages agree on counts most."""
    outer: Counter[str] = Counter()
    inner: Counter[str] = Counter()
    for locale, title in titles.items():
        found = text_words(title, locale)
        weighed.add(found.words, "A")
        weighed.add(found.parts, "B")
        outer.update(found.named)
        inner.update(found.inside)
    enough = min(AGREEING, len(titles))
    for code, times in outer.items():
        if not _belongs(code, path):
            weighed.add([code], "C")
        else:
            weighed.add([code], "A" if times >= enough and code not in modifiers else "B")
    weighed.add((code for code, times in inner.items() if times >= enough and _belongs(code, path)), "B")
    weighed.add(inner, "C")


def _text(weighed: Weighed, text: str, locale: str) -> None:
    """The words of a description, and the notions that it names."""
    found = text_words(text, locale)
    weighed.add(found.words, "D")
    weighed.add(found.parts, "D")
    weighed.add(found.named, "C")


def _agreed(names: Mapping[str, str]) -> frozenset[str]:
    """The notions that the names of one thing lead to in at least two languages: one alone may be a coincidence."""
    seen: Counter[str] = Counter()
    for locale, name in names.items():
        seen.update({code for found in lexicon(locale).names_in(name) for code in found.codes})
    return frozenset(code for code, times in seen.items() if times > 1)


@lru_cache(maxsize=512)
def category_notions(code: str) -> frozenset[str]:
    """What a category is called, as codes of other things than categories."""
    called = {found for found in _agreed(categories()[code].names) if not found.startswith("c:")}
    return frozenset(called)


@lru_cache(maxsize=2048)
def value_notions(attribute: str, value: str) -> frozenset[str]:
    """What a value is called, as codes: terms of the glossary that say the same."""
    return _agreed(attributes()[attribute].values[value])


def _modifiers(values: Mapping[str, Any], top: frozenset[str]) -> frozenset[str]:
    """The notions that say how a listing is made, not what it is: `nitrided` on an ejector pin."""
    found: set[str] = set()
    for code, value in values.items():
        attribute = attributes().get(code)
        if attribute and attribute.kind == AttributeKind.ENUM and code not in top:
            found |= {value_code(code, value), *value_notions(code, value)}
    return frozenset(found)


def _top_values(category_path: Sequence[str]) -> frozenset[str]:
    """Which attributes say what a listing of a category is. Steel says it of a blank, and of a pin only what it is made of."""
    return _TOP_VALUES | {"steel"} if "blanks" in category_path else _TOP_VALUES


def _attribute(weighed: Weighed, code: str, value: Any, top: frozenset[str]) -> None:
    attribute = attributes().get(code)
    if attribute is None:
        return
    kind, factor = STORED.get(attribute.unit or "", ("", 1.0))
    match attribute.kind:
        case AttributeKind.ENUM:
            weighed.add([value_code(code, value), *value_notions(code, value)], "A" if code in top else "B")
        case AttributeKind.NUMBER:
            weighed.add([_number(value)], "B")
            if code in COUNTED:
                weighed.add(words_of(COUNTED[code], float(value)), "B")
            if kind:
                weighed.add(words_of(kind, float(value) * factor), "B")
        case AttributeKind.RANGE:
            low, high = value["minimum"], value["maximum"]
            weighed.add([_number(low), _number(high)], "B")
            if code == "vdi_grade":
                weighed.add((f"f:VDI {grade}" for grade in range(int(low), int(high) + 1)), "B")
            if kind:
                weighed.add(range_words(kind, float(low) * factor, float(high) * factor), "B")
        case AttributeKind.BOOLEAN:
            if value:
                weighed.add([f"v:{code}:yes"], "B")
        case AttributeKind.TEXT:
            for locale, text in value.items():
                _text(weighed, text, locale)


def _number(value: Any) -> str:
    text = str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _variant(weighed: Weighed, variant: Mapping[str, Any]) -> None:
    for piece in pieces(fold(variant["sku"])):
        whole, parts = piece_words(piece, "en")
        weighed.add(whole, "A")
        weighed.add(parts, "B")
    weighed.add(code_forms(fold(variant["sku"]).replace(" ", ""))[:1], "A")
    for piece in pieces(fold(variant["label"])):
        whole, parts = piece_words(piece, "en")
        weighed.add((*whole, *parts), "B")
    for name in ("length_mm", "width_mm", "height_mm"):
        if variant[name]:
            weighed.add(words_of("mm", float(variant[name])), "B")


def search_words(document: Mapping[str, Any], category_path: Sequence[str]) -> str:
    """The search words of a public document, as a literal of PostgreSQL's `tsvector`."""
    weighed = Weighed()
    titles = {locale: title["text"] for locale, title in document["texts"].get("title", {}).items()}
    top = _top_values(category_path)
    _titles(weighed, titles, _modifiers(document["attributes"], top), category_path)
    weighed.add((f"l:{locale}" for locale in titles), "D")
    for locale, text in document["texts"].get("description", {}).items():
        _text(weighed, text["text"], locale)
    weighed.add([f"c:{document['category']}"], "A")
    weighed.add(category_notions(document["category"]), "A")
    for code in category_path:
        weighed.add([f"c:{code}"], "C")
        if not categories()[code].is_leaf:
            weighed.add(category_terms().get(code, ()), "A")
    for name in {document["supplier"]["name"], document["supplier"]["name_latin"]}:
        weighed.add(supplier_words(name), "A")
    weighed.add([country_code(document["supplier"]["country"])], "B")
    weighed.add(certificate_words(document["supplier"]["certifications"]), "B")
    for code, value in document["attributes"].items():
        _attribute(weighed, code, value, top)
    if "steel" in top and "steel" in document["attributes"]:
        weighed.add(["t:steel"], "A")
    for variant in document["variants"]:
        _variant(weighed, variant)
    for piece in pieces(fold(document["code"])):
        weighed.add(piece_words(piece, "en")[0], "C")
    return weighed.vector()


LEVELS = 12


def sample_words(product_id: UUID, search_rank: int) -> str:
    """`z:1` to `z:n`: half of all listings have the first, a quarter the second, and so on; good ones go one or two further.

    Where very many listings match, the search looks only among those of a high level: the index finds them without touching
    the others.
    """
    chance = int.from_bytes(sha256(product_id.bytes).digest()[:8]) / 2**64
    level = min(LEVELS, int(-math.log2(max(chance, 2**-LEVELS))) + (search_rank >= 60) + (search_rank >= 80))
    return " ".join(literal(f"z:{step}") for step in range(1, level + 1))


FIRST_CURRENCIES = ("EUR", "USD", "CNY", "JPY")
"""The currency that a listing with several is sorted and filtered by, by the reader's rate of exchange."""


def search_columns(
    product_id: UUID, document: Mapping[str, Any], category_path: Sequence[str], supplier_id: UUID, *, quality: int
) -> dict[str, Any]:
    """The columns of `public_products` that the search reads; `quality` is the listing's score of completeness."""
    currency, minor = _lowest_price(document["variants"])
    rank = _rank(document, quality)
    return {
        "search_words": f"{search_words(document, category_path)} {sample_words(product_id, rank)}",
        "facets": _facets(document, category_path, supplier_id),
        "numbers": _numbers(document["attributes"]),
        "search_rank": rank,
        "search_edition": search_edition(),
        "lead_time_days": min((variant["lead_time_days"] for variant in document["variants"]), default=0),
        "price_currency": currency,
        "price_minor": minor,
    }


def _lowest_price(variants: Sequence[Mapping[str, Any]]) -> tuple[str | None, int | None]:
    prices = [(tier["currency"], tier["price_minor"]) for variant in variants for tier in variant["prices"]]
    known = {currency for currency, _ in prices}
    first = next((currency for currency in (*FIRST_CURRENCIES, *sorted(known)) if currency in known), None)
    return first, min((minor for currency, minor in prices if currency == first), default=None)


def _facets(document: Mapping[str, Any], category_path: Sequence[str], supplier_id: UUID) -> list[str]:
    """What a listing can be narrowed down by, as `facet=value`."""
    supplier = document["supplier"]
    found = [f"category={code}" for code in category_path]
    found += [f"supplier={supplier_id}", f"country={supplier['country']}"]
    found += [f"certification={code}" for code in supplier.get("certifications", ())]
    found += ["verified=yes"] if supplier["verified"] else []
    found += ["stocked=yes"] if any(not variant["made_to_order"] for variant in document["variants"]) else []
    found += [f"locale={locale}" for locale in document["texts"].get("title", {})]
    for code, value in document["attributes"].items():
        attribute = attributes().get(code)
        if attribute and attribute.kind == AttributeKind.ENUM:
            found.append(f"{code}={value}")
        elif attribute and attribute.kind == AttributeKind.BOOLEAN:
            found.append(f"{code}={'yes' if value else 'no'}")
    return found


def _numbers(values: Mapping[str, Any]) -> dict[str, list[float]]:
    found = {}
    for code, value in values.items():
        attribute = attributes().get(code)
        if attribute and attribute.kind == AttributeKind.NUMBER:
            found[code] = [float(value), float(value)]
        elif attribute and attribute.kind == AttributeKind.RANGE:
            found[code] = [float(value["minimum"]), float(value["maximum"])]
    return found


def _rank(document: Mapping[str, Any], quality: int) -> int:
    """How good a listing is before anybody asked, 0 to 100: how complete it is, and a verified supplier."""
    return quality * 85 // 100 + (15 if document["supplier"]["verified"] else 0)
