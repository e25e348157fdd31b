"""What a misspelled word was meant to be: the nearest name of the trade, by edits. Pure.

Compared with the words that names are made of, and with whole names in Chinese and Japanese, where one character is wrong.
"""

from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.catalog.search.names import COUNTRY, cut_names
from app.catalog.search.words import Kind, stem
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
def _vocabulary(locale: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The words that names are made of, the names that are one run of characters, and runs that are but part of a name (2色成形).

    Without countries: `medical` is no slip for `Mexican`.
    """
    words: set[str] = set()
    runs: set[str] = set()
    parts: set[str] = set()
    for _, code, cut in cut_names(locale):
        if code.startswith(COUNTRY):
            continue
        words |= {piece.text for piece in cut if piece.kind == Kind.WORD}
        if len(cut) == 1 and cut[0].kind == Kind.PAIRS:
            runs.add(cut[0].text)
        else:
            parts |= {piece.text for piece in cut if piece.kind == Kind.PAIRS}
    return frozenset(words), frozenset(runs), frozenset(parts)


def vocabulary(locale: str) -> frozenset[str]:
    """The folded words that names of a language are made of."""
    return _vocabulary(locale)[0]


@lru_cache(maxsize=4096)
def corrected(typed: str, locale: str) -> Correction | None:
    """A correction of a folded word or run of characters; None where it needs none or none is near.

    A word of the trade needs none, nor one whose stem is known; a word of another language, only where it is a slip away from one
    of the reader's (`ejecter` to an English reader).
    """
    words, runs, parts = _vocabulary(locale)
    if runs and not typed.isascii():
        return None if typed in parts else _character(typed, runs)
    if len(typed) < SHORTEST or typed in words or typed in _vocabulary("en")[0]:
        return None
    known = _is_known(typed, locale) or any(typed in _vocabulary(tag)[0] for tag in LOCALES)
    allowed = 1 if len(typed) < LONG or known else 2
    found = process.extract(typed, words, scorer=OSA.distance, score_cutoff=allowed, limit=5)
    near = [str(word) for word, *_ in found if word[0] == typed[0]]
    if not near or any(stem(word, locale) == stem(typed, locale) for word in near):
        return None
    return Correction(typed, near[0])


NUMERALS = frozenset("一二两三四五六七八九十单双")


def _character(typed: str, runs: frozenset[str]) -> Correction | None:
    """A name with one wrong character, where no name stands as typed, nor names side by side (外壳, 模具)."""
    if len(typed) < SHORTEST_CHARACTERS or _is_made_of(typed, runs):
        return None
    # One character for another: a name with one more or one less is another name (軸加工, 五軸加工).
    alike = [run for run in runs if len(run) == len(typed) and not _differs_by_number(typed, run)]
    found = process.extractOne(typed, alike, scorer=OSA.distance, score_cutoff=1)
    return Correction(typed, str(found[0])) if found else None


def _is_made_of(typed: str, runs: frozenset[str]) -> bool:
    reached = {0}
    for end in range(2, len(typed) + 1):
        if any(typed[start:end] in runs for start in reached if end - start > 1):
            reached.add(end)
    return len(typed) in reached


def _differs_by_number(typed: str, name: str) -> bool:
    """A number is never a slip: a mould with four cavities is none with two."""
    return any({one, other} & NUMERALS for one, other in zip(typed, name, strict=True) if one != other)


def _is_known(typed: str, locale: str) -> bool:
    return stem(typed, locale) in _stems(locale) or stem(typed, "en") in _stems("en")


@lru_cache(maxsize=16)
def _stems(locale: str) -> frozenset[str]:
    return frozenset(stem(word, locale) for word in _vocabulary(locale)[0])
