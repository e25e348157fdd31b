"""Invoices that do not exist, of every kind that the trade writes: what the writers and the rules are tried on.

The same seed gives the same documents, byte by byte. None breaks a rule; `tests/proofs/einvoices.py` breaks them on purpose.
"""

from app.finance.einvoicing.corpus_desk import SEED, Desk, Entry
from app.finance.einvoicing.corpus_stories import STORIES

__all__ = ["SEED", "Entry", "corpus"]


def corpus(seed: int = SEED) -> tuple[Entry, ...]:
    """All documents: kinds, countries and currencies always the same, prices and quantities as the seed draws them."""
    desk = Desk(seed)
    return tuple(entry for story in STORIES for entry in story(desk))
