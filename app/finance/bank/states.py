"""Words of the bank: where a movement stands, why nobody knows what it is for, and what was found."""

from enum import StrEnum

from app.kit.locales import NP_


class TaskState(StrEnum):
    """New → settled, or open: a task for the operator. Undone, what was settled is open again."""

    NEW = "new"
    OPEN = "open"
    SETTLED = "settled"


class MatchKind(StrEnum):
    """What a movement, or a part of it, was found to be."""

    REFERENCE = "reference"
    OFFSET = "offset"
    NOT_OURS = "not_ours"
    CHARGE = "charge"


class MatchSource(StrEnum):
    """Who found it."""

    STRUCTURED = "structured"
    TEXT = "text"
    BANK = "bank"
    HAND = "hand"


class Finding(StrEnum):
    """Why a movement is a task."""

    NO_REFERENCE = "no_reference"
    UNKNOWN_REFERENCE = "unknown_reference"
    AMBIGUOUS = "ambiguous"
    OTHER_CURRENCY = "other_currency"
    NOTHING_AWAITED = "nothing_awaited"
    TOO_LITTLE = "too_little"
    TOO_MUCH = "too_much"
    REVERSAL = "reversal"
    MONEY_OUT = "money_out"
    REFUSED = "refused"
    UNDONE = "undone"


class Disposal(StrEnum):
    """What the operator says of a movement that nobody awaits."""

    NOT_OURS = "not_ours"
    CHARGE = "charge"


TASK_LABELS = {
    TaskState.NEW: NP_("bank entry", "New"),
    TaskState.OPEN: NP_("bank entry", "To be assigned"),
    TaskState.SETTLED: NP_("bank entry", "Assigned"),
}

MATCH_LABELS = {
    MatchKind.REFERENCE: NP_("bank match", "Payment that was awaited"),
    MatchKind.OFFSET: NP_("bank match", "Set off against another entry"),
    MatchKind.NOT_OURS: NP_("bank match", "Not for us"),
    MatchKind.CHARGE: NP_("bank match", "Charge or interest of the bank"),
}

SOURCE_LABELS = {
    MatchSource.STRUCTURED: NP_("bank match", "Structured reference"),
    MatchSource.TEXT: NP_("bank match", "Reference in the text"),
    MatchSource.BANK: NP_("bank match", "Told by the bank"),
    MatchSource.HAND: NP_("bank match", "By hand"),
}

FINDING_LABELS = {
    Finding.NO_REFERENCE: NP_("bank entry", "It names no reference."),
    Finding.UNKNOWN_REFERENCE: NP_("bank entry", "Nobody awaits money under its reference."),
    Finding.AMBIGUOUS: NP_("bank entry", "It names several payments that are awaited."),
    Finding.OTHER_CURRENCY: NP_("bank entry", "The payment is awaited in another currency."),
    Finding.NOTHING_AWAITED: NP_("bank entry", "What it names is paid already."),
    Finding.TOO_LITTLE: NP_("bank entry", "It is less than what is awaited, and a part is not taken."),
    Finding.TOO_MUCH: NP_("bank entry", "It is more than what was awaited; the rest is left."),
    Finding.REVERSAL: NP_("bank entry", "The bank took back an entry that was assigned."),
    Finding.MONEY_OUT: NP_("bank entry", "Money left the account."),
    Finding.REFUSED: NP_("bank entry", "It could not be booked as a payment."),
    Finding.UNDONE: NP_("bank entry", "Its assignment was undone."),
}
