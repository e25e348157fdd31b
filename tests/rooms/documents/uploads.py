"""Upload as a test wants it."""

from typing import Any

import httpx

from tests.market import Caller, Market
from tests.rooms.documents import samples


async def send(
    caller: Caller,
    content: bytes = b"",
    name: str = "drawing.pdf",
    declared: str = "application/octet-stream",
    **options: Any,
) -> httpx.Response:
    """Upload one file; a small PDF when nothing is given."""
    files = {"file": (name, content or samples.GOOD.get(name, samples.pdf()), declared)}
    return await caller.post("/v1/documents", files=files, **options)


async def ready(market: Market, caller: Caller, content: bytes = b"", name: str = "drawing.pdf") -> str:
    """Upload, let the checks run, and give the id."""
    answer = await send(caller, content, name)
    assert answer.status_code == 201, answer.text
    await market.work()
    return str(answer.json()["id"])
