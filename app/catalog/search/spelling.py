"""What a misspelled word was meant to be: the nearest name of the trade, by edits. Pure.

Compared with the words that names are made of, and with whole names in Chinese and Japanese, where one character is wrong.
"""

from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.catalog.search.names import names
from app.catalog.search.words import Kind, fold, pieces, stem
from app.kit.locales import LOCALES

SHORTEST, LONG = 5, 7
"""A shorter word has too many neighbours; a long one may have two slips."""
SHORTEST_CHARACTERS = 4


@dataclass(frozen=True, slots=True)
class Correction:
    """A word that the trade does not know, and the word it was read as."""

    typed: str
    read_as: str


@lru_cache(maxsize=16)
def _vocabulary(locale: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words that names are made of, and the names that are one run of characters."""
    words: set[str] = set()
    runs: set[str] = set()
    for name, _ in names(locale):
        cut = list(pieces(fold(name)))
        words |= {piece.text for piece in cut if piece.kind == Kind.WORD}
        if len(cut) == 1 and cut[0].kind == Kind.PAIRS:
            runs.add(cut[0].text)
    return frozenset(words), frozenset(runs)


@lru_cache(maxsize=4096)
def corrected(typed: str, locale: str) -> Correction | None:
    """A correction of a folded word or run of characters; None where it needs none or none is near.

    A word of the trade needs none, nor one whose stem is known; a word of another language, only where it is a slip away from one
    of the reader's (`ejecter` to an English reader).
    """
    words, runs = _vocabulary(locale)
    if runs and not typed.isascii():
        return _character(typed, runs)
    if len(typed) < SHORTEST or typed in words or typed in _vocabulary("en")[0]:
        return None
    known = _is_known(typed, locale) or any(typed in _vocabulary(tag)[0] for tag in LOCALES)
    allowed = 1 if len(typed) < LONG or known else 2
    found = process.extract(typed, words, scorer=OSA.distance, score_cutoff=allowed, limit=5)
    near = [str(word) for word, *_ in found if word[0] == typed[0]]
    if not near or any(stem(word, locale) == stem(typed, locale) for word in near):
        return None
    return Correction(typed, near[0])


def _character(typed: str, runs: frozenset[str]) -> Correction | None:
    """A name with one wrong character, where no name stands as typed."""
    if len(typed) < SHORTEST_CHARACTERS or typed in runs:
        return None
    # One character for another: a name with one more or one less is another name (軸加工, 五軸加工).
    alike = [run for run in runs if len(run) == len(typed)]
    found = process.extractOne(typed, alike, scorer=OSA.distance, score_cutoff=1)
    return Correction(typed, str(found[0])) if found else None


def _is_known(typed: str, locale: str) -> bool:
    return stem(typed, locale) in _stems(locale) or stem(typed, "en") in _stems("en")


@lru_cache(maxsize=16)
def _stems(locale: str) -> frozenset[str]:
    return frozenset(stem(word, locale) for word in _vocabulary(locale)[0])
