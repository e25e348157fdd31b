"""Words that a question writes together and the trade apart, and the other way round: `moldbase`, `thermo couple`. Pure.

What the trade writes is known from its names: `mold base` is two words of one, `thermocouple` is one.
"""

import itertools
from collections.abc import Sequence
from functools import lru_cache

from app.catalog.search.names import cut_names
from app.catalog.search.spelling import vocabulary
from app.catalog.search.words import Kind, Piece, code_forms, is_stop_word, stem
from app.kit.locales import LOCALES

SHORTEST_HALF, SHORTEST_WHOLE = 2, 6


@lru_cache(maxsize=16)
def _neighbours(locale: str) -> frozenset[tuple[str, str]]:
    """Words that stand side by side in a name: the first as written, the second's stem."""
    found: set[tuple[str, str]] = set()
    for _, _, name in cut_names(locale):
        for first, second in itertools.pairwise(name):
            if first.kind == second.kind == Kind.WORD:
                found.add((first.text, stem(second.text, locale)))
    return frozenset(found)


@lru_cache(maxsize=4096)
def parted(word: str, locale: str) -> tuple[str, str] | None:
    """The two words that a word is written together from; None where the trade knows it, or none of its halves."""
    if len(word) < SHORTEST_WHOLE or any(word in vocabulary(tag) for tag in LOCALES):
        return None
    for tag in dict.fromkeys((locale, "en")):
        for at in range(SHORTEST_HALF, len(word) - SHORTEST_HALF + 1):
            first, second = word[:at], word[at:]
            says_nothing = is_stop_word(first, tag) or is_stop_word(second, tag)
            if not says_nothing and (first, stem(second, tag)) in _neighbours(tag):
                return first, second
    return None


@lru_cache(maxsize=4096)
def _joined(first: str, second: str, locale: str) -> str | None:
    whole = first + second
    if len(whole) < SHORTEST_WHOLE or min(len(first), len(second)) < SHORTEST_HALF:
        return None
    for tag in dict.fromkeys((locale, "en")):
        if is_stop_word(first, tag) or is_stop_word(second, tag) or (first, stem(second, tag)) in _neighbours(tag):
            return None
    return whole if any(whole in vocabulary(tag) for tag in (locale, "en")) else None


@lru_cache(maxsize=16)
def _codes_of(locale: str) -> frozenset[str]:
    """Names of a language that are one code: steels, threads (`NAK80`, `M16`), without separators."""
    single = (name[0] for _, _, name in cut_names(locale) if len(name) == 1)
    return frozenset(code_forms(piece.text)[0] for piece in single if piece.kind == Kind.CODE)


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset().union(*map(_codes_of, LOCALES))


def read_names(locale: str) -> None:
    """Read out of a language's names what this module asks them."""
    vocabulary(locale)
    _neighbours(locale)
    _codes_of(locale)


def _code(first: Piece, second: Piece) -> str | None:
    """What letters and a number beside them are together: `NAK 80`, `718 H`."""
    if {first.kind, second.kind} != {Kind.WORD, Kind.CODE}:
        return None
    whole = first.text + second.text
    return whole if code_forms(whole)[0] in _codes() else None


def rejoined(cut: Sequence[Piece], locale: str, known: frozenset[str]) -> tuple[Piece, ...]:
    """A question's pieces with the words as the trade writes them; those that are `known` to listings stay."""
    found: list[Piece] = []
    for piece in cut:
        last = found[-1] if found else None
        if last and last.kind == piece.kind == Kind.WORD and (whole := _joined(last.text, piece.text, locale)):
            found[-1] = Piece(Kind.WORD, whole)
        elif last and (code := _code(last, piece)):
            found[-1] = Piece(Kind.CODE, code)
        elif piece.kind == Kind.WORD and piece.text not in known and (halves := parted(piece.text, locale)):
            found += [Piece(Kind.WORD, half) for half in halves]
        else:
            found.append(piece)
    return tuple(found)
