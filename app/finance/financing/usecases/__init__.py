"""Public verbs of this part, one a file."""
