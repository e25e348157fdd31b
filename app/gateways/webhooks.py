"""Outgoing webhooks over HTTP, behind the network wall: nothing is sent to an address inside our own or anybody's private
network. Redirects are not followed."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar, Protocol

from app.gateways import network_wall as wall
from app.gateways.errors import GatewayError
from app.gateways.network_wall import LONGEST_URL, NetworkWall, Resolver, resolve
from app.kit.outside import calls_out

__all__ = ["LONGEST_URL", "HttpWebhookSender", "WebhookError", "WebhookReply", "WebhookSender"]


class WebhookError(GatewayError):
    """Base of the webhook errors."""

    code: ClassVar[str] = "webhook_failed"


class WebhookUrlInvalid(WebhookError):
    """Not an absolute https URL with a host and without user name, password or fragment."""

    code: ClassVar[str] = "webhook_url_invalid"


class WebhookAddressForbidden(WebhookError):
    """The host is, or resolves to, an address that is not sent to."""

    code: ClassVar[str] = "webhook_address_forbidden"
    retryable: ClassVar[bool] = True


class WebhookHostUnknown(WebhookError):
    """The host's name has no address, or nobody answered in time."""

    code: ClassVar[str] = "webhook_host_unknown"
    retryable: ClassVar[bool] = True


class WebhookUnreachable(WebhookError):
    """No connection, or it broke before the answer."""

    code: ClassVar[str] = "webhook_unreachable"
    retryable: ClassVar[bool] = True


class WebhookTlsFailed(WebhookError):
    """The receiver's certificate is not valid for its name."""

    code: ClassVar[str] = "webhook_tls_failed"
    retryable: ClassVar[bool] = True


class WebhookTimedOut(WebhookError):
    """The receiver did not answer in time."""

    code: ClassVar[str] = "webhook_timed_out"
    retryable: ClassVar[bool] = True


_TOLD_AS: dict[type[wall.WallError], type[WebhookError]] = {
    wall.UrlInvalid: WebhookUrlInvalid,
    wall.AddressForbidden: WebhookAddressForbidden,
    wall.HostUnknown: WebhookHostUnknown,
    wall.Unreachable: WebhookUnreachable,
    wall.TlsFailed: WebhookTlsFailed,
    wall.TimedOut: WebhookTimedOut,
}


@dataclass(frozen=True, slots=True)
class WebhookReply:
    """What the receiver answered; `body` is at most its first `max_response_bytes`."""

    status: int
    body: bytes
    retry_after: str | None = None


class WebhookSender(Protocol):
    """Hands events to the systems of others."""

    async def check(self, url: str) -> None:
        """Raise a `WebhookError` unless the URL may be sent to now."""
        ...

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> WebhookReply:
        """POST `body`, whatever the status of the answer; raises a `WebhookError` when there is none."""
        ...


@calls_out
class HttpWebhookSender:
    """The real `WebhookSender`."""

    def __init__(
        self,
        *,
        allowed_networks: Sequence[str] = (),
        allow_http: bool = False,
        connect_timeout_s: float = 5.0,
        timeout_s: float = 10.0,
        max_response_bytes: int = 16_384,
        resolver: Resolver = resolve,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        """`allowed_networks` are private networks (CIDR) that may be sent to; `allow_http` is for development alone."""
        self._wall = NetworkWall(
            allowed_networks=allowed_networks,
            allow_http=allow_http,
            connect_timeout_s=connect_timeout_s,
            timeout_s=timeout_s,
            resolver=resolver,
            tls_context=tls_context,
        )
        self._timeout_s = timeout_s
        self._max_response_bytes = max_response_bytes

    async def check(self, url: str) -> None:
        """Look at the URL, resolve its host and look at every address."""
        async with _told_as_webhook_errors():
            await self._wall.addresses(self._wall.parsed(url))

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> WebhookReply:
        """Resolve, check, connect to the checked address and POST."""
        try:
            async with _told_as_webhook_errors(), asyncio.timeout(self._timeout_s):
                return await self._post(url, body, headers)
        except TimeoutError:
            raise WebhookTimedOut(seconds=self._timeout_s) from None

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> WebhookReply:
        sent = {**headers, "User-Agent": "Partingline-Webhooks/1"}
        kept = b""
        async with self._wall.call("POST", self._wall.parsed(url), headers=sent, content=body) as response:
            async for chunk in response.aiter_raw():
                kept += chunk
                if len(kept) >= self._max_response_bytes:
                    break
            return WebhookReply(
                response.status_code, kept[: self._max_response_bytes], response.headers.get("retry-after")
            )


@asynccontextmanager
async def _told_as_webhook_errors() -> AsyncIterator[None]:
    """The wall's errors under the codes that deliveries are told by."""
    try:
        yield
    except wall.WallError as error:
        raise _TOLD_AS[type(error)](**error.params) from None
