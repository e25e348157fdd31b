"""All that other rooms may call. Calls run in the caller's transaction and under its tenant."""

from app.finance.provider.registry import follows_payments

__all__ = ["follows_payments"]
