"""A reader of Server-Sent Events: the test client waits for the end of an answer, he does not."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI

WITHIN_S = 10.0


@dataclass
class Listener:
    """What came of a stream so far."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    frames: "asyncio.Queue[str | None]" = field(default_factory=asyncio.Queue)

    async def frame(self) -> str | None:
        """The next frame: an event, a comment, or how long to wait; None at the end."""
        return await asyncio.wait_for(self.frames.get(), WITHIN_S)

    async def event(self) -> dict[str, str]:
        """The next event, by field."""
        while (found := await self.frame()) is not None:
            if found.startswith("event:"):
                fields: dict[str, str] = {}
                for line in found.splitlines():
                    name, _, value = line.partition(": ")
                    fields[name] = f"{fields[name]}\n{value}" if name in fields else value
                return fields
        raise AssertionError("the stream ended")

    async def rest(self) -> list[str]:
        """What comes until the end."""
        found = []
        while (one := await self.frame()) is not None:
            found.append(one)
        return found


@asynccontextmanager
async def listening(app: FastAPI, path: str, headers: Mapping[str, str]) -> AsyncIterator[Listener]:
    """Ask for a stream, and hang up when the block ends."""
    listener, gone = Listener(), asyncio.Event()
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "server": ("testserver", 80), "client": ("127.0.0.1", 1), "app": app,
    }  # fmt: skip
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await gone.wait()
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            listener.status = message["status"]
            listener.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            started.set()
            return
        if body := message.get("body", b"").decode():
            listener.frames.put_nowait(body)
        if not message.get("more_body"):
            listener.frames.put_nowait(None)

    started = asyncio.Event()
    running = asyncio.create_task(app(scope, receive, send))  # type: ignore[arg-type]
    try:
        await asyncio.wait_for(started.wait(), WITHIN_S)
        yield listener
    finally:
        gone.set()
        await asyncio.wait_for(running, WITHIN_S)
