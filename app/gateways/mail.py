"""Outgoing mail over SMTP, and a real SMTP server on loopback that keeps what it receives (for the demo and tests)."""

import ipaddress
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.charset import BASE64, QP, Charset
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, getaddresses
from typing import ClassVar, Literal, Protocol

import aiosmtplib
from email_validator import EmailNotValidError, validate_email

from app.gateways.errors import GatewayError
from app.kit.clock import Clock
from app.kit.outside import calls_out

TlsMode = Literal["none", "starttls", "tls"]

_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 ]+")
_BODY_FORBIDDEN = re.compile(r"[\x00\ud800-\udfff]")
_OURS = frozenset(
    {
        "from", "to", "cc", "bcc", "sender", "reply-to", "return-path", "subject", "date", "message-id", "mime-version",
        "content-type", "content-transfer-encoding", "content-language", "content-disposition", "auto-submitted",
    }
)  # fmt: skip


class MailError(GatewayError):
    """Base of the mail errors."""

    code: ClassVar[str] = "mail_failed"


class MailInvalid(MailError):
    """The mail itself cannot be sent as given; `field` names the part that is wrong."""

    code: ClassVar[str] = "mail_invalid"


class MailUnavailable(MailError):
    """No relay, no answer in time, or a temporary refusal (4yz)."""

    code: ClassVar[str] = "mail_unavailable"
    retryable: ClassVar[bool] = True


class MailLoginRefused(MailError):
    """The relay does not accept the user name and password, or offers no safe way to give them."""

    code: ClassVar[str] = "mail_login_refused"


class MailRefused(MailError):
    """The relay refuses this mail or its recipient for good (5yz); `status` is its reply code."""

    code: ClassVar[str] = "mail_refused"


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail to one reader, already in the reader's language.

    `message_id` is given by the caller in angle brackets and stays the same on every try, so that a mail sent twice can
    be known as one. `to` is `a@b.example` or `Name <a@b.example>`. `html` may be None.
    """

    message_id: str
    to: str
    subject: str
    text: str
    html: str | None
    locale: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Mailer(Protocol):
    """Hands mails to whoever delivers them."""

    async def send(self, message: OutgoingMail) -> None:
        """Hand over one mail. Returns when the relay has taken responsibility; raises a `MailError` otherwise."""
        ...


@calls_out
class SmtpMailer:
    """The real `Mailer`: one SMTP conversation per mail."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        sender: str,
        tls: TlsMode = "starttls",
        username: str | None = None,
        password: str | None = None,
        timeout_s: float = 20.0,
        tls_context: ssl.SSLContext | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """`starttls` insists on the upgrade; `tls` speaks TLS from the first byte. Certificates are always verified."""
        self._host = host
        self._port = port
        self._sender = sender
        self._envelope_sender = _mailbox("sender", sender).spec
        self._tls: TlsMode = tls
        self._username = username
        self._password = password
        self._timeout_s = timeout_s
        self._tls_context = tls_context or (None if tls == "none" else ssl.create_default_context())
        self._now = now or Clock().now

    async def send(self, message: OutgoingMail) -> None:
        """Build the MIME message and hand it to the relay."""
        recipient = _mailbox("to", message.to).spec
        content = build_mime(message, sender=self._sender, date=self._now())
        # The context is given for STARTTLS and TLS only: with "none" the client must not upgrade on its own.
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._tls == "tls",
            start_tls=self._tls == "starttls",
            tls_context=self._tls_context,
            timeout=self._timeout_s,
        )
        try:
            async with client:
                if self._username is not None:
                    await client.login(self._username, self._password or "")
                await client.sendmail(self._envelope_sender, [recipient], content)
        except aiosmtplib.SMTPAuthenticationError as error:
            raise MailLoginRefused(status=error.code) from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refused(error.recipients[0].code if error.recipients else 550) from None
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error.code) from None
        except aiosmtplib.SMTPNotSupported:
            raise MailRefused(status=None) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailUnavailable(reason=type(error).__name__) from None


def _refused(status: int) -> MailError:
    """4yz replies pass by themselves; so do the codes below 100 that the client invents for a lost connection."""
    return MailRefused(status=status) if status >= 500 else MailUnavailable(status=status)


@dataclass(frozen=True, slots=True)
class _Mailbox:
    name: str
    spec: str

    def header(self) -> str:
        """For From and To: the name quoted, or in encoded words when it is not ASCII."""
        if not self.name:
            return self.spec
        if self.name.isascii():
            escaped = re.sub(r'(["\\])', r"\\\1", self.name)
            return f"{self.name} <{self.spec}>" if _PLAIN_NAME.fullmatch(self.name) else f'"{escaped}" <{self.spec}>'
        return f"{Header(self.name, 'utf-8').encode()} <{self.spec}>"


def build_mime(message: OutgoingMail, *, sender: str, date: datetime) -> bytes:
    """The mail as it goes over the wire: multipart/alternative in UTF-8 (text alone when there is no HTML).

    Built on the older header classes on purpose: the newer ones drop a blank where a long subject mixes Arabic or
    Chinese with Latin words and is folded there.
    """
    _check(message)
    mime: MIMEMultipart | MIMEText = _part(message.text, "plain")
    if message.html is not None:
        mime = MIMEMultipart("alternative", None, [mime, _part(message.html, "html")])
    mime["From"] = _mailbox("sender", sender).header()
    mime["To"] = _mailbox("to", message.to).header()
    mime["Subject"] = _encoded(message.subject, "Subject")
    mime["Date"] = format_datetime(date)
    mime["Message-ID"] = message.message_id
    mime["Content-Language"] = message.locale
    mime["Auto-Submitted"] = "auto-generated"
    for name, value in message.headers.items():
        mime[name] = _encoded(value, name)
    return mime.as_bytes(policy=compat32.clone(linesep="\r\n"))


def _check(message: OutgoingMail) -> None:
    """Refuse what could end a header line early or cannot be written in UTF-8."""
    if _MESSAGE_ID.fullmatch(message.message_id) is None:
        raise MailInvalid(field="message_id")
    _no_control("subject", message.subject)
    _no_control("locale", message.locale)
    if not message.locale.isascii():
        raise MailInvalid(field="locale")
    if _BODY_FORBIDDEN.search(message.text + (message.html or "")):
        raise MailInvalid(field="text")
    for name, value in message.headers.items():
        if _HEADER_NAME.fullmatch(name) is None or name.lower() in _OURS:
            raise MailInvalid(field="headers")
        _no_control("headers", value)


def _encoded(value: str, name: str) -> str:
    """A header value: as it is when ASCII, else in encoded words (RFC 2047) that never cut a character."""
    return value if value.isascii() else Header(value, "utf-8", header_name=name).encode()


def _part(text: str, subtype: str) -> MIMEText:
    """A body part: quoted-printable where most of it is ASCII and stays readable, else base64."""
    charset = Charset("utf-8")
    charset.body_encoding = QP if sum(map(str.isascii, text)) * 2 > len(text) else BASE64
    part = MIMEText("", subtype)
    del part["Content-Type"], part["Content-Transfer-Encoding"]
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part.set_payload(text, charset)
    return part


def _no_control(name: str, value: str) -> None:
    if _CONTROL.search(value):
        raise MailInvalid(field=name)


def _mailbox(name: str, value: str) -> _Mailbox:
    """Exactly one mailbox, checked; the domain in its ASCII form."""
    _no_control(name, value)
    found = getaddresses([value])
    if len(found) != 1:
        raise MailInvalid(field=name)
    display, spec = found[0]
    try:
        valid = validate_email(spec, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise MailInvalid(field=name) from None
    if valid.ascii_email is None:
        raise MailInvalid(field=name)
    return _Mailbox(name=display, spec=valid.ascii_email)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own loopback, by spelling alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
