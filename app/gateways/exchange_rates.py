"""Rates of exchange as a bank publishes them: the file is fetched here behind the network wall, and understood elsewhere."""

from typing import Protocol

from app.gateways.web_files import HttpWebFiles
from app.kit.outside import calls_out


class RateFeed(Protocol):
    """Where a file of rates comes from."""

    async def fetch(self) -> bytes:
        """The file, whole. Raises a `GatewayError`."""
        ...


@calls_out
class HttpRateFeed:
    """The real one: a web address, of which no more is read than `HttpWebFiles` allows."""

    def __init__(self, url: str, web_files: HttpWebFiles) -> None:
        self._url = url
        self._web_files = web_files

    async def fetch(self) -> bytes:
        """Resolve, check, connect to the checked address and read."""
        async with self._web_files.open(self._url) as file:
            return b"".join([chunk async for chunk in file.chunks])
