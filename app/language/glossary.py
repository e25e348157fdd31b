"""The trade glossary of mould making: what a term is called in each of the house's locales, and where it stands in a text.

`data/glossary.csv` holds one row per term with a primary form and variants for each locale. The glossary finds terms in
running text, longest first: by words where a language writes blanks, by characters in Chinese and Japanese.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from app.kit.locales import LOCALES
from app.language.stems import spelled, stem, stems

DATA = Path(__file__).with_name("data") / "glossary.csv"
PARTS = ("noun", "verb", "adjective")
UNSPACED = frozenset({"zh-Hans", "zh-Hant", "ja"})

_WORD = re.compile(r"(?:[^\W_]|[\u064b-\u065f\u0670\u0640])+")
_JOINT = re.compile(r"[\s\-‐‑–'’/]{1,3}")
_ACRONYM = re.compile(r"[A-Z][A-Z/&]{1,4}")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]")
_CJK = re.compile(r"[\u3041-\u30fa\u30fc\u3400-\u9fff]")
_ASCII_WORD = re.compile(r"[A-Za-z0-9]")


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """One notion of the trade. `texts` has every locale; `variants` are other spellings and synonyms, best first."""

    term_id: str
    part: str
    group: str
    texts: Mapping[str, str]
    variants: Mapping[str, tuple[str, ...]]
    source: str
    edition: str
    reviewed: bool

    def forms(self, locale: str) -> tuple[str, ...]:
        """The primary form first, then the variants."""
        return (self.texts[locale], *self.variants[locale])


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a text, `start` to `end` in characters; `term` is None between terms."""

    start: int
    end: int
    text: str
    term: Term | None = None

    def translated(self, locale: str) -> str | None:
        """The term's primary form in a locale, or None when the stretch is no term."""
        return self.term.texts[locale] if self.term else None


class Glossary:
    """All terms, with an index per locale, made when it is first asked. Immutable; one per process by `load_glossary`."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms = tuple(terms)
        self.by_id: Mapping[str, Term] = MappingProxyType({term.term_id: term for term in self.terms})
        self._indexes: dict[str, _WordIndex | _CharacterIndex] = {}

    def _index(self, locale: str) -> "_WordIndex | _CharacterIndex":
        if locale not in self._indexes:
            self._indexes[locale] = (_CharacterIndex if locale in UNSPACED else _WordIndex)(self.terms, locale)
        return self._indexes[locale]

    def find(self, locale: str, text: str) -> tuple[Term, ...]:
        """The terms that a whole text names, by form or inflected form; primary forms come before variants."""
        return self._index(locale).named(text)

    def segments(self, text: str, source_locale: str) -> list[Segment]:
        """The text cut into terms and what stands between them; the pieces join to exactly the text again."""
        index = self._index(source_locale)
        cut: list[Segment] = []
        end = 0
        for found in index.matches(text):
            if found.start > end:
                cut.append(Segment(end, found.start, text[end : found.start]))
            cut.append(found)
            end = found.end
        if end < len(text):
            cut.append(Segment(end, len(text), text[end:]))
        return cut


def _ranked(terms: Iterable[Term], locale: str) -> Iterator[tuple[Term, str]]:
    """Every (term, form), nouns before verbs and primary forms before variants: the first entry of an index wins."""
    entries = [
        (term.part == "verb", rank > 0, number, rank, term, form)
        for number, term in enumerate(terms)
        for rank, form in enumerate(term.forms(locale))
    ]
    for *_, term, form in sorted(entries, key=lambda entry: entry[:4]):
        yield term, form


class _WordIndex:
    """Terms of a language that writes blanks, by their words: as spelled, then by their stems."""

    def __init__(self, terms: Iterable[Term], locale: str) -> None:
        self._locale = locale
        self._spelled: dict[tuple[str, ...], list[tuple[Term, str]]] = {}
        self._stemmed: dict[tuple[str, ...], list[tuple[Term, str]]] = {}
        for term, form in _ranked(terms, locale):
            words = _WORD.findall(form)
            self._spelled.setdefault(tuple(spelled(word, locale) for word in words), []).append((term, form))
            if not _ACRONYM.fullmatch(form):
                self._stemmed.setdefault(tuple(stem(word, locale) for word in words), []).append((term, form))
        self._longest = max((len(key) for key in self._spelled), default=0)

    def named(self, text: str) -> tuple[Term, ...]:
        words = _WORD.findall(text)
        return _distinct(self._lookup(words)) if words else ()

    def matches(self, text: str) -> Iterator[Segment]:
        words = list(_WORD.finditer(text))
        at = 0
        while at < len(words):
            run = self._joined(text, words, at)
            for length in range(run, 0, -1):
                chosen = words[at : at + length]
                found = self._lookup([word.group() for word in chosen])
                if found:
                    start, end = chosen[0].start(), chosen[-1].end()
                    yield Segment(start, end, text[start:end], found[0])
                    at += length
                    break
            else:
                at += 1

    def _joined(self, text: str, words: Sequence[re.Match[str]], at: int) -> int:
        """How many words from `at` on hang together without a comma or full stop between them."""
        length = 1
        while length < self._longest and at + length < len(words):
            between = text[words[at + length - 1].end() : words[at + length].start()]
            if not _JOINT.fullmatch(between):
                break
            length += 1
        return length

    def _lookup(self, words: Sequence[str]) -> list[Term]:
        locale = self._locale
        exact = self._spelled.get(tuple(spelled(word, locale) for word in words), [])
        written = " ".join(words)
        found = [term for term, form in exact if not _ACRONYM.fullmatch(form) or form in (written, "/".join(words))]
        if found:
            return found
        for first in stems(words[0], locale):
            key = (first, *(stem(word, locale) for word in words[1:]))
            found = [term for term, _ in self._stemmed.get(key, []) if self._written_as(term, words[-1])]
            if found:
                return found
        return []

    def _written_as(self, term: Term, last_word: str) -> bool:
        """German writes its nouns with a capital: "schieben" is no slide ("Schieber")."""
        return self._locale != "de" or term.part != "noun" or last_word[:1].isupper()


class _CharacterIndex:
    """Terms of a language without blanks, by their characters."""

    def __init__(self, terms: Iterable[Term], locale: str) -> None:
        self._forms: dict[str, list[Term]] = {}
        for term, form in _ranked(terms, locale):
            self._forms.setdefault(_folded(form), []).append(term)
        self._longest = max(map(len, self._forms), default=0)

    def named(self, text: str) -> tuple[Term, ...]:
        return _distinct(self._forms.get(_folded(text.strip()), []))

    def matches(self, text: str) -> Iterator[Segment]:
        folded = _folded(text)
        at = term_end = 0
        while at < len(folded):
            length = self._length_at(folded, at, after_term=at == term_end)
            if length:
                term = self._forms[folded[at : at + length]][0]
                yield Segment(at, at + length, text[at : at + length], term)
                term_end = at + length
            at += length or 1

    def _length_at(self, text: str, at: int, *, after_term: bool) -> int:
        """The length of the longest term that begins here and does not cut a word in two; 0 for none."""
        for length in range(min(self._longest, len(text) - at), 0, -1):
            if text[at : at + length] in self._forms and self._stands(text, at, at + length, after_term=after_term):
                return length
        return 0

    def _stands(self, text: str, start: int, end: int, *, after_term: bool) -> bool:
        before, after = text[start - 1 : start], text[end : end + 1]
        if end - start == 1 and (_CJK.match(before) or _CJK.match(after)):
            return False  # 高 in 提高, 型 in 大型
        if _ASCII_WORD.match(text[start]) and _ASCII_WORD.match(before):
            return False
        if _ASCII_WORD.match(text[end - 1]) and _ASCII_WORD.match(after):
            return False
        if _KATAKANA.match(text[start]) and _KATAKANA.match(before) and not after_term:
            return False
        # バリ in バリエーション: what follows in the same katakana word must itself be a term.
        cut_behind = _KATAKANA.match(text[end - 1]) and _KATAKANA.match(after)
        return not cut_behind or self._length_at(text, end, after_term=True) > 1


def _folded(text: str) -> str:
    """Full-width letters narrowed and case folded, character by character, so that positions stay true."""
    return "".join(_folded_character(character) for character in text)


@lru_cache(maxsize=4096)
def _folded_character(character: str) -> str:
    narrow = unicodedata.normalize("NFKC", character).casefold()
    return narrow if len(narrow) == 1 else character


def _distinct(terms: Iterable[Term]) -> tuple[Term, ...]:
    return tuple(dict.fromkeys(terms))


def read_glossary(path: Path) -> Glossary:
    """A glossary from its CSV file. Raises ValueError with the row number when a row is incomplete or repeated."""
    terms: dict[str, Term] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, strict=True), start=2):
            term = _term(row, number)
            if term.term_id in terms:
                raise ValueError(f"row {number}: {term.term_id} is there twice")
            terms[term.term_id] = term
    return Glossary(terms.values())


def _term(row: dict[str, str], number: int) -> Term:
    missing = [locale for locale in LOCALES if not (row.get(locale) or "").strip()]
    if missing or row["part"] not in PARTS or not row["term_id"] or not row["source"] or not row["edition"]:
        raise ValueError(f"row {number}: incomplete ({row.get('term_id')}, {', '.join(missing) or row['part']})")
    variants = {locale: tuple(filter(None, (row[f"{locale}_variants"] or "").split("|"))) for locale in LOCALES}
    return Term(
        term_id=row["term_id"],
        part=row["part"],
        group=row["group"],
        texts=MappingProxyType({locale: row[locale] for locale in LOCALES}),
        variants=MappingProxyType(variants),
        source=row["source"],
        edition=row["edition"],
        reviewed=row["reviewed"] == "yes",
    )


@lru_cache(maxsize=1)
def load_glossary() -> Glossary:
    """The glossary that ships with the house, read once."""
    return read_glossary(DATA)
