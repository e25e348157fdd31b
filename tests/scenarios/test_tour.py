"""The whole main job against real processes: API, worker and mail sink, on a database with the demo market."""

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from app.demo import tour
from app.demo.processes import Child
from app.gateways.mail_sink import SinkMailServer
from app.settings import Settings
from tests.proofs.stand import free_port, until_ready
from tests.scenarios.quick_start import check_forwarder, check_quick_start


@pytest.fixture
def base_url(demo_markets: Callable[[], Settings], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """API and worker as processes of their own."""
    settings = demo_markets()
    with SinkMailServer(settings.data_dir / "mail") as sink:
        environment = {
            "DATABASE_URL": settings.database_url.get_secret_value(),
            "PARTINGLINE_SECRET_KEY": settings.secret_key.get_secret_value(),
            "PARTINGLINE_DATA_DIR": str(settings.data_dir),
            "PARTINGLINE_ENVIRONMENT": "development",
            "PARTINGLINE_WEBHOOK_ALLOWED_NETWORKS": '["127.0.0.0/8"]',
            "PARTINGLINE_SMTP_HOST": sink.host,
            "PARTINGLINE_SMTP_PORT": str(sink.port),
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        port = free_port()
        logs: Path = settings.data_dir / "logs"
        children = [
            Child("API", ["serve", "--port", str(port)], logs / "api.log"),
            Child("worker", ["worker"], logs / "worker.log"),
        ]
        for child in children:
            child.start()
        try:
            until_ready(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            for child in children:
                child.stop()


def test_the_tour_holds_and_so_do_the_examples(base_url: str) -> None:
    # One test for all: they need the same processes, which take longer to start than an example.
    check_quick_start(base_url)
    check_forwarder(base_url)
    check_tour(base_url)


def check_tour(base_url: str) -> None:
    """Every step of the tour holds."""
    transcript = io.StringIO()
    steps: list[int] = []
    console = Console(file=transcript, width=160, highlight=False, soft_wrap=True)
    held = tour.run(base_url, on_step=lambda number, _title: steps.append(number), console=console)
    assert held, transcript.getvalue()
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) > 30
    text = transcript.getvalue()
    for expected in ("Spritzgießwerkzeug 2-fach", "型腔", "Acero", "キャビティ", "1.2738", "试模 T1"):
        assert expected in text
    assert os.environ["PARTINGLINE_DATA_DIR"] not in text
