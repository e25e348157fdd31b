"""The wall around outgoing webhooks: where they never go, and that no trick of names leads around it."""

import asyncio
import ipaddress
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.gateways.network_wall import is_forbidden
from app.gateways.webhooks import (
    HttpWebhookSender,
    WebhookAddressForbidden,
    WebhookError,
    WebhookHostUnknown,
    WebhookTimedOut,
    WebhookTlsFailed,
    WebhookUnreachable,
    WebhookUrlInvalid,
)
from tests.rooms.messages.lamp import Receiver

FORBIDDEN = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.8.9.10", "169.254.0.1",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "fc00::1", "fd00:ec2::254",
    "fe80::1", "fec0::1", "ff02::1", "ff0e::1", "3fff::1", "5f00::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.215.14", "2606:4700::1111", "2a00:1450:4001:80b::200e"]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_private_and_reserved_addresses_are_forbidden(address: str) -> None:
    assert is_forbidden(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_not(address: str) -> None:
    assert not is_forbidden(ipaddress.ip_address(address))


def test_an_allowed_network_opens_itself_alone() -> None:
    allowed = [ipaddress.ip_network("10.1.0.0/16")]
    assert not is_forbidden(ipaddress.ip_address("10.1.2.3"), allowed)
    assert is_forbidden(ipaddress.ip_address("10.2.0.1"), allowed)
    assert is_forbidden(ipaddress.ip_address("::ffff:10.1.2.3"), allowed)


def resolving(*addresses: str) -> Any:
    async def resolver(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolver


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "//example.com", "example.com", "https://", "https:///hooks",
        "https://user@example.com/", "https://user:secret@example.com/", "https://example.com/#part",
        "https://example.com:0/", "https://example.com:99999/", "https://exa mple.com/", "https://example.com/\n",
        "https://[::1", "file:///etc/passwd", "gopher://example.com", "javascript:alert(1)", "",
        "https://example.com/" + "a" * 2000,
    ],
)  # fmt: skip
async def test_only_plain_https_urls_are_accepted(url: str) -> None:
    with pytest.raises(WebhookUrlInvalid):
        await HttpWebhookSender(resolver=resolving("8.8.8.8")).check(url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "localhost", "localhost.", "[::1]",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "169.254.169.254", "[fd00:ec2::254]", "10.0.0.1", "①②⑦.⓪.⓪.①",
    ],
)  # fmt: skip
async def test_other_spellings_of_inner_addresses_are_refused(host: str) -> None:
    with pytest.raises((WebhookAddressForbidden, WebhookHostUnknown, WebhookUrlInvalid)):
        await HttpWebhookSender().check(f"https://{host}/")


async def test_one_forbidden_address_among_public_ones_is_enough() -> None:
    with pytest.raises(WebhookAddressForbidden):
        await HttpWebhookSender(resolver=resolving("8.8.8.8", "10.0.0.1")).check("https://mixed.example/")
    await HttpWebhookSender(resolver=resolving("8.8.8.8", "2606:4700::1111")).check("https://fine.example/")


async def test_unknown_names_and_slow_resolvers_are_told_apart_from_refusals() -> None:
    async def fails(host: str, port: int) -> Sequence[str]:
        raise OSError("no such host")

    async def hangs(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(5)
        return ["8.8.8.8"]

    for resolver in (fails, hangs, resolving()):
        with pytest.raises(WebhookHostUnknown):
            await HttpWebhookSender(resolver=resolver, connect_timeout_s=0.05).check("https://gone.example/")


async def test_a_name_that_turns_inward_later_leads_nowhere(receiver: Receiver) -> None:
    """DNS rebinding: the check at the creation saw a public address, the one at the delivery sees loopback."""
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return next(answers)

    sender = HttpWebhookSender(allow_http=True, resolver=rebinding)
    url = f"http://rebinding.example:{receiver.port}/hooks"
    await sender.check(url)
    with pytest.raises(WebhookAddressForbidden):
        await sender.send(url, b"{}", {})
    assert receiver.received == []


async def test_the_connection_goes_to_the_checked_address_and_the_name_into_the_host_header(receiver: Receiver) -> None:
    asked: list[str] = []

    async def once(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    sender = HttpWebhookSender(allow_http=True, allowed_networks=["127.0.0.0/8"], resolver=once)
    reply = await sender.send(f"http://erp.example:{receiver.port}/hooks?x=1", b"{}", {"webhook-id": "1"})
    assert reply.status == 204
    assert asked == ["erp.example"], "resolved once: there is no second lookup to answer differently"
    assert receiver.received[0].headers["host"] == f"erp.example:{receiver.port}"


async def test_redirects_are_not_followed_and_long_answers_are_cut(receiver: Receiver) -> None:
    sender = HttpWebhookSender(allow_http=True, allowed_networks=["127.0.0.0/8"], max_response_bytes=1000)
    receiver.answers = [(307, {"location": "http://169.254.169.254/"}, b""), (200, {}, b"x" * 5_000_000)]
    assert (await sender.send(receiver.url, b"{}", {})).status == 307
    assert len((await sender.send(receiver.url, b"{}", {})).body) == 1000
    assert len(receiver.received) == 2


async def test_a_slow_receiver_is_left_and_a_closed_port_is_unreachable(receiver: Receiver) -> None:
    sender = HttpWebhookSender(allow_http=True, allowed_networks=["127.0.0.0/8"], timeout_s=0.2)
    receiver.delay_s = 1.0
    with pytest.raises(WebhookTimedOut):
        await sender.send(receiver.url, b"{}", {})
    with pytest.raises(WebhookUnreachable):
        await sender.send("http://127.0.0.1:1/", b"{}", {})


def certificate(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate for a name, and the context of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(private + pem)
    return path, ssl.create_default_context(cadata=pem.decode())


async def test_tls_verifies_the_name_and_not_the_address(tmp_path: Path) -> None:
    path, trusting = certificate(tmp_path, "erp.example")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(path)
    names: list[str | None] = []
    serving.sni_callback = lambda _socket, name, _context: names.append(name)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=serving)
    port = server.sockets[0].getsockname()[1]
    options: dict[str, Any] = {"allowed_networks": ["127.0.0.0/8"], "resolver": resolving("127.0.0.1")}
    try:
        sender = HttpWebhookSender(tls_context=trusting, **options)
        assert (await sender.send(f"https://erp.example:{port}/", b"", {})).status == 204
        with pytest.raises(WebhookTlsFailed):
            await sender.send(f"https://other.example:{port}/", b"", {})
        with pytest.raises(WebhookTlsFailed):
            await HttpWebhookSender(**options).send(f"https://erp.example:{port}/", b"", {})
    finally:
        server.close()
    assert names[:2] == ["erp.example", "other.example"]


def test_errors_hold_no_address() -> None:
    for cls in WebhookError.__subclasses__():
        assert "example" not in str(cls())
