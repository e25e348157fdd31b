"""All that other rooms may call: disputes for people at their pages. Calls run in the caller's transaction."""

from app.finance.disputes.limits import MOST_FILES, MOST_TEXT
from app.finance.disputes.portal import (
    Listed,
    Opening,
    Seen,
    act,
    list_of,
    may_open,
    open_one,
    opening,
    seen,
)
from app.finance.disputes.states import REASON_LABELS

__all__ = [
    "MOST_FILES",
    "MOST_TEXT",
    "REASON_LABELS",
    "Listed",
    "Opening",
    "Seen",
    "act",
    "list_of",
    "may_open",
    "open_one",
    "opening",
    "seen",
]
