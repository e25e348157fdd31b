"""All that other rooms may call: what a supplier is owed, and what of it is owed no more. Calls run in the caller's transaction.

What is owed is posted to `payable_to_supplier` by whoever owes it, in the same transaction; what is sent and what comes back is
posted here. Post first, then call: balances are locked before what is owed, here as well.
"""

from app.finance.payouts.portal import (
    Overview,
    Owed,
    keep_account,
    known_account,
    onboarding,
    opened_account,
    overview,
    own_calendar,
    own_payout,
    rhythms,
    say_when,
)
from app.finance.payouts.usecases.owe import TakenBack, owe, take_back

__all__ = [
    "Overview",
    "Owed",
    "TakenBack",
    "keep_account",
    "known_account",
    "onboarding",
    "opened_account",
    "overview",
    "owe",
    "own_calendar",
    "own_payout",
    "rhythms",
    "say_when",
    "take_back",
]
