"""What other parts may ask for: that a payment is looked at, though nobody has told of it."""

from app.finance.provider.registry import OWNERS
from app.finance.provider.usecases.follow_payment import follow_payment

__all__ = ["follow_payment", "is_followed"]


def is_followed(owner: str) -> bool:
    """Whether a part of the house, by its name, follows its payments."""
    return owner in OWNERS
