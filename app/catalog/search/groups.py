"""One thing that a question asks for, and what answers it: levels of `tsquery` over the words of `entries.py`. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from app.catalog.search.compounds import trade_compounds
from app.catalog.search.entries import head, literal
from app.catalog.search.measures import COUNTED, Measure, asked_words, inches
from app.catalog.search.names import category_terms, lexicon
from app.catalog.search.owners import owner
from app.catalog.search.words import Kind, Piece, code_forms, pairs, spellings, stem

GAINS = (1.0, 0.93, 0.8, 0.72, 0.4, 0.12)
"""What a group is worth by the level that answers it."""


class Sense(StrEnum):
    """What a group stands for."""

    KIND = "kind"
    VALUE = "value"
    MATERIAL = "material"
    CODE = "code"
    MEASURE = "measure"
    NUMBER = "number"
    WORD = "word"
    QUIET = "quiet"


WEIGHTS = {
    Sense.KIND: 3.0,
    Sense.VALUE: 1.6,
    Sense.MATERIAL: 2.0,
    Sense.CODE: 2.2,
    Sense.MEASURE: 1.6,
    Sense.NUMBER: 1.2,
    Sense.WORD: 1.6,
    Sense.QUIET: 0.2,
}


@dataclass(frozen=True, slots=True)
class Group:
    """One thing that was asked for: as typed, what it stands for, the levels as `tsquery` ("" for none).

    `owners` are the words under which listings would have it if it were their supplier's name. `widest` asks for whatever
    answers any level but the first, where that can be said more shortly.
    """

    text: str
    sense: Sense
    weight: float
    levels: tuple[str, ...]
    codes: frozenset[str] = frozenset()
    owners: tuple[str, ...] = ()
    widest: str = ""

    @property
    def head(self) -> str:
        """A `tsquery` for what is the thing itself, for groups that name one; else for whatever has it."""
        if self.sense in (Sense.KIND, Sense.CODE, Sense.WORD):
            return joined(self.levels[1:3], self.owners) or self.any
        return self.any

    @property
    def any(self) -> str:
        """A `tsquery` for whatever answers it at all. Without weights, so that an index alone can answer.

        The first level narrows the second down, but for suppliers' names, so nothing is lost without it.
        """
        return self.widest or joined(self.levels[1:] if self.levels[1] else self.levels, self.owners)


@lru_cache(maxsize=8192)
def joined(levels: tuple[str, ...], owners: tuple[str, ...]) -> str:
    """A `tsquery` for what any of some levels or owners answers, whatever the weight, each alternative once."""
    found = [level for level in levels if level]
    asked = [choice for level in (*found, *any_of(owners, "A")) for choice in choices(weightless(level))]
    known = set(asked)
    # `a | a & b` says no more than `a`.
    asked = [choice for choice in asked if not any(set(choices(part)) <= known for part in operands(choice))]
    return " | ".join(dict.fromkeys(asked)) if found else ""


_PARTS = re.compile(r"'(?:[^']|'')*'|[()|&]")


def _split(query: str, sign: str) -> list[str]:
    """What stands between signs that are in no parentheses."""
    found, start, depth = [], 0, 0
    for part in _PARTS.finditer(query):
        depth += (part[0] == "(") - (part[0] == ")")
        if part[0] == sign and not depth:
            found.append(query[start : part.start()].strip())
            start = part.end()
    return [*found, query[start:].strip()]


def operands(query: str) -> list[str]:
    """What must be there together for a `tsquery`; none when it asks for one thing."""
    while _is_enclosed(query):
        query = query[1:-1].strip()
    found = _split(query, "&")
    return found if len(found) > 1 else []


def choices(query: str) -> list[str]:
    """The alternatives of a `tsquery`, also of those that are alternatives themselves: less to compare for the database."""
    found = _split(query, "|")
    if len(found) > 1:
        return [inner for choice in found for inner in choices(choice)]
    inside = found[0][1:-1] if _is_enclosed(found[0]) else ""
    within = choices(inside) if inside else []
    return within if len(within) > 1 else found


def _is_enclosed(query: str) -> bool:
    """Whether the first parenthesis is closed by the last."""
    if not query.startswith("("):
        return False
    depth = 0
    for part in _PARTS.finditer(query):
        depth += (part[0] == "(") - (part[0] == ")")
        if not depth:
            return part.end() == len(query)
    return False


_WEIGHTED = re.compile(r"('(?:[^']|'')*'):[B-D]+")


def weightless(query: str) -> str:
    """A `tsquery` that asks for the same words, whatever weight they have."""
    return _WEIGHTED.sub(r"\1", query)


def quoted(word: str, weights: str) -> str:
    """A word of some weights as PostgreSQL's `tsquery` reads it. What has weight A stands in a listing as a head (`^word`)."""
    found = []
    if "A" in weights:
        found.append(literal(head(word)))
    if lesser := weights.replace("A", ""):
        found.append(f"{literal(word)}:{lesser}")
    return found[0] if len(found) == 1 else f"({found[0]} | {found[1]})"


def any_of(words: Iterable[str], weights: str) -> list[str]:
    return [quoted(word, weights) for word in dict.fromkeys(words) if word]


def levels_of(
    sure: Sequence[str],
    near: Sequence[str] = (),
    *,
    typed: str = "",
    made_of: str = "",
    marks: str = "",
    part_of: Sequence[str] = (),
    owners: Sequence[str] = (),
) -> tuple[str, ...]:
    """The levels of exact words (`sure`) and of words that come near (`near`).

    Ready-made alternatives: the words as typed, and the parts that a name is made of. `marks` are what tells the thing from
    others that are called alike, `part_of` the names inside it, `owners` words that can only be a supplier's name. What is the
    thing by all its names, or by one and has the words, the parts or the marks too, comes first.
    """
    categories = [code for code in sure if code.startswith("c:")]
    own = {term for code in categories for term in category_terms().get(code[2:], ())}
    # Where a category is called so, what else carries a code of the name comes after it: `mould steel` is no hot-work steel.
    best = " | ".join(any_of(categories or sure, "A"))
    beside = any_of((code for code in sure if categories and code not in categories), "A")
    closer = " | ".join(filter(None, (typed, made_of, marks)))
    first = [f"({best}) & ({closer})"] if best and closer else []
    # That a category is called by its term too says nothing more.
    kinds = [code for code in sure if code[:2] in ("c:", "t:", "w:") and code not in own]
    first += ["(" + " & ".join(any_of(kinds, "A")) + ")"] if len(kinds) > 1 else []
    values = any_of((code for code in sure if code[:2] == "v:"), "AB")
    first += [f"({' | '.join(any_of(kinds, 'A'))}) & ({' | '.join(values)})"] if kinds and values else []
    return (
        " | ".join([*first, *any_of(owners, "A")]),
        best,
        " | ".join([*beside, *any_of(near, "A")]),
        " | ".join(filter(None, [*any_of(sure, "B"), typed, made_of])),
        " | ".join([*any_of(sure, "C"), *any_of(near, "B"), *any_of(part_of, "A")]),
        " | ".join([*any_of(sure, "D"), *any_of(near, "CD"), *any_of(part_of, "B")]),
    )


def measure_group(folded: str, measure: Measure) -> Group:
    """A number with its unit; a fraction of an inch may be a thread (`1/4"` a G 1/4). What is counted, titles say."""
    asked = asked_words(measure)
    bare = [code_forms(measure.number)[0]] if measure.number and "/" not in measure.number else []
    is_counted = measure.kind in COUNTED.values()
    # What a listing measures is what it has (B), never what it is; bare numbers stand in titles too.
    levels = (
        " | ".join([*any_of([asked.exact], "B"), *any_of(_threads(measure.number), "AB")]),
        " | ".join([*any_of(asked.sure, "B"), *any_of(bare if is_counted else (), "A")]),
        "",
        " | ".join(any_of(asked.close, "B")),
        " | ".join([*any_of(bare, "AB"), *any_of(asked.within, "B")]),
        " | ".join(any_of(asked.near, "B")),
    )
    text = folded[measure.start : measure.end]
    # Whatever is close has a word that is near too.
    widest = joined(levels[4:], ()) if asked.near else ""
    return Group(text, Sense.MEASURE, WEIGHTS[Sense.MEASURE], levels, widest=widest)


def _threads(number: str) -> list[str]:
    """The codes of threads that are called by a fraction."""
    return (
        sorted({code for found in lexicon("en").names_in(f"G {number}") for code in found.codes})
        if "/" in number
        else []
    )


def characters_group(text: str, owners: Sequence[str]) -> Group:
    """Characters that are no name: all their pairs, or some of them loosely."""
    words = pairs(text)

    def all_of(weights: str) -> str:
        return "(" + " & ".join(quoted(word, weights) for word in words) + ")"

    loose = " | ".join(any_of(words, "AB")) if len(words) > 1 else ""
    owners = [*owners, owner(text)]
    levels = (
        " | ".join(any_of(owners, "A")),
        all_of("A"),
        "",
        all_of("AB"),
        all_of("ABC"),
        " | ".join(filter(None, (all_of("ABCD"), loose))),
    )
    return Group(text, Sense.WORD, WEIGHTS[Sense.WORD], levels, owners=tuple(owners))


def forms_of(piece: Piece, locale: str) -> list[str]:
    """The forms of a word or code that a title may have."""
    if piece.kind == Kind.CODE:
        return [code_forms(piece.text)[0]]
    return [piece.text, *(stem(form, locale) for form in spellings(piece.text, locale)), stem(piece.text, "en")]


def code_group(text: str) -> Group:
    whole, *parts = code_forms(text)
    if whole.replace(".", "").isdigit():
        levels = levels_of([whole])
        if inch := inches(text):
            sized = [*_threads(text), *asked_words(inch).words]
            return Group(
                text, Sense.MEASURE, WEIGHTS[Sense.MEASURE], ("", " | ".join(any_of(sized, "AB")), *levels[2:])
            )
        return Group(text, Sense.NUMBER, WEIGHTS[Sense.NUMBER], (*levels[:4], _size(whole) or levels[4], levels[5]))
    # Without the maker's prefix: the same article of another house.
    rest = " & ".join(quoted(part, "AB") for part in parts[1:]) if len(parts) > 2 else ""
    return Group(text, Sense.CODE, WEIGHTS[Sense.CODE], levels_of([whole], made_of=f"({rest})" if rest else ""))


def _size(number: str) -> str:
    """Mould bases are named by width and length in centimetres: 2530 is 250 × 300 mm. What is as large comes near."""
    if not re.fullmatch(r"[1-9]\d[1-9]\d", number):
        return ""
    sides = [Measure("mm", int(side) * 10.0) for side in (number[:2], number[2:])]
    return " & ".join("(" + " | ".join(any_of(asked_words(side).near, "B")) + ")" for side in sides)


def word_group(word: str, locale: str, owners: Sequence[str]) -> Group:
    parts = trade_compounds().parts(word) if len(word) > 7 else ()
    made_of = "(" + " & ".join(quoted(part, "ABC") for part in parts) + ")" if parts else ""
    forms = forms_of(Piece(Kind.WORD, word), locale)
    levels = levels_of(forms, made_of=made_of, owners=owners)
    return Group(word, Sense.WORD, WEIGHTS[Sense.WORD], levels, owners=tuple(owners))
