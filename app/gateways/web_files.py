"""Files of others, fetched from their web addresses behind the network wall: pictures and drawings of listings.

Each step of a redirection is checked like the first; what is announced or turns out too large is left.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar, Protocol
from urllib.parse import unquote, urljoin

import httpx

from app.gateways.errors import GatewayError
from app.gateways.network_wall import NetworkWall, Resolver, TimedOut, UrlInvalid, WallError, resolve
from app.kit.outside import calls_out

MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_AGENT = {"User-Agent": "Partingline-Media/1", "Accept": "image/*, application/pdf, model/*, */*;q=0.5"}


class WebFileTooLarge(GatewayError):
    """More bytes than `max_bytes`, announced or sent."""

    code: ClassVar[str] = "web_file_too_large"


class WebFileRedirected(GatewayError):
    """More redirections than are followed, or one that leads nowhere."""

    code: ClassVar[str] = "web_file_redirected"


class WebFileRefused(GatewayError):
    """The other side answered with something else than the file: `status`."""

    code: ClassVar[str] = "web_file_refused"


class WebFileUnavailable(WebFileRefused):
    """The other side is out of order for now: `status` is 429 or 5xx."""

    code: ClassVar[str] = "web_file_unavailable"
    retryable: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class WebFile:
    """A file on its way. `filename` is the last step of the address that gave it, `media_type` what it was called there."""

    filename: str
    media_type: str | None
    chunks: AsyncIterator[bytes]


class WebFiles(Protocol):
    """Fetches files of others."""

    def accepts(self, url: str) -> bool:
        """Whether the URL has a form that is fetched at all. Nothing is looked up."""
        ...

    def open(self, url: str) -> "OpenedFile":
        """The file, while the block lasts. Raises a `WallError` or one of the errors of this module."""
        ...


class OpenedFile(Protocol):
    """What `WebFiles.open` gives: a context manager around the file."""

    async def __aenter__(self) -> WebFile: ...
    async def __aexit__(self, *told: object) -> bool | None: ...


@calls_out
class HttpWebFiles:
    """The real `WebFiles`."""

    def __init__(
        self,
        *,
        max_bytes: int,
        allowed_networks: Sequence[str] = (),
        allow_http: bool = False,
        connect_timeout_s: float = 5.0,
        timeout_s: float = 30.0,
        resolver: Resolver = resolve,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        """`timeout_s` bounds the whole of a fetch, redirections and bytes included."""
        self._wall = NetworkWall(
            allowed_networks=allowed_networks,
            allow_http=allow_http,
            connect_timeout_s=connect_timeout_s,
            timeout_s=timeout_s,
            resolver=resolver,
            tls_context=tls_context,
        )
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s

    def accepts(self, url: str) -> bool:
        """Look at the URL's form."""
        try:
            self._wall.parsed(url)
        except WallError:
            return False
        return True

    @asynccontextmanager
    async def open(self, url: str) -> AsyncIterator[WebFile]:
        """Resolve, check, connect to the checked address and read; redirections the same way, at most three."""
        try:
            async with asyncio.timeout(self._timeout_s):
                target = self._wall.parsed(url)
                for _ in range(MOST_REDIRECTS + 1):
                    async with self._wall.call("GET", target, headers=_AGENT) as response:
                        if response.status_code not in _REDIRECTS:
                            yield self._file(target, response)
                            return
                        target = self._next(target, response)
                raise WebFileRedirected()
        except TimeoutError:
            raise TimedOut(seconds=self._timeout_s) from None

    def _next(self, target: httpx.URL, response: httpx.Response) -> httpx.URL:
        location = response.headers.get("location", "")
        if not location:
            raise WebFileRedirected()
        try:
            there = urljoin(str(target), location).partition("#")[0]
        except ValueError:
            raise UrlInvalid() from None
        return self._wall.parsed(there)

    def _file(self, target: httpx.URL, response: httpx.Response) -> WebFile:
        status = response.status_code
        if status == 429 or status >= 500:
            raise WebFileUnavailable(status=status)
        if status != 200:
            raise WebFileRefused(status=status)
        announced = response.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > self._max_bytes:
            raise WebFileTooLarge(max_bytes=self._max_bytes)
        # Asked for as it is: whoever compresses all the same could make much out of little.
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise WebFileRefused(status=status)
        name = PurePosixPath(unquote(target.path, errors="replace")).name
        return WebFile(name, response.headers.get("content-type"), self._bounded(response))

    async def _bounded(self, response: httpx.Response) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in response.aiter_raw():
            received += len(chunk)
            if received > self._max_bytes:
                raise WebFileTooLarge(max_bytes=self._max_bytes)
            yield chunk
