"""What the listings of a supplier are found by beside what they are: its name and its certificates. Pure."""

import itertools
import re
from collections.abc import Iterable
from functools import lru_cache

from app.catalog.search.lexicon import units_of
from app.catalog.search.names import lexicon
from app.catalog.search.piecewise import piece_words
from app.catalog.search.words import Kind, fold, is_stop_word, pieces
from app.kit.locales import LOCALES

_GENERIC = frozenset({
    "co", "ltd", "inc", "corp", "llc", "gmbh", "ag", "kg", "sl", "slu", "sa", "sas", "sarl", "srl", "spa", "lda", "ltda",
    "bv", "kk", "technology", "company", "industries", "group",
})  # fmt: skip
"""What names of firms have in common."""


@lru_cache(maxsize=4096)
def supplier_words(name: str) -> tuple[str, ...]:
    """The words of a supplier's name; as `o:` those, and those pairs, that are no words of the trade."""
    words: list[str] = []
    cut = [piece for piece in pieces(fold(name)) if not (piece.kind == Kind.WORD and is_stop_word(piece.text, "en"))]
    of_trade = {
        unit.run
        for tag in LOCALES
        for units in [units_of(cut, tag)]
        for found in lexicon(tag).names_among(units)
        for unit in units[found.start : found.end]
    }
    for run, piece in enumerate(cut):
        words += piece_words(piece, "en")[0]
        if piece.kind == Kind.PAIRS:
            words += map(owner, short_names(piece.text))
        elif run not in of_trade and piece.text not in _GENERIC:
            words.append(owner(piece.text))
    for first, second in itertools.pairwise(cut):
        if not is_trade_name(first.text, second.text):
            words.append(owner(first.text, second.text))
    return tuple(words)


def owner(*words: str) -> str:
    """The search word of a supplier's name."""
    return "o:" + " ".join(words)


@lru_cache(maxsize=8192)
def is_trade_word(word: str) -> bool:
    """Whether a folded word is a name of the trade by itself in any language."""
    return any(next(lexicon(locale).names_in(word), None) is not None for locale in LOCALES)


@lru_cache(maxsize=8192)
def is_trade_name(first: str, second: str) -> bool:
    """Whether two folded words together are one name of the trade in any language (`hot runner`)."""
    return any(found.end - found.start > 1 for tag in LOCALES for found in lexicon(tag).names_in(f"{first} {second}"))


_LEGAL_FORM = re.compile(r"(?:股份)?有限(?:公司|会社|责任公司)|株式会社|合同会社|集团|厂$|工厂$")
_PLACE = re.compile(r"^.{2,4}?[市省县区]")


def short_names(run: str) -> set[str]:
    """What a firm is called whose name is one run of characters: without its legal form, and without its town."""
    bare = _LEGAL_FORM.sub("", run)
    return {name for name in (run, bare, _PLACE.sub("", bare)) if len(name) > 1}


def certificate_words(schemes: Iterable[str]) -> Iterable[str]:
    """Certificates as they are typed, apart and in one word: `iatf_16949` gives `iatf`, `16949`, `iatf16949`."""
    for scheme in schemes:
        parts = scheme.split("_")
        yield from (*parts, "".join(parts))
