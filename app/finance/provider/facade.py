"""All that other parts may call: who follows what the payment provider tells by itself, that a payment is looked at though nobody
has told of it, and what is said when the provider is silent."""

from app.finance.provider.errors import ProviderSilent
from app.finance.provider.registry import (
    OWNERS,
    HeardTooEarly,
    follows_accounts,
    follows_disputes,
    follows_payments,
    named_in,
)
from app.finance.provider.usecases.follow_payment import follow_payment

__all__ = [
    "HeardTooEarly",
    "ProviderSilent",
    "follow_payment",
    "follows_accounts",
    "follows_disputes",
    "follows_payments",
    "is_followed",
    "named_in",
]


def is_followed(owner: str) -> bool:
    """Whether a part of the house, by its name, follows its payments."""
    return owner in OWNERS
