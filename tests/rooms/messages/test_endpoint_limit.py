"""How many webhook endpoints an organization may have, also when it asks for several at once."""

import asyncio
from collections import Counter

import psycopg

from app.messages.usecases.manage_endpoints import MOST_ENDPOINTS
from tests.market import Market
from tests.rooms.messages.lamp import Receiver
from tests.rooms.messages.test_webhooks import endpoint


async def test_racing_requests_make_no_more_endpoints_than_are_allowed(
    market: Market, receiver: Receiver, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    buyer = await market.people("buyer")
    for _ in range(MOST_ENDPOINTS - 1):
        await endpoint(buyer, receiver)
    form = {"url": receiver.url, "event_types": ["test.*"]}
    answers = await asyncio.gather(*(buyer.post("/v1/webhook-endpoints", json=form) for _ in range(4)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 3}
    assert owner.execute("SELECT count(*) FROM webhook_endpoints").fetchone() == (MOST_ENDPOINTS,)
