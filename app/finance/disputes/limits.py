"""How long each side has in a dispute."""

ANSWER_DAYS = 5
"""Until when the supplier answers; afterwards either side may bring the dispute before the operator."""

ESCALATE_DAYS = 14
"""After so many days without an agreement the dispute goes before the operator by itself."""

MOST_FILES = 10
"""Files with one message."""

MOST_TEXT = 5000
