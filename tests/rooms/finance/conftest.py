"""What several of the room's tests stand beside."""

from collections.abc import Iterator

import pytest

from app.demo.provider import StripeServer


@pytest.fixture
def stripe() -> Iterator[StripeServer]:
    """A server that answers as Stripe does, of this test alone."""
    with StripeServer() as server:
        yield server
