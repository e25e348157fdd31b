"""What a buyer typed, understood: groups of words that mean one thing each, with what would answer it, best first. Pure.

A group has *levels*, from what answers it in the very words typed down to a mention in passing; each is a `tsquery` over the
words of `entries.py`. Names of the trade are looked for in the reader's language first, then in the others: people type what
stands on the drawing.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from app.catalog.search.equivalents import equivalents
from app.catalog.search.groups import (
    WEIGHTS,
    Group,
    Sense,
    any_of,
    characters_group,
    code_group,
    forms_of,
    levels_of,
    measure_group,
    quoted,
    word_group,
)
from app.catalog.search.joining import parted, read_names, rejoined
from app.catalog.search.kindred import kindred
from app.catalog.search.lexicon import Found, Lexicon, Unit, units_of
from app.catalog.search.measures import measures_in
from app.catalog.search.names import lexicon, term_categories
from app.catalog.search.owners import is_trade_word, owner
from app.catalog.search.spelling import Correction, corrected
from app.catalog.search.words import Kind, Piece, fold, is_stop_word, pairs, pieces
from app.kit.locales import LOCALES

MOST_GROUPS = 8
SHORTEST_FOREIGN = 5
"""A shorter word is no name in a language that is neither the reader's nor English: `deba`, `for`."""
LONGEST_QUESTION = 200

_TIMES = re.compile(r"(?<![\w.,/+\-])(\d+(?:[.,]\d+)?)\s*[x×*]\s*(?=\d)")
"""Between two sizes (`6x200`), but not within a part number (`ep-6x100`, `m8x30`)."""
_SIGNS = re.compile(r"[øφ⌀∅ϕ]")
_HAN = {"zh-Hans", "zh-Hant", "ja"}


@dataclass(frozen=True, slots=True)
class Question:
    """A question understood. `corrections` say which words were read as which others."""

    text: str
    locale: str
    groups: tuple[Group, ...]
    corrections: tuple[Correction, ...] = ()

    @property
    def heads(self) -> tuple[str, ...]:
        """For each group a `tsquery` for listings that are what it names."""
        return _shortest_first(group.head for group in self.groups)

    @property
    def parts(self) -> tuple[str, ...]:
        """For each group a `tsquery` for listings that have something of it."""
        return _shortest_first(group.any for group in self.groups)

    @property
    def strict(self) -> str:
        """A `tsquery` for listings that have something of every group."""
        return " & ".join(f"({part})" for part in self.parts)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Of each group that the question is about a `tsquery` for listings that are that, whatever else it says; none where
        `heads` says the same."""
        kinds = [group for group in self.groups if group.sense == Sense.KIND]
        heaviest = max((group.weight for group in kinds), default=0.0)
        return (
            _shortest_first(group.head for group in kinds if group.weight == heaviest) if len(self.groups) > 1 else ()
        )

    @property
    def anchored(self) -> str:
        """A `tsquery` for listings that answer what matters most in the question."""
        heaviest = max(group.weight for group in self.groups)
        return " | ".join(f"({group.any})" for group in self.groups if group.weight >= heaviest * ANCHOR_SHARE)


ANCHOR_SHARE = 0.6


def _shortest_first(queries: Iterable[str]) -> tuple[str, ...]:
    """What an index goes through in this order: one kind of thing narrows down more cheaply than twenty sizes."""
    return tuple(sorted(queries, key=len))


@dataclass(slots=True)
class _Reading:
    """A question while it is read: its pieces, and which of them are spoken for."""

    locale: str
    cut: tuple[Piece, ...]
    taken: list[bool] = field(default_factory=list)
    owners: list[list[str]] = field(default_factory=list)
    groups: list[tuple[int, Group]] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)


def prepare_search() -> None:
    """Read the names of all languages: the better part of a second."""
    for locale in LOCALES:
        lexicon(locale)
        read_names(locale)
    for locale in LOCALES:
        corrected("mould", locale)
        parted("hotrunner", locale)
    understood("NAK 80", "en")


@lru_cache(maxsize=4096)
def suspects(text: str, locale: str) -> tuple[str, ...]:
    """The words that would be corrected or parted: ask whether listings have them before `understood` does it."""
    cut = pieces(_SIGNS.sub(" ", fold(text[:LONGEST_QUESTION])))
    words = (piece.text for piece in cut if piece.kind == Kind.WORD)
    return tuple(word for word in words if corrected(word, locale) or parted(word, locale))


@lru_cache(maxsize=4096)
def understood(text: str, locale: str, *, correct: bool = True, known: frozenset[str] = frozenset()) -> Question:
    """A question as groups. Misspelled words are read as the nearest of the trade's when `correct`, but not those that are
    `known` to listings (a supplier's name)."""
    folded = _SIGNS.sub(" ", fold(text[:LONGEST_QUESTION]))
    folded = _TIMES.sub(r"\1 × ", folded)
    reading = _Reading(locale, ())
    rest = _take_measures(reading, folded)
    reading.cut = tuple(pieces(rest))
    if correct:
        reading.cut = rejoined(reading.cut, locale, known)
    reading.owners = _owners(reading.cut)
    if correct:
        _correct(reading, known)
    # Words that say nothing in the reader's language or in English are no names in another.
    reading.taken = [piece.kind == Kind.WORD and _says_nothing(piece.text, locale) for piece in reading.cut]
    _take_names(reading)
    _take_rest(reading)
    placed = sorted(reading.groups, key=lambda item: item[0])
    purpose = min((1000 + run * 100 for run, piece in enumerate(reading.cut) if piece.text in FOR), default=None)
    ordered = _less_its_purpose(placed, purpose)
    ordered = tuple(group for group in ordered if group.sense != Sense.QUIET) or ordered
    ordered = _narrowed(ordered)
    return Question(text, locale, _without_doubles(ordered)[:MOST_GROUPS], tuple(reading.corrections))


def _owners(cut: Sequence[Piece]) -> list[list[str]]:
    """For each piece the words under which listings would have it if it were a supplier's name."""
    found: list[list[str]] = [[] for _ in cut]
    for run, piece in enumerate(cut):
        if piece.kind == Kind.PAIRS or (piece.kind == Kind.WORD and not is_trade_word(piece.text)):
            found[run].append(owner(piece.text))
    said = [run for run, piece in enumerate(cut) if not (piece.kind == Kind.WORD and is_stop_word(piece.text, "en"))]
    for first, second in itertools.pairwise(said):
        pair = owner(cut[first].text, cut[second].text)
        found[first].append(pair)
        found[second].append(pair)
    return found


def _correct(reading: _Reading, known: frozenset[str]) -> None:
    """Read misspelled words as the nearest of the trade's, unless they are a name in another language."""
    corrected_cut = list(reading.cut)
    for run, piece in enumerate(reading.cut):
        if piece.kind != Kind.CODE and piece.text not in known and (found := corrected(piece.text, reading.locale)):
            reading.corrections.append(found)
            corrected_cut[run] = Piece(piece.kind, found.read_as)
    reading.cut = tuple(corrected_cut)


GENERIC = "c:complete-moulds"
FOR = {"for", "fur", "pour", "para"}
"""Behind these stands what a thing is for: `coating for ejector pins`."""


def _less_its_purpose(placed: Sequence[tuple[int, Group]], purpose: int | None) -> tuple[Group, ...]:
    """The groups in their order; what a kind of thing is for weighs less than the thing, unless that is just a mould."""
    groups = tuple(group for _, group in placed)
    before = [group for place, group in placed if purpose and 1000 <= place < purpose and group.sense == Sense.KIND]
    if not before or any(GENERIC in group.codes for group in before):
        return groups
    return tuple(
        replace(group, weight=WEIGHTS[Sense.VALUE]) if place > (purpose or 0) and group.sense == Sense.KIND else group
        for place, group in placed
    )


def _narrowed(groups: Sequence[Group]) -> tuple[Group, ...]:
    """Beside another kind, "mould" says what that is for (`chrome plating mould`) or what is made of it: it weighs less."""
    kinds = [group for group in groups if group.sense == Sense.KIND]
    if len(kinds) < 2 or all(GENERIC in group.codes for group in kinds):
        return tuple(groups)
    return tuple(
        replace(group, weight=WEIGHTS[Sense.VALUE]) if group.sense == Sense.KIND and GENERIC in group.codes else group
        for group in groups
    )


def _without_doubles(groups: Sequence[Group]) -> tuple[Group, ...]:
    seen: dict[tuple[str, ...], Group] = {}
    for group in groups:
        seen.setdefault(group.levels, group)
    return tuple(seen.values())


def _take_measures(reading: _Reading, folded: str) -> str:
    """Numbers with units become groups of their own; what they covered is blanked out."""
    rest = folded
    for measure in measures_in(folded):
        reading.groups.append((measure.start, measure_group(folded, measure)))
        rest = rest[: measure.start] + "\x01" * (measure.end - measure.start) + rest[measure.end :]
    return rest.replace("\x01", " ")


def _locales_of(cut: Sequence[Piece], locale: str) -> list[str]:
    """In which languages to look for names, the reader's first, then English."""
    has_pairs = any(piece.kind == Kind.PAIRS for piece in cut)
    order = [locale, "en", *LOCALES]
    return [tag for tag in dict.fromkeys(order) if tag == locale or ((tag in _HAN) <= has_pairs)]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A name that may be meant: the places it covers, and how it reads."""

    length: int
    order: int
    places: tuple[tuple[int, int], ...]
    codes: frozenset[str]
    parts: tuple[frozenset[str], ...]


def _candidates(reading: _Reading) -> Iterator[_Candidate]:
    for order, tag in enumerate(_locales_of(reading.cut, reading.locale)):
        cut = units_of(reading.cut, tag)
        names = lexicon(tag)
        for at in range(len(cut)):
            found = names.longest(cut, at)
            if found is None:
                continue
            chosen = cut[found.start : found.end]
            length = sum(len(unit.text) for unit in chosen)
            if order > 1 and not chosen[0].character and len(chosen) == 1 and length < SHORTEST_FOREIGN:
                continue
            places = tuple((unit.run, unit.place) for unit in chosen)
            yield _Candidate(length, order, places, found.codes, _parts(names, cut, found))


def _parts(names: Lexicon, cut: Sequence[Unit], whole: Found) -> tuple[frozenset[str], ...]:
    """What a name is made of: for each name inside it the codes, for what is left its words; () for a simple one."""
    if whole.end - whole.start < 2:
        return ()
    parts: list[frozenset[str]] = []
    at = whole.start
    for inside in names.names_within(cut, whole):
        parts += _left(cut[at : inside.start])
        parts.append(inside.codes)
        at = inside.end
    parts += _left(cut[at : whole.end])
    return tuple(parts) if len(parts) > 1 else ()


def _left(cut: Sequence[Unit]) -> list[frozenset[str]]:
    """The words between names; of characters, which have no words, the pairs. A single one joins names (の, 用)."""
    if cut and cut[0].character:
        text = "".join(unit.text for unit in cut)
        return [frozenset([pair]) for pair in pairs(text)] if len(text) > 1 else []
    return [frozenset([unit.text]) for unit in cut]


def _take_names(reading: _Reading) -> None:
    """The names of the trade, longest first; of equally long ones that of the reader's own language."""
    covered: set[tuple[int, int]] = set()
    for found in sorted(_candidates(reading), key=lambda item: (-item.length, item.order)):
        if covered & set(found.places) or all(reading.taken[run] for run, _ in found.places):
            continue
        covered |= set(found.places)
        first = found.places[0]
        reading.groups.append((1000 + first[0] * 100 + first[1], _name(reading, found)))
    for run in dict.fromkeys(run for run, _ in covered):
        reading.taken[run] = True
        if reading.cut[run].kind == Kind.PAIRS:
            _leftover_characters(reading, run, {place for number, place in covered if number == run})


def _leftover_characters(reading: _Reading, run: int, covered: set[int]) -> None:
    """What names leave of a run of Chinese or Japanese: two characters or more are searched by their pairs."""
    text = reading.cut[run].text
    start = 0
    while start < len(text):
        if start in covered:
            start += 1
            continue
        end = start
        while end < len(text) and end not in covered:
            end += 1
        # A single character between names joins them (の, 用, 的).
        if end - start > 1:
            reading.groups.append((1000 + run * 100 + start, characters_group(text[start:end], reading.owners[run])))
        start = end


def _name(reading: _Reading, found: _Candidate) -> Group:
    """A name: what carries its codes, or its words in the title; then what carries the names that it is made of."""
    runs = sorted({run for run, _ in found.places})
    chosen = [reading.cut[run] for run in runs]
    if chosen[0].kind == Kind.PAIRS:
        places = [place for _, place in found.places]
        text = chosen[0].text[places[0] : places[-1] + 1]
        words = [[word] for word in pairs(text)] if len(text) > 1 else []
    else:
        text = " ".join(piece.text for piece in chosen)
        words = [list(dict.fromkeys(forms_of(piece, reading.locale))) for piece in chosen]
    typed = " & ".join("(" + " | ".join(any_of(forms, "A")) + ")" for forms in words if forms)
    parts = [part for part in found.parts if not part <= found.codes]
    made_of = " & ".join(_part(part) for part in parts)
    if len(parts) < len(found.parts):
        # A part that leads to the same as the whole says nothing more; what is left narrows it down, and is no name alone.
        made_of = "(" + " | ".join(any_of(sorted(found.codes), "ABC")) + ")" + (f" & {made_of}" if made_of else "")
    near = [other.code for code in sorted(found.codes) for other in equivalents(code)]
    near += [
        code for term in sorted(found.codes) for code in kindred(term) if code[:2] == "c:" and code not in found.codes
    ]
    sense = _sense_of(found.codes)
    part_of = [code for part in found.parts for code in sorted(part - found.codes) if code[:2] in ("c:", "t:", "w:")]
    part_of += [kin for code in part_of for kin in kindred(code) if kin[:2] == "c:"]
    inside = [code for part in found.parts for code in sorted(part - found.codes)]
    inside += [code for term in sorted(found.codes) for code in kindred(term) if code not in near]
    marks = any_of((code for code in inside if code[:2] in ("v:", "s:", "f:") or "=" in code), "AB")
    owners = _owners_of_name(reading, runs)
    levels = levels_of(
        sorted(found.codes),
        near,
        typed=f"({typed})" if typed else "",
        made_of=f"({made_of})" if made_of else "",
        marks=" | ".join(marks),
        part_of=part_of,
        owners=owners,
    )
    return Group(text, sense, WEIGHTS[sense], levels, found.codes, tuple(owners))


def _owners_of_name(reading: _Reading, runs: Sequence[int]) -> list[str]:
    """The words of a supplier's name that a name of the trade may be part of. What stands in the name alone is none: not every
    firm called Precision offers `precision grinding`."""
    inside = {reading.cut[run].text for run in runs} if len(runs) > 1 else set()
    owners = [word for run in runs for word in reading.owners[run]]
    return [word for word in owners if not set(word.partition(":")[2].split()) <= inside]


def _part(words: frozenset[str]) -> str:
    """A part of a name. A bare number counts only where it stands in the title: listings are full of numbers."""
    return "(" + " | ".join(quoted(word, "A" if word.isdigit() else "AB") for word in sorted(words)) + ")"


def _sense_of(codes: frozenset[str]) -> Sense:
    """A thing that there is a category or a shop word for weighs most; a term that only describes one weighs like a value."""
    kinds = {code.partition(":")[0] for code in codes}
    if kinds == {"q"}:
        return Sense.QUIET
    if kinds & {"c", "w"} or "t:steel" in codes or any(code in term_categories() or kindred(code) for code in codes):
        return Sense.KIND
    return Sense.MATERIAL if kinds & {"s", "f"} else Sense.VALUE


def _take_rest(reading: _Reading) -> None:
    for run, piece in enumerate(reading.cut):
        if reading.taken[run]:
            continue
        at = 1000 + run * 100
        match piece.kind:
            case Kind.CODE:
                reading.groups.append((at, code_group(piece.text)))
            case Kind.PAIRS:
                reading.groups.append((at, characters_group(piece.text, reading.owners[run])))
            case Kind.WORD if not _says_nothing(piece.text, reading.locale):
                reading.groups.append((at, word_group(piece.text, reading.locale, reading.owners[run])))


def _says_nothing(word: str, locale: str) -> bool:
    return word == "x" or is_stop_word(word, locale) or is_stop_word(word, "en")
