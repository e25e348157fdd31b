"""Where an event of the payment provider stands."""

from enum import StrEnum


class EventState(StrEnum):
    """Waiting → applied, not ours or failed; where it ends it stays."""

    WAITING = "waiting"
    APPLIED = "applied"
    NOT_OURS = "not_ours"
    FAILED = "failed"
