"""The wall between us and networks that are nobody's business: no call leaves for a private, reserved or own address.

A name is resolved here, every address is checked, and the connection goes to the checked address itself, so that a name
that points elsewhere a moment later (DNS rebinding) leads nowhere else. Redirects are not followed, proxies not used.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar

import httpx

from app.gateways.errors import GatewayError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

LONGEST_URL = 2000
MOST_ADDRESSES = 3
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


class WallError(GatewayError):
    """Base of the wall's refusals and of what goes wrong on the way to the other side."""

    code: ClassVar[str] = "call_failed"


class UrlInvalid(WallError):
    """Not an absolute https URL with a host and without user name, password or fragment."""

    code: ClassVar[str] = "url_invalid"


class AddressForbidden(WallError):
    """The host is, or resolves to, an address that is not called."""

    code: ClassVar[str] = "address_forbidden"
    retryable: ClassVar[bool] = True


class HostUnknown(WallError):
    """The host's name has no address, or nobody answered in time."""

    code: ClassVar[str] = "host_unknown"
    retryable: ClassVar[bool] = True


class Unreachable(WallError):
    """No connection, or it broke before the answer."""

    code: ClassVar[str] = "unreachable"
    retryable: ClassVar[bool] = True


class TlsFailed(WallError):
    """The other side's certificate is not valid for its name."""

    code: ClassVar[str] = "tls_failed"
    retryable: ClassVar[bool] = True


class TimedOut(WallError):
    """The other side did not answer in time."""

    code: ClassVar[str] = "timed_out"
    retryable: ClassVar[bool] = True


async def resolve(host: str, port: int) -> Sequence[str]:
    """The host's addresses by the system's resolver, in its order of preference."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_forbidden(address: Address, allowed: Sequence[Network] = ()) -> bool:
    """Whether an address is not called: everything but public unicast, unless a network that contains it is allowed."""
    if any(address in network for network in allowed):
        return False
    return not address.is_global or address.is_multicast or any(address in network for network in _FORBIDDEN)


class NetworkWall:
    """One wall with its openings. Whoever calls out asks it for the way."""

    def __init__(
        self,
        *,
        allowed_networks: Sequence[str] = (),
        allow_http: bool = False,
        connect_timeout_s: float = 5.0,
        timeout_s: float = 10.0,
        resolver: Resolver = resolve,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        """`allowed_networks` are private networks (CIDR) that may be called; `allow_http` is for development alone.

        `timeout_s` bounds each step of a call (a read, a write), not the whole of it.
        """
        self._allowed: tuple[Network, ...] = tuple(
            ipaddress.ip_network(network, strict=False) for network in allowed_networks
        )
        self._schemes = {"https", "http"} if allow_http else {"https"}
        self._connect_timeout_s = connect_timeout_s
        self._timeout_s = timeout_s
        self._resolver = resolver
        self._tls_context = tls_context

    def parsed(self, url: str) -> httpx.URL:
        """The URL, when it is a plain one; raises `UrlInvalid`. Nothing is looked up."""
        try:
            target = httpx.URL(url)
        except (httpx.InvalidURL, ValueError, UnicodeError):
            raise UrlInvalid() from None
        plain = len(url) <= LONGEST_URL and url.isprintable() and not target.userinfo and not target.fragment
        if not plain or target.scheme not in self._schemes or not 1 <= _port(target) <= 65_535:
            raise UrlInvalid()
        if _HOST.fullmatch(target.raw_host) is None:
            raise UrlInvalid()
        return target

    async def addresses(self, target: httpx.URL) -> list[Address]:
        """The host's addresses. One forbidden address among them is enough to refuse: who mixes them has a reason.

        Raises `HostUnknown`, `AddressForbidden`.
        """
        host = target.raw_host.decode("ascii").strip("[]")
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                texts = await self._resolver(host, _port(target))
            found = [ipaddress.ip_address(text.partition("%")[0]) for text in texts]
        except (OSError, ValueError, UnicodeError):
            raise HostUnknown() from None
        if not found:
            raise HostUnknown()
        if any(is_forbidden(address, self._allowed) for address in found):
            raise AddressForbidden()
        return found

    @asynccontextmanager
    async def call(
        self, method: str, target: httpx.URL, *, headers: Mapping[str, str], content: bytes | None = None
    ) -> AsyncIterator[httpx.Response]:
        """Resolve, check, and call the first address that accepts the connection; at most three are tried.

        The answer's body is not read yet. Raises a `WallError`, also for what breaks while the body is read.
        """
        addresses = await self.addresses(target)
        last: WallError = Unreachable()
        for address in addresses[:MOST_ADDRESSES]:
            client = self._client()
            try:
                async with client:
                    response = await self._sent(client, method, target, address, headers=headers, content=content)
                    try:
                        yield response
                    finally:
                        await response.aclose()
                    return
            except httpx.ConnectError as error:
                last = TlsFailed() if _is_tls(error) else Unreachable(reason="ConnectError")
            except httpx.ConnectTimeout:
                last = TimedOut(seconds=self._connect_timeout_s)
            except httpx.TimeoutException:
                raise TimedOut(seconds=self._timeout_s) from None
            except httpx.HTTPError as error:
                raise Unreachable(reason=type(error).__name__) from None
        raise last

    def _client(self) -> httpx.AsyncClient:
        timeout = httpx.Timeout(self._timeout_s, connect=self._connect_timeout_s)
        transport = httpx.AsyncHTTPTransport(verify=self._context(), trust_env=False, retries=0)
        return httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False)

    @staticmethod
    async def _sent(
        client: httpx.AsyncClient,
        method: str,
        target: httpx.URL,
        address: Address,
        *,
        headers: Mapping[str, str],
        content: bytes | None,
    ) -> httpx.Response:
        """The address stands in the URL; the name goes into the Host header and the TLS handshake, which verifies it."""
        request = client.build_request(
            method,
            target.copy_with(host=str(address)),
            content=content,
            headers={
                **headers,
                "Host": target.netloc.decode("ascii"),
                "Accept-Encoding": "identity",
                "Connection": "close",
            },
            extensions={"sni_hostname": target.raw_host.decode("ascii").strip("[]")},
        )
        return await client.send(request, stream=True, follow_redirects=False)

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
