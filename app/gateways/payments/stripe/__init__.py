"""Payments by Stripe."""

from app.gateways.payments.stripe.gateway import StripePayments
from app.gateways.payments.stripe.webhooks import StripeEvent, is_signed, read_event

__all__ = ["StripeEvent", "StripePayments", "is_signed", "read_event"]
