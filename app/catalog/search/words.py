"""How a text becomes the words it is searched by: the same for listings and for questions, so that both meet. Pure.

Folded first (width, case, accents, ß, tatweel; traditional to simplified characters), then cut: letters into words, letters
with digits into codes (`1.2738`, `P20+Ni`, `M8x30`), Chinese and Japanese into overlapping pairs of characters. Words are
stemmed by Snowball, the algorithms that PostgreSQL carries too. PostgreSQL's own parser is not used: it takes `PC/ABS` for
the name of a file, `718H` apart and a Chinese sentence for one word.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import Stemmer
from opencc import OpenCC

from app.catalog.definitions import data_file

ALGORITHMS = {"en": "english", "de": "german", "es": "spanish", "fr": "french", "pt-BR": "portuguese", "ar": "arabic"}

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々〆"
_KANA = r"\u3041-\u3096\u30a1-\u30fa\u30fc-\u30fe"
_PIECE = re.compile(
    rf"(?P<pairs>[{_HAN}{_KANA}]+)"
    r"|(?P<code>(?=[a-z0-9]*\d|[a-z]+[./+\-]\d)[a-z0-9]+(?:[./+\-][a-z0-9]+|(?<=\d),\d+)*)"
    r"|(?P<word>(?:(?![\u3041-\u30fe\u3400-\u9fff\uf900-\ufaff])[^\W\d_])+)"
)
_SEPARATOR = re.compile(r"[./+\-]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_ARABIC_MARKS = re.compile(r"[\u064b-\u065f\u0670\u0640]")
_ARABIC_LETTERS = str.maketrans("أإآٱىةؤئ", "اااايهوي")
_ARABIC_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩٫", "0123456789.")
_ARTICLE = re.compile(r"^(?:[وفبك]?ال|و?لل)(?=.{3})")
_PORTUGUESE_PLURAL = re.compile(r"(?:oes|aes)$")
_LATIN = re.compile(r"[a-z]")
_LONG_ENDING = re.compile(r"(?<=[\u30a1-\u30fa\u30fc]{2})\u30fc(?![\u30a1-\u30fa\u30fc])")
"""Engineers drop the long vowel at the end of a katakana word (センサ), others write it (センサー)."""
_DIGRAPHS = (("ae", "a"), ("oe", "o"), ("ue", "u"))


class Kind(StrEnum):
    """What a piece of a text is."""

    WORD = "word"
    CODE = "code"
    PAIRS = "pairs"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a folded text."""

    kind: Kind
    text: str


def fold(text: str) -> str:
    """A text as it is compared: narrow, small, without accents and long endings; simplified characters for traditional ones."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_ARABIC_DIGITS)
    plain = _ARABIC_MARKS.sub("", plain).translate(_ARABIC_LETTERS)
    plain = "".join(_bare(character) for character in plain)
    return _simplified(_LONG_ENDING.sub("", plain))


@lru_cache(maxsize=8192)
def _bare(character: str) -> str:
    """A Latin letter without its accent. Kana keep their voicing marks: ハ and バ are two sounds."""
    parts = unicodedata.normalize("NFD", character)
    return parts[0] if len(parts) > 1 and _LATIN.match(parts) else character


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")


def _simplified(text: str) -> str:
    has_han = any("\u3400" <= character <= "\u9fff" for character in text)
    return _converter().convert(text) if has_han else text


def pieces(folded: str) -> Iterator[Piece]:
    """The words, codes and runs of characters of a folded text, in their order."""
    for found in _PIECE.finditer(folded):
        yield Piece(Kind(found.lastgroup or Kind.WORD), found.group())


@lru_cache(maxsize=4096)
def cut(name: str) -> tuple[Piece, ...]:
    """The pieces of a text that was not folded. Names are short, and most languages have those of steels and finishes."""
    return tuple(pieces(fold(name)))


def pairs(run: str) -> tuple[str, ...]:
    """The overlapping pairs of a run of characters; a single character stands for itself."""
    return tuple(run[at : at + 2] for at in range(len(run) - 1)) or (run,)


def code_forms(code: str) -> tuple[str, ...]:
    """A code without its separators, then its parts if it has some: `p20+ni` → `p20ni`, `p20`, `ni`.

    A number keeps its point (`1.2738`); a comma before three digits parts thousands, any other is a point.
    """
    if _NUMBER.fullmatch(code):
        return (_GROUPED.sub("", code).replace(",", "."),)
    parts = [part for part in _SEPARATOR.split(code) if part]
    return tuple(dict.fromkeys(["".join(parts), *(part for part in parts if len(part) > 1)]))


@lru_cache(maxsize=65536)
def stem(word: str, locale: str) -> str:
    """The stem of a folded word in a language; the word itself where the language has no stems."""
    algorithm = ALGORITHMS.get(locale)
    if algorithm is None:
        return word
    if locale == "ar":
        word = _ARTICLE.sub("", word)
    if locale == "pt-BR":
        word = _PORTUGUESE_PLURAL.sub("ao", word)
    return str(_stemmer(algorithm).stemWord(word))


@lru_cache(maxsize=16)
def _stemmer(algorithm: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(algorithm)


@lru_cache(maxsize=1)
def _stop_words() -> dict[str, frozenset[str]]:
    said: dict[str, str] = data_file("stop_words.yaml")
    return {locale: frozenset(words.split()) for locale, words in said.items()}


def is_stop_word(word: str, locale: str) -> bool:
    """Whether a folded word says nothing in a language (`the`, `für`, `de`)."""
    return word in _stop_words().get(locale, frozenset())


def spellings(word: str, locale: str) -> tuple[str, ...]:
    """A folded word and, where a German may have written ä as ae, the word without: `heisskanalduese`."""
    if locale != "de":
        return (word,)
    plain = word
    for digraph, letter in _DIGRAPHS:
        plain = plain.replace(digraph, letter)
    return (word,) if plain == word else (word, plain)
