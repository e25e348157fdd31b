"""What happens to translations when their source changes, and which text a reader is shown. Pure."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Protocol, TypeVar

from app.kit.locales import fallback_chain
from app.language.states import Origin, TextState


def digest(text: str) -> bytes:
    """SHA-256 of a source text in UTF-8."""
    return sha256(text.encode()).digest()


def state_of(origin: str, engine: str | None, made_from: bytes, source: bytes) -> TextState:
    """What a translation is worth while the source has the digest `source`.

    Stale unless it was made from that very wording; else a machine's, a machine's that a person checked, or a person's.
    """
    if made_from != source:
        return TextState.STALE
    if origin == Origin.MACHINE:
        return TextState.MACHINE
    return TextState.REVIEWED if engine else TextState.HUMAN


def machine_may_write(origin: str | None) -> bool:
    """Whether a machine may write where a text of this origin stands (None: nothing does).

    What a person wrote or checked stays, even when it has become stale: only a person replaces it.
    """
    return origin is None or origin == Origin.MACHINE


def needs_machine(origin: str | None, made_from: bytes | None, source: bytes) -> bool:
    """Whether a machine translation should be made: nothing stands there, or a machine's text of another wording."""
    return machine_may_write(origin) and made_from != source


class Ranked(Protocol):
    """What the choice of a text needs to know."""

    @property
    def locale(self) -> str:
        """BCP 47 tag."""
        ...

    @property
    def is_source(self) -> bool:
        """Whether this is the wording that the others were made from."""
        ...


R = TypeVar("R", bound=Ranked)


def best_text(texts: Mapping[str, R], locale: str) -> R | None:
    """The text to show a reader: his own language, else along the fallback chain, else the source itself.

    `texts` are the versions of one field by locale.
    """
    for tag in fallback_chain(locale):
        if tag in texts:
            return texts[tag]
    return next((found for found in texts.values() if found.is_source), None)
