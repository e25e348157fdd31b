"""A market with a real mail server and a receiver of webhooks on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.gateways.mail_sink import SinkMailServer
from app.settings import Settings
from tests.rooms.messages.lamp import Receiver, receiving


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SinkMailServer]:
    """The mail server: keeps what it receives."""
    with SinkMailServer(tmp_path / "mail") as server:
        yield server


@pytest.fixture
def settings(settings: Settings, sink: SinkMailServer) -> Settings:
    """Mails go to the sink; webhooks may go to loopback."""
    return settings.model_copy(update={"smtp_port": sink.port, "webhook_allowed_networks": ("127.0.0.0/8",)})


@pytest.fixture(scope="module")
def shared_receiver() -> Iterator[Receiver]:
    """One server for a module."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def receiver(shared_receiver: Receiver) -> Receiver:
    """Somebody else's system, as if it had just started."""
    shared_receiver.received.clear()
    shared_receiver.answers.clear()
    shared_receiver.delay_s = 0.0
    return shared_receiver
