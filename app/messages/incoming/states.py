"""Where a message that came in stands."""

from enum import StrEnum

from app.kit.locales import NP_


class MessageState(StrEnum):
    """Waiting → handled, refused or failed. A failed one may be made to wait again."""

    WAITING = "waiting"
    HANDLED = "handled"
    REFUSED = "refused"
    FAILED = "failed"


MESSAGE_MOVES: dict[MessageState, frozenset[MessageState]] = {
    MessageState.WAITING: frozenset({MessageState.HANDLED, MessageState.REFUSED, MessageState.FAILED}),
    MessageState.HANDLED: frozenset(),
    MessageState.REFUSED: frozenset(),
    MessageState.FAILED: frozenset({MessageState.WAITING}),
}
"""From each state, the ones that may follow: what was refused would be refused again. A trigger holds the same."""

MESSAGE_STATE_LABELS = {
    MessageState.WAITING: NP_("incoming message state", "Waiting"),
    MessageState.HANDLED: NP_("incoming message state", "Handled"),
    MessageState.REFUSED: NP_("incoming message state", "Refused"),
    MessageState.FAILED: NP_("incoming message state", "Failed"),
}
