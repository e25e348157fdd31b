"""A server that answers as Stripe does, as far as this house asks Stripe: on loopback, in memory, over real HTTP.

It knows nothing of the house. What it serves is compared with the types of the `stripe` package by a test.
"""

from tests.stripe_server.server import API_KEY, StripeServer
from tests.stripe_server.webhooks import signed

__all__ = ["API_KEY", "StripeServer", "signed"]
