"""A web site of somebody else, on a loopback port: it answers as it was told to, path by path."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn


@dataclass
class Page:
    """What a path answers. `slow_s` passes before the answer begins, `between_s` between its chunks."""

    content: bytes = b""
    media_type: str | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    slow_s: float = 0.0
    between_s: float = 0.0
    chunk_bytes: int = 65_536


@dataclass
class Site:
    """Pages by path, and the paths that were asked for."""

    port: int = 0
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(self, path: str, content: bytes = b"", media_type: str | None = None, **options: Any) -> str:
        """Let a path answer; its address."""
        self.pages[path] = Page(content, media_type, **options)
        return self.url + path

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        """Let a path lead on; its address."""
        return self.put(path, status=status, headers={"location": to})

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self.asked.append(scope["path"])
        page = self.pages.get(scope["path"], Page(status=404))
        await asyncio.sleep(page.slow_s)
        headers = [(name.encode(), value.encode()) for name, value in page.headers.items()]
        if page.media_type:
            headers.append((b"content-type", page.media_type.encode()))
        await send({"type": "http.response.start", "status": page.status, "headers": headers})
        for at in range(0, len(page.content), page.chunk_bytes):
            chunk = page.content[at : at + page.chunk_bytes]
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await asyncio.sleep(page.between_s)
        await send({"type": "http.response.body", "body": b""})


@contextmanager
def serving() -> Iterator[Site]:
    """A site under uvicorn."""
    site = Site()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    site.port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(site, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield site
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        listener.close()
