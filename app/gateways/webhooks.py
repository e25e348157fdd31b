"""Outgoing webhooks over HTTP, behind a wall: nothing is sent to an address inside our own or anybody's private network.

A name is resolved here, every address is checked, and the connection goes to the checked address itself, so that a name
that points elsewhere a moment later (DNS rebinding) leads nowhere else. Redirects are not followed, proxies not used.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import httpx

from app.gateways.errors import GatewayError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

LONGEST_URL = 2000
_HOST = re.compile(rb"[A-Za-z0-9._-]{1,253}|\[?[0-9A-Fa-f:.]{2,45}\]?")

# IANA's special-purpose address registries (IPv4 and IPv6), with multicast, and the prefixes that carry an IPv4 address
# within an IPv6 one: mapped, compatible, NAT64, 6to4, Teredo.
_FORBIDDEN: tuple[Network, ...] = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
        "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip


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


async def resolve(host: str, port: int) -> Sequence[str]:
    """The host's addresses by the system's resolver, in its order of preference."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_forbidden(address: Address, allowed: Sequence[Network] = ()) -> bool:
    """Whether an address is not sent to: everything but public unicast, unless a network that contains it is allowed."""
    if any(address in network for network in allowed):
        return False
    return not address.is_global or address.is_multicast or any(address in network for network in _FORBIDDEN)


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
        self._allowed: tuple[Network, ...] = tuple(
            ipaddress.ip_network(network, strict=False) for network in allowed_networks
        )
        self._schemes = {"https", "http"} if allow_http else {"https"}
        self._connect_timeout_s = connect_timeout_s
        self._timeout_s = timeout_s
        self._max_response_bytes = max_response_bytes
        self._resolver = resolver
        self._tls_context = tls_context

    async def check(self, url: str) -> None:
        """Look at the URL, resolve its host and look at every address."""
        await self._addresses(self._parsed(url))

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> WebhookReply:
        """Resolve, check, connect to the checked address and POST."""
        target = self._parsed(url)
        try:
            async with asyncio.timeout(self._timeout_s):
                addresses = await self._addresses(target)
                return await self._post_to_first(target, addresses, body, headers)
        except TimeoutError:
            raise WebhookTimedOut(seconds=self._timeout_s) from None

    def _parsed(self, url: str) -> httpx.URL:
        try:
            target = httpx.URL(url)
        except (httpx.InvalidURL, ValueError, UnicodeError):
            raise WebhookUrlInvalid() from None
        plain = len(url) <= LONGEST_URL and url.isprintable() and not target.userinfo and not target.fragment
        if not plain or target.scheme not in self._schemes or not 1 <= _port(target) <= 65_535:
            raise WebhookUrlInvalid()
        if _HOST.fullmatch(target.raw_host) is None:
            raise WebhookUrlInvalid()
        return target

    async def _addresses(self, target: httpx.URL) -> list[Address]:
        """The host's addresses. One forbidden address among them is enough to refuse: who mixes them has a reason."""
        host = target.raw_host.decode("ascii").strip("[]")
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                texts = await self._resolver(host, _port(target))
            found = [ipaddress.ip_address(text.partition("%")[0]) for text in texts]
        except (OSError, ValueError, UnicodeError):
            raise WebhookHostUnknown() from None
        if not found:
            raise WebhookHostUnknown()
        if any(is_forbidden(address, self._allowed) for address in found):
            raise WebhookAddressForbidden()
        return found

    async def _post_to_first(
        self, target: httpx.URL, addresses: Sequence[Address], body: bytes, headers: Mapping[str, str]
    ) -> WebhookReply:
        """Try the addresses in order until one accepts the connection; at most three."""
        last: WebhookError = WebhookUnreachable()
        for address in addresses[:3]:
            try:
                return await self._post(target, address, body, headers)
            except httpx.ConnectError as error:
                last = WebhookTlsFailed() if _is_tls(error) else WebhookUnreachable(reason="ConnectError")
            except httpx.ConnectTimeout:
                last = WebhookTimedOut(seconds=self._connect_timeout_s)
            except httpx.TimeoutException:
                raise WebhookTimedOut(seconds=self._timeout_s) from None
            except httpx.HTTPError as error:
                raise WebhookUnreachable(reason=type(error).__name__) from None
        raise last

    async def _post(self, target: httpx.URL, address: Address, body: bytes, headers: Mapping[str, str]) -> WebhookReply:
        """The address stands in the URL; the name goes into the Host header and the TLS handshake, which verifies it."""
        host = target.raw_host.decode("ascii").strip("[]")
        timeout = httpx.Timeout(self._timeout_s, connect=self._connect_timeout_s)
        transport = httpx.AsyncHTTPTransport(verify=self._context(), trust_env=False, retries=0)
        async with httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False) as client:
            request = client.build_request(
                "POST",
                target.copy_with(host=str(address)),
                content=body,
                headers={
                    **headers,
                    "Host": target.netloc.decode("ascii"),
                    "Accept-Encoding": "identity",
                    "Connection": "close",
                    "User-Agent": "Partingline-Webhooks/1",
                },
                extensions={"sni_hostname": host},
            )
            response = await client.send(request, stream=True, follow_redirects=False)
            try:
                kept = b""
                async for chunk in response.aiter_raw():
                    kept += chunk
                    if len(kept) >= self._max_response_bytes:
                        break
            finally:
                await response.aclose()
        retry_after = response.headers.get("retry-after")
        return WebhookReply(response.status_code, kept[: self._max_response_bytes], retry_after)

    def _context(self) -> ssl.SSLContext:
        if self._tls_context is None:
            self._tls_context = ssl.create_default_context()
        return self._tls_context


def _port(target: httpx.URL) -> int:
    if target.port is not None:
        return target.port
    return 443 if target.scheme == "https" else 80


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
