"""Words of the language room: what a text is worth to a reader."""

from enum import StrEnum

from app.kit.locales import NP_


class TextState(StrEnum):
    """How far a text may be trusted.

    human: a person wrote it. reviewed: a person checked what a machine wrote. machine: a machine alone. stale: its
    source was changed after it was made.
    """

    HUMAN = "human"
    REVIEWED = "reviewed"
    MACHINE = "machine"
    STALE = "stale"


class Origin(StrEnum):
    """Who vouches for a text, whatever its state: a machine may not replace what a person stands behind."""

    HUMAN = "human"
    MACHINE = "machine"


TEXT_STATE_LABELS = {
    TextState.HUMAN: NP_("text state", "Written by a person"),
    TextState.REVIEWED: NP_("text state", "Machine translation, checked by a person"),
    TextState.MACHINE: NP_("text state", "Machine translation"),
    TextState.STALE: NP_("text state", "Out of date: the original has changed"),
}
