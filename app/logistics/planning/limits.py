"""How much may be asked for, and how long it may take."""

MOST_WAITING = 10
"""Plans of one organization that are not finished."""

MOST_SECONDS = 60
"""Search time of one plan."""

MOST_ATTEMPTS = 3
"""How often a plan is begun whose worker died."""

GRACE_SECONDS = 300
"""What may come on top of the search: the first compilation on a machine and the check of a plan of 5,000 boxes."""

CHILD_MEMORY_BYTES = 4 * 1024 * 1024 * 1024
"""Address space of the process that searches, most of it reserved by libraries and never touched."""

MOST_VIOLATIONS = 20
"""Of those that are kept."""
