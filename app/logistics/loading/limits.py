"""How much one request may hold."""

MAX_BOXES = 5_000
MAX_TYPES = 500
MAX_SPACES = 50
MAX_STOPS = 50
MAX_SIDE_MM = 30_000
MAX_MASS_KG = 200_000
MAX_TOTAL_MASS_KG = 5_000_000
"""So that no product of masses and areas leaves 64 bits."""
MAX_PROBLEMS = 1_000
MAX_FILE_BYTES = 4_000_000
