"""Telling the house what has happened: signed events, one after the other, until each was heard."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from app.demo.provider.shapes import Object
from app.demo.provider.webhooks import signed

TIMEOUT_S = 10.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
IDLE_S = 30.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events are sent, and the secret by which they are signed."""

    url: str
    secret: str = field(repr=False)


@dataclass
class Teller:
    """Tells in the order in which things happened. While nobody is there all wait; one that is refused lets the others pass."""

    endpoint: Endpoint
    news: asyncio.Event
    untold: Callable[[], Sequence[Object]]
    heard: Callable[[str], None]
    _refused: dict[str, tuple[int, float]] = field(default_factory=dict)
    """How often an event was refused, and until when it waits."""

    async def tell(self) -> None:
        """For ever."""
        in_vain = 0
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
            while True:
                self.news.clear()
                try:
                    wait = await self._tell_all(client)
                except (httpx.HTTPError, OSError, sqlite3.Error):
                    await asyncio.sleep(pause(in_vain))
                    in_vain += 1
                    continue
                in_vain = 0
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.news.wait(), wait)

    async def _tell_all(self, client: httpx.AsyncClient) -> float:
        """Tell whatever is due; for how long nothing more is. Raises `httpx.HTTPError` when nobody is there."""
        waits = [IDLE_S]
        for event in self.untold():
            tries, until = self._refused.get(event["id"], (0, 0.0))
            if (left := until - time.monotonic()) <= 0:
                body, headers = signed(event, self.endpoint.secret, int(time.time()))
                answer = await client.post(self.endpoint.url, content=body, headers=headers)
                if answer.is_success:
                    self._refused.pop(event["id"], None)
                    self.heard(event["id"])
                    continue
                left = pause(tries)
                self._refused[event["id"]] = (tries + 1, time.monotonic() + left)
            waits.append(left)
        return min(waits)


def pause(times: int) -> float:
    """How long to wait after so many times in vain."""
    return float(min(FIRST_PAUSE_S * 2 ** min(times, 10), LONGEST_PAUSE_S))
