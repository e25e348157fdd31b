"""The shape of a translator, whichever stands behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

# machine: an engine wrote it. glossary: only known trade terms were replaced, the rest is the source.
# failed: the engine damaged a grade, tolerance or code, so the text is the source, unchanged.
Quality = Literal["machine", "glossary", "failed"]


@dataclass(frozen=True, slots=True)
class Translation:
    """One translated text, with the engine that made it and how far it may be trusted."""

    text: str
    engine: str
    quality: Quality


class Translator(Protocol):
    """Translates texts between two of the house's locales."""

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        """One translation per text, in the same order. `source` and `target` are BCP 47 tags of the house.

        Raises a `TranslationError` when the service cannot be used; a single damaged text is labelled `failed` instead.
        """
        ...
