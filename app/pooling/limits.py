"""How much a campaign may hold."""

from datetime import timedelta

MOST_ITEMS = 20
MOST_PLACES = 30
MOST_TIERS = 10
MOST_OPEN = 20
"""Campaigns of one lead that are drafts or open."""

MOST_COMMITMENTS = 10_000
"""Standing ones of an item."""

MOST_OF_MEMBER = 40
"""Standing ones of one organization in a campaign."""

MOST_NAMES = 200
"""Members whose names are told."""

MOST_INVITED = 500
"""Organizations invited to a campaign."""

MOST_LOTS = 1_000_000
MOST_PRICE_MINOR = 10**10

LONGEST = timedelta(days=180)
"""How long a campaign is open. There is no shortest time, as there is none for quotes: what closes too soon is given more time by
its lead, and binds nobody who has not committed himself."""

SHORTEST_BIDDING, LONGEST_BIDDING = 10, 10_080
"""Minutes from members' freeze to the close of an auction, extensions not counted."""

LONGEST_ROUND = 60
"""Minutes by which a late bid extends an auction."""

LARGEST_STEP_BP = 5_000
MOST_EXTENSIONS = 100
MOST_BIDS = 500
"""Of one supplier in an auction."""

MOST_ATTEMPTS = 3
"""How often a clearing is begun whose worker died."""

EXACT_UP_TO = 200
"""Commitments that are cleared at a gap of nothing; more of them at half a percent."""

GAP = 0.005
NODES = 20_000
"""Where the search for one aim ends at the latest, so that a clearing always ends."""

CLEARING_SECONDS = 1_800
CLEARING_MEMORY_BYTES = 6 * 1024 * 1024 * 1024
"""What the process that clears may take up."""
