"""The payment provider of the demo and the tests: it answers as Stripe does as far as this house asks. Money is play money.

It knows nothing of the house. What it serves is compared with the types of the `stripe` package by a test.
"""

from app.demo.provider.server import API_KEY, StripeServer
from app.demo.provider.telling import Endpoint
from app.demo.provider.webhooks import signed

__all__ = ["API_KEY", "Endpoint", "StripeServer", "signed"]
