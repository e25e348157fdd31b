"""How long money is held, and how long somebody may take to pay."""

from datetime import timedelta

HOLD_WITHIN = timedelta(days=4)
"""Until the freeze. A hold lives about a week; of a campaign that takes longer the method is saved, and charged at the freeze."""

PATIENCE = timedelta(hours=24)
"""How long a clearing waits for a provider who gives no answer; then it goes on without those commitments."""

PAY_HOURS = 48
"""How long a member whose deposit was declined after the clearing may take to pay otherwise."""
