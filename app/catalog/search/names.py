"""Where the names of the lexicons come from: the trade glossary, the category tree, the values of attributes, steels,
plastics, finishes, and the shop words of `data/shop_words.yaml`. Pure after the first call.

A *code* says what a name stands for, whatever the language: `t:ejector-pin` a term of the glossary, `c:ejector-pins` a
category, `v:runner:hot-valve` a value of an attribute, `s:1.2738` a steel, `f:SPI A-2` a finish, `w:…` a shop word's own
notion, `q:price` a word of the trade that no listing is looked for by.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

from app.catalog.definitions import AttributeKind, attributes, categories, data_file
from app.catalog.search.lexicon import Lexicon
from app.catalog.search.words import Piece, cut
from app.kit.locales import LOCALES
from app.language import facade as language
from app.reference import facade as reference

QUIET = {"commercial", "commercial two", "logistics", "organization", "trial words"}
"""Groups of the glossary whose words say nothing of what is looked for: `price`, `supplier`, `factory`."""
STEEL_ATTRIBUTES = ("steel", "cavity_steel", "plate_steel")
_BRACKETED = re.compile(r"[(（]([^)）]*)[)）]")
_LIST = re.compile(r"\s*[,，、;]\s*")
_AND = {
    "en": r" and | or ", "de": r" und | oder ", "es": r" y | e | o ", "fr": r" et | ou ", "pt-BR": r" e | ou ",
    "ja": r"と|・", "zh-Hans": r"和|及|与|或", "zh-Hant": r"和|及|與|或", "ar": r" و| أو ",
}  # fmt: skip


@lru_cache(maxsize=1024)
def steel_code(value: str) -> str:
    """The code of a steel by its value in a listing: that of the reference room where it knows the steel."""
    found = reference.find_steel(value)
    return f"s:{found.code if found else value.upper()}"


def finish_code(value: str) -> str:
    """The reference room's name of a finish in a listing: `spi-a2` → `SPI A-2`, `vdi-27` → `VDI 27`."""
    scale, _, grade = value.upper().partition("-")
    return f"VDI {grade}" if scale == "VDI" else f"SPI {grade[:1]}-{grade[1:]}"


def value_code(attribute: str, value: str) -> str:
    """The code of an attribute's value; steels share theirs, whatever they are the steel of."""
    if attribute in STEEL_ATTRIBUTES:
        return steel_code(value)
    return f"f:{finish_code(value)}" if attribute == "surface_finish" else f"v:{attribute}:{value}"


COUNTRY = "v:country:"


def country_code(country: str) -> str:
    """The code of the country that a supplier sits in. Named are those of `shop_words.yaml`: where moulds are made."""
    return COUNTRY + country


def _parts(name: str, locale: str) -> Iterator[str]:
    """A label and the names inside it: `1.2311 (P20, 40CrMnMo7)`, `Cold-runner moulds, two- and three-plate`."""
    yield name
    inside = _BRACKETED.findall(name)
    bare = _BRACKETED.sub(" ", name).strip()
    for text in (bare, *inside):
        yield text
        for part in _LIST.split(text):
            yield part
            joined = re.split(_AND[locale], part)
            if len(joined) > 1 and not any(piece.rstrip().endswith(("-", "‑")) for piece in joined):
                yield from joined


@lru_cache(maxsize=1)
def _shop_words() -> dict[str, dict[str, list[str]]]:
    return data_file("shop_words.yaml")


def names(locale: str) -> Iterator[tuple[str, str]]:
    """Every (name, code) of a language."""
    for term in language.trade_glossary().terms:
        kind = "q" if term.group in QUIET or term.part == "verb" else "t"
        for form in term.forms(locale):
            yield form, f"{kind}:{term.term_id}"
    for category in categories().values():
        # "Slides, lifters and wear parts" is a heading; neither of the three is a name of the whole.
        parts = _parts(category.names[locale], locale) if category.is_leaf else [category.names[locale]]
        for part in parts:
            yield part, f"c:{category.code}"
    for code, attribute in attributes().items():
        if attribute.kind != AttributeKind.ENUM:
            continue
        for value, labels in attribute.values.items():
            for part in _parts(labels[locale], locale):
                yield part, value_code(code, value)
            if any(character.isalpha() for character in value):
                yield value, value_code(code, value)
    for steel in reference.steels().values():
        for name in (steel.code, *steel.aliases):
            yield name, f"s:{steel.code}"
    for finish in reference.finishes().values():
        yield finish.code, f"f:{finish.code}"
        yield finish.code.replace("-", ""), f"f:{finish.code}"
    for plastic in reference.plastics().values():
        yield plastic.names[locale], f"v:moulding_material:{plastic.code.lower()}"
    for code, words in _shop_words().items():
        for word in words.get(locale, []):
            yield word, code
        if code.startswith(COUNTRY):
            yield reference.country_name(code.removeprefix(COUNTRY), locale), code


@lru_cache(maxsize=1)
def cut_names(locale: str) -> tuple[tuple[str, str, tuple[Piece, ...]], ...]:
    """Every (name, code, pieces of the name) of a language. Only those of the last language are kept: whoever makes several
    things of them makes all of one language before those of the next."""
    return tuple((name, code, cut(name)) for name, code in names(locale))


def _says_something(name: str) -> bool:
    """A single letter (the manifold's layout X) is no name to look for."""
    return len(name.strip()) > 1 or not name.strip().isascii()


@lru_cache(maxsize=len(LOCALES))
def lexicon(locale: str) -> Lexicon:
    """The names of a language, read once."""
    return Lexicon(locale, ((pieces, code) for name, code, pieces in cut_names(locale) if _says_something(name)))


AGREEING = 2
"""Names in one language may have two meanings; what names in this many languages agree on has one."""


@lru_cache(maxsize=1)
def category_terms() -> Mapping[str, frozenset[str]]:
    """The terms of the glossary that are called like a category, by the category's code."""
    seen: Counter[tuple[str, str]] = Counter()
    for locale in LOCALES:
        pairs = {
            (code, other)
            for codes in lexicon(locale).synonyms()
            for code in codes
            if code.startswith("c:")
            for other in codes
            if other.startswith("t:")
        }
        seen.update(pairs)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for (code, term), times in seen.items():
        if times >= AGREEING:
            found[code.removeprefix("c:")].add(term)
    return {code: frozenset(terms) for code, terms in found.items()}


@lru_cache(maxsize=1)
def term_categories() -> Mapping[str, frozenset[str]]:
    """The categories that are called like a term, by the term's code."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for category, terms in category_terms().items():
        for term in terms:
            found[term].add(category)
    return {term: frozenset(codes) for term, codes in found.items()}
