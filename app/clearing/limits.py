"""How much may be cleared at once."""

MAX_ITEMS = 200
MAX_OFFERS = 10_000
MAX_TIERS = 20
MAX_MEMBERS = 50_000
MAX_LOTS = 1_000_000
MAX_PRICE_MINOR = 10**9
MAX_VALUE_MINOR = 10**11
"""Of all that is asked for an item, at its limits: the solver's numbers stay exact up to there."""
MAX_FILE_BYTES = 50_000_000
