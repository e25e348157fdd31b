"""All that other parts may call: who follows what the payment provider tells by itself, and what is said when it is silent."""

from app.finance.provider.errors import ProviderSilent
from app.finance.provider.registry import HeardTooEarly, follows_accounts, follows_disputes, follows_payments

__all__ = ["HeardTooEarly", "ProviderSilent", "follows_accounts", "follows_disputes", "follows_payments"]
