"""A real SMTP server on loopback that delivers nothing: every mail becomes an .eml file and a line of an index."""

import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from app.gateways.errors import GatewayError
from app.gateways.mail import is_loopback
from app.kit.clock import Clock


class MailSinkNotLoopback(GatewayError):
    """The sink accepts everything from everybody, so it may listen on loopback only."""

    code: ClassVar[str] = "mail_sink_not_loopback"


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """What the sink knows of one mail; `path` is the .eml file as it came."""

    path: Path
    message_id: str
    subject: str
    sender: str
    recipients: tuple[str, ...]
    locale: str
    received_at: datetime

    def parsed(self) -> EmailMessage:
        """The whole message, read again from its file."""
        return _parsed(self.path.read_bytes())


class SinkMailServer:
    """Starts and stops the sink; it runs in a thread and an event loop of its own.

    A mail is on disk before the client is told 250, so a kill loses none that was accepted. Mails of earlier runs in
    the same folder are in the index again after `start`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        max_bytes: int = 10_485_760,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """Port 0 takes a free one; `port` tells which, once started."""
        if not is_loopback(host):
            raise MailSinkNotLoopback(host=host)
        self.folder = folder
        self.host = host
        self.port = port
        self._max_bytes = max_bytes
        self._now = now or Clock().now
        self._lock = threading.Lock()
        self._index: list[ReceivedMail] = []
        self._serial = 0
        self._controller: _LoopbackController | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Read the folder and listen. OSError when the port is taken."""
        if self._controller is not None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            self._index = [_indexed(path) for path in sorted(self.folder.glob("*.eml"))]
        listener = _listener(self.host, self.port)
        self.port = listener.getsockname()[1]
        self._controller = _LoopbackController(self._keep, listener, host=self.host, max_bytes=self._max_bytes)
        self._controller.start()

    def stop(self) -> None:
        """Stop listening and wait for the thread."""
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.stop()

    def mails(self, *, to: str | None = None, message_id: str | None = None) -> list[ReceivedMail]:
        """What has come in, oldest first, for one recipient or one Message-ID or all."""
        with self._lock:
            found = list(self._index)
        if to is not None:
            found = [mail for mail in found if to in mail.recipients]
        if message_id is not None:
            found = [mail for mail in found if mail.message_id == message_id]
        return found

    def _keep(self, envelope: Envelope) -> None:
        """Write one mail durably, then index it. Runs in the sink's thread."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        moment = self._now()
        with self._lock:
            self._serial += 1
            serial = self._serial
        path = self.folder / f"{moment:%Y%m%dT%H%M%S.%f}Z-{os.getpid()}-{serial:06d}.eml"
        trace = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        _write_durably(path, trace.encode() + content)
        with self._lock:
            self._index.append(_indexed(path))


class _Handler:
    def __init__(self, keep: Callable[[Envelope], None]) -> None:
        self._keep = keep

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Called by aiosmtpd with a complete mail; the reply line is the sink's promise to have kept it."""
        self._keep(envelope)
        return "250 Kept"


class _LoopbackController(Controller):
    """Serves on a socket that is bound already, so that port 0 works and a taken port fails at once."""

    def __init__(self, keep: Callable[[Envelope], None], listener: socket.socket, *, host: str, max_bytes: int) -> None:
        self._listener = listener
        super().__init__(
            _Handler(keep),
            hostname=host,
            port=listener.getsockname()[1],
            ident="sink",
            data_size_limit=max_bytes,
            enable_SMTPUTF8=True,
        )

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._listener)


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _write_durably(path: Path, content: bytes) -> None:
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)


def _parsed(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=SMTP_POLICY)
    assert isinstance(message, EmailMessage)
    return message


def _indexed(path: Path) -> ReceivedMail:
    message = _parsed(path.read_bytes())
    recipients = tuple(part.strip() for part in str(message["X-Envelope-To"] or "").split(",") if part.strip())
    return ReceivedMail(
        path=path,
        message_id=str(message["Message-ID"] or "").strip(),
        subject=str(message["Subject"] or ""),
        sender=str(message["X-Envelope-From"] or ""),
        recipients=recipients,
        locale=str(message["Content-Language"] or ""),
        received_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
    )
