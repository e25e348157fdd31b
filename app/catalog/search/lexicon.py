"""What the trade calls things, in nine languages, each name leading to a code that listings carry: a term of the glossary, a
category, a value of an attribute. A question in German so finds a listing that was written in Chinese alone. Pure.

Names and texts are cut into the same *units*: the stem of a word, a code without separators, a single Chinese or Japanese
character. The longest name that begins at a unit is taken.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.catalog.search.words import Kind, Piece, code_forms, fold, is_stop_word, pieces, spellings, stem

_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]")


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest thing that names are made of. `run` numbers the piece it comes from; characters of a run share it, and
    `place` numbers them."""

    text: str
    run: int
    character: bool = False
    place: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """The units from `start` to `end` are a name of each of the codes."""

    start: int
    end: int
    codes: frozenset[str]


@dataclass(slots=True)
class _Node:
    following: dict[str, "_Node"] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)


def units(text: str, locale: str) -> list[Unit]:
    """A text, not yet folded, as units of a language."""
    return units_of(pieces(fold(text)), locale)


def units_of(cut_text: Iterable[Piece], locale: str) -> list[Unit]:
    """The same, for a text that was folded and cut into pieces already. Words that say nothing are left out."""
    cut: list[Unit] = []
    for run, piece in enumerate(cut_text):
        match piece.kind:
            case Kind.WORD if not is_stop_word(piece.text, locale):
                cut.append(Unit(stem(spellings(piece.text, locale)[-1], locale), run))
            case Kind.WORD:
                pass
            case Kind.CODE:
                cut.append(Unit(code_forms(piece.text)[0], run))
            case Kind.PAIRS:
                cut.extend(Unit(text, run, character=True, place=place) for place, text in enumerate(piece.text))
    return cut


class Lexicon:
    """Names of one language and the codes that they lead to. Filled once, then only read."""

    def __init__(self, locale: str, names: Iterable[tuple[Iterable[Piece], str]]) -> None:
        """`names` are (pieces of a name, code); a name may lead to several codes and a code have several names."""
        self._locale = locale
        self._root = _Node()
        for name, code in names:
            node = self._root
            for unit in units_of(name, locale):
                node = node.following.setdefault(unit.text, _Node())
            if node is not self._root:
                node.codes.add(code)

    def names_in(self, text: str) -> Iterator[Found]:
        """The names that a text contains, longest first at each place, none inside another."""
        yield from self.names_among(units(text, self._locale))

    def names_among(self, cut: Sequence[Unit]) -> Iterator[Found]:
        """The same, for a text that was cut into this language's units already."""
        at = 0
        while at < len(cut):
            found = self.longest(cut, at)
            if found is None:
                at += 1
            else:
                yield found
                at = found.end

    def synonyms(self) -> Iterator[frozenset[str]]:
        """The codes of each name that leads to several."""
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            waiting.extend(node.following.values())
            if len(node.codes) > 1:
                yield frozenset(node.codes)

    def names_within(self, cut: Sequence[Unit], whole: Found) -> Iterator[Found]:
        """The names inside a name, longest first at each place: `hot runner` and `nozzle` in `hot runner nozzle`."""
        at = whole.start
        while at < whole.end:
            found = self.longest(cut, at, within=whole)
            if found:
                yield found
            at = found.end if found else at + 1

    def longest(self, cut: Sequence[Unit], start: int, within: Found | None = None) -> Found | None:
        """The longest name that begins at a unit. Inside another name, characters need not stand alone: 板 in 推板 is a plate."""
        node, best = self._root, None
        for at in range(start, within.end if within else len(cut)):
            following = node.following.get(cut[at].text)
            if following is None:
                break
            node = following
            if within and (start, at + 1) == (within.start, within.end):
                break
            if node.codes and (_stands(cut, start, at + 1) or within):
                best = Found(start, at + 1, frozenset(node.codes))
        return best


def _stands(cut: Sequence[Unit], start: int, end: int) -> bool:
    """Whether the units are a word of their own: not one character out of a longer run (型 in 大型), nor a piece of a
    katakana word (バリ in バリエーション)."""
    first, last = cut[start], cut[end - 1]
    before = cut[start - 1] if start and cut[start - 1].run == first.run else None
    after = cut[end] if end < len(cut) and cut[end].run == last.run else None
    if first.character and end - start == 1 and (before or after):
        return False
    if before and _KATAKANA.match(first.text) and _KATAKANA.match(before.text):
        return False
    return not (after and _KATAKANA.match(last.text) and _KATAKANA.match(after.text))
