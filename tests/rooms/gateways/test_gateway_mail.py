"""Mail over a real SMTP conversation: client → sink → parsed back."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.gateways.mail import (
    MailInvalid,
    MailLoginRefused,
    MailRefused,
    MailUnavailable,
    OutgoingMail,
    SmtpMailer,
    build_mime,
    is_loopback,
)
from app.gateways.mail_sink import MailSinkNotLoopback, SinkMailServer

pytestmark = pytest.mark.asyncio

SENDER = "Partingline <no-reply@partingline.example>"
MESSAGE_ID = "<0199c2f0-7b1e-7c3a-9d55-0123456789ab@partingline.example>"


def mail(**overrides: Any) -> OutgoingMail:
    given: dict[str, Any] = {
        "message_id": MESSAGE_ID,
        "to": "佐藤 花子 <hanako.sato@kanagata.example>",
        "subject": "見積依頼：PC/ABS 筐体金型（2個取り）",
        "text": "お見積りをお願いします。\n鋼材：1.2738、入れ子 S136\n",
        "html": "<p>お見積りをお願いします。</p>",
        "locale": "ja",
        "headers": {"X-Entity-Ref-ID": "inquiry-42"},
    }
    return OutgoingMail(**(given | overrides))


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SinkMailServer]:
    with SinkMailServer(tmp_path / "mail") as server:
        yield server


def eml_files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def mailer(sink: SinkMailServer, **options: Any) -> SmtpMailer:
    return SmtpMailer(sink.host, sink.port, sender=SENDER, **({"tls": "none", "timeout_s": 10} | options))


async def test_a_japanese_mail_arrives_whole(sink: SinkMailServer) -> None:
    await mailer(sink, now=lambda: datetime(2026, 12, 1, 9, tzinfo=UTC)).send(mail())
    [received] = sink.mails()
    assert received.message_id == MESSAGE_ID
    assert received.subject == "見積依頼：PC/ABS 筐体金型（2個取り）"
    assert received.recipients == ("hanako.sato@kanagata.example",)
    assert received.locale == "ja"
    parsed = received.parsed()
    assert parsed.get_content_type() == "multipart/alternative"
    assert str(parsed["From"]) == SENDER
    assert parsed["To"].addresses[0].display_name == "佐藤 花子"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["Content-Language"] == "ja"
    assert parsed["X-Entity-Ref-ID"] == "inquiry-42"
    assert parsed["Date"].datetime == datetime(2026, 12, 1, 9, tzinfo=UTC)
    text, html = parsed.iter_parts()
    assert [text.get_content_type(), html.get_content_type()] == ["text/plain", "text/html"]
    assert text.get_content().replace("\r\n", "\n") == "お見積りをお願いします。\n鋼材：1.2738、入れ子 S136\n"
    assert html.get_content().strip() == "<p>お見積りをお願いします。</p>"
    raw = received.path.read_bytes()
    raw.decode("ascii")
    assert max(map(len, raw.splitlines())) <= 998


async def test_an_arabic_subject_and_a_plain_mail_arrive(sink: SinkMailServer) -> None:
    subject = "طلب عرض أسعار: قالب حقن بتجويفين من الفولاذ 1.2738 مع إدراجات S136 وتسليم FCA Ningbo"
    await mailer(sink).send(mail(subject=subject, locale="ar", html=None, text="مرحبًا\n", to="omar@qawalib.example"))
    [received] = sink.mails(to="omar@qawalib.example")
    assert received.subject == subject
    assert received.parsed().get_content_type() == "text/plain"
    assert received.parsed().get_content().strip() == "مرحبًا"


async def test_dots_long_lines_and_many_mails(sink: SinkMailServer) -> None:
    text = ".\n..lifter\nFrom here on\n" + "x" * 5000 + "\n"
    for number in range(5):
        await mailer(sink).send(mail(message_id=f"<{number}@partingline.example>", text=text, html=None))
    assert [item.message_id for item in sink.mails()] == [f"<{number}@partingline.example>" for number in range(5)]
    assert sink.mails()[0].parsed().get_content().replace("\r\n", "\n") == text


async def test_the_same_mail_twice_is_known_by_its_message_id(sink: SinkMailServer) -> None:
    for _ in range(2):
        await mailer(sink).send(mail())
    assert len(sink.mails(message_id=MESSAGE_ID)) == 2


async def test_the_sink_remembers_after_a_restart(tmp_path: Path) -> None:
    with SinkMailServer(tmp_path) as first:
        await mailer(first).send(mail())
        port = first.port
    with SinkMailServer(tmp_path, port=port) as second:
        assert second.port == port
        assert [item.message_id for item in second.mails()] == [MESSAGE_ID]
        await mailer(second).send(mail(message_id="<second@partingline.example>"))
        assert len(second.mails()) == 2
    assert [path.suffix for path in eml_files(tmp_path)] == [".eml", ".eml"]


async def test_the_sink_listens_on_loopback_only(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "192.168.1.10", "::", "example.com"):
        assert not is_loopback(host)
        with pytest.raises(MailSinkNotLoopback):
            SinkMailServer(tmp_path, host=host)


async def test_a_taken_port_is_an_error_at_start(sink: SinkMailServer, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        SinkMailServer(tmp_path / "other", port=sink.port).start()


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"subject": "Hello\r\nBcc: thief@example.com"}, "subject"),
        ({"subject": "Hello\nBcc: thief@example.com"}, "subject"),
        ({"subject": "Hello\u2028Bcc: x"}, "subject"),
        ({"subject": "lone \ud800"}, "subject"),
        ({"to": "a@b.example\r\nBcc: thief@example.com"}, "to"),
        ({"to": "a@b.example, thief@example.com"}, "to"),
        ({"to": "nobody"}, "to"),
        ({"to": "<script>@b.example"}, "to"),
        ({"message_id": "<a@b>\r\nBcc: thief@example.com"}, "message_id"),
        ({"message_id": "no-brackets@b.example"}, "message_id"),
        ({"locale": "ja\r\nX: y"}, "locale"),
        ({"headers": {"X-A": "b\r\nBcc: thief@example.com"}}, "headers"),
        ({"headers": {"X-A\r\nBcc": "thief@example.com"}}, "headers"),
        ({"headers": {"Bcc": "thief@example.com"}}, "headers"),
        ({"headers": {"from": "thief@example.com"}}, "headers"),
        ({"text": "nul \x00"}, "text"),
        ({"html": "lone \udfff"}, "text"),
    ],
)
async def test_no_header_can_be_injected(sink: SinkMailServer, overrides: dict[str, Any], field: str) -> None:
    with pytest.raises(MailInvalid) as caught:
        await mailer(sink).send(mail(**overrides))
    assert caught.value.params == {"field": field}
    assert not caught.value.retryable
    assert sink.mails() == []


async def test_a_display_name_cannot_smuggle_an_address(sink: SinkMailServer) -> None:
    await mailer(sink).send(mail(to='"Sato, thief@example.com" <hanako@kanagata.example>'))
    [received] = sink.mails()
    assert received.recipients == ("hanako@kanagata.example",)
    assert [address.addr_spec for address in received.parsed()["To"].addresses] == ["hanako@kanagata.example"]


async def test_an_international_domain_travels_in_ascii() -> None:
    content = build_mime(mail(to="Jürgen <j@münchen.example>"), sender=SENDER, date=datetime(2026, 1, 1, tzinfo=UTC))
    assert b"<j@xn--mnchen-3ya.example>" in content


async def test_nobody_listening_is_unavailable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(MailUnavailable) as caught:
            await SmtpMailer("127.0.0.1", taken.getsockname()[1], sender=SENDER, tls="none", timeout_s=2).send(mail())
    assert caught.value.retryable


class Relay:
    """A relay with a will of its own: replies to RCPT and DATA as told, and checks a password."""

    def __init__(self, rcpt: str = "250 OK", data: str = "250 OK") -> None:
        self.rcpt = rcpt
        self.data = data
        self.received: list[Envelope] = []

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.received.append(envelope)
        return self.data


class RelayController(Controller):
    def __init__(self, relay: Relay, **options: Any) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        super().__init__(relay, hostname="127.0.0.1", port=port, **options)


@pytest.mark.parametrize(
    ("replies", "error", "status"),
    [
        ({"rcpt": "550 no such user"}, MailRefused, 550),
        ({"rcpt": "451 try later"}, MailUnavailable, 451),
        ({"data": "554 spam"}, MailRefused, 554),
        ({"data": "452 full"}, MailUnavailable, 452),
    ],
)
async def test_the_relays_reply_decides_whether_to_try_again(
    replies: dict[str, str], error: type[Exception], status: int
) -> None:
    controller = RelayController(Relay(**replies))
    controller.start()
    try:
        with pytest.raises(error) as caught:
            await SmtpMailer("127.0.0.1", controller.port, sender=SENDER, tls="none", timeout_s=5).send(mail())
    finally:
        controller.stop()
    assert caught.value.params == {"status": status}  # type: ignore[attr-defined]


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_path, key_path = folder / "cert.pem", folder / "key.pem"
    cert_path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert_path, key_path


def accept_sato(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    ok = isinstance(data, LoginPassword) and (data.login, data.password) == (b"partingline", b"right")
    return AuthResult(success=ok, handled=False)


@pytest.mark.parametrize("mode", ["starttls", "tls"])
async def test_tls_is_spoken_and_verified(tmp_path: Path, mode: Any) -> None:
    cert, key = certificate(tmp_path)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(cert, key)
    relay = Relay()
    options: dict[str, Any] = {"authenticator": accept_sato}
    if mode == "starttls":
        controller = RelayController(relay, tls_context=server_side, require_starttls=True, **options)
    else:
        controller = RelayController(relay, ssl_context=server_side, auth_require_tls=False, **options)
    trusted = ssl.create_default_context(cafile=str(cert))
    controller.start()
    try:

        def client(password: str, context: ssl.SSLContext | None) -> SmtpMailer:
            return SmtpMailer(
                "127.0.0.1", controller.port, sender=SENDER, tls=mode, username="partingline", password=password,
                timeout_s=10, tls_context=context,
            )  # fmt: skip

        await client("right", trusted).send(mail())
        with pytest.raises(MailLoginRefused):
            await client("wrong", trusted).send(mail())
        with pytest.raises(MailUnavailable):
            await client("right", None).send(mail())
    finally:
        controller.stop()
    assert len(relay.received) == 1


async def test_starttls_is_not_given_up_when_the_relay_lacks_it(sink: SinkMailServer) -> None:
    with pytest.raises((MailUnavailable, MailRefused)):
        await mailer(sink, tls="starttls").send(mail())
    assert sink.mails() == []
