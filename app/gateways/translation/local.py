"""Translation by the trade glossary alone: known terms are replaced, everything else stays as it was written.

Better than nothing for a reader who knows the trade, and honest about it: the result is labelled `glossary`.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from app.gateways.translation import protect
from app.gateways.translation.model import Translation
from app.kit.outside import calls_out

_UNSPACED = ("zh-Hans", "zh-Hant", "ja")
_SENTENCE_START = re.compile(r"(?:^|[.!?。！？؟]\s*|\n\s*)[\s\"'(„“«¿¡-]*$")


class TermSegment(Protocol):
    """A stretch of a text: a known term, or what stands between two terms."""

    @property
    def text(self) -> str:
        """The stretch as written."""
        ...

    def translated(self, locale: str) -> str | None:
        """The term in another locale, or None when the stretch is no term."""
        ...


class TermSource(Protocol):
    """Whatever can find trade terms in a text; the language room's glossary is one."""

    def segments(self, text: str, source_locale: str) -> Sequence[TermSegment]:
        """The text cut into segments that join to exactly the text again."""
        ...


@calls_out
class GlossaryTranslator:
    """The local `Translator`: never fails, never leaves the process, promises no more than terms."""

    engine = "glossary"

    def __init__(self, glossary: TermSource) -> None:
        self._glossary = glossary

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        """One translation per text; protected tokens are cut out before the glossary sees the rest."""
        return [Translation(self._replace(text, source, target), self.engine, "glossary") for text in texts]

    def _replace(self, text: str, source: str, target: str) -> str:
        if source == target:
            return text
        out = ""
        after_term = False
        for piece, protected in protect.pieces(text):
            if protected:
                out += (_gap(out, piece, source, target) if after_term else "") + piece
                after_term = False
                continue
            for segment in self._glossary.segments(piece, source):
                term = segment.translated(target)
                if term is None:
                    between = "" if after_term and target in _UNSPACED and segment.text == " " else segment.text
                    out += (_gap(out, between, source, target) if after_term else "") + between
                    after_term = after_term and not between
                else:
                    term = _capitalized(term) if _SENTENCE_START.search(out) else term
                    out += _gap(out, term, source, target) + term
                    after_term = True
        return out


def _gap(before: str, following: str, source: str, target: str) -> str:
    """The blank that a term needs when it leaves a language without blanks for one with them."""
    if source not in _UNSPACED or target in _UNSPACED or not before or not following:
        return ""
    return " " if before[-1].isalnum() and following[0].isalnum() else ""


def _capitalized(term: str) -> str:
    return term[:1].upper() + term[1:]
