"""Under which names the words of a quote go to other languages."""

QUOTE = "quote"
NOTES = "notes"


def extra_field(position: int) -> str:
    """The field of an extra's label, by its place among the quote's prices."""
    return f"extra_{position}"
