"""The whole main job against real processes: API, worker and mail sink, on a database with the demo market, while API and worker
are killed; what it gives rise to is what a calm tour does. The full kill drill is `make prove POINT=kill-drill`."""

import json
from collections.abc import Callable, Iterator

import pytest

from app.settings import Settings
from tests.proofs.drill import Drill, demo, kept_effects
from tests.proofs.kill_drill import told_and_killed
from tests.scenarios.quick_start import check_forwarder, check_quick_start
from tests.server import TestServer


@pytest.fixture
def running(demo_markets: Callable[[], Settings]) -> Iterator[Drill]:
    """API and worker as processes of their own."""
    market = demo_markets()
    with demo(market.database_url.get_secret_value(), TestServer.SECRET_KEY, market.data_dir) as drill:
        yield drill


def test_the_examples_and_the_tour_hold_and_nothing_is_lost_or_done_twice_when_killed(running: Drill) -> None:
    # One test for all: they need the same processes, which take longer to start than an example.
    check_quick_start(running.base_url)
    check_forwarder(running.base_url)
    steps, calm = kept_effects()
    running.drain()
    running.remember()
    figures, holds = told_and_killed(running, kills=1, tours=1, steps=steps, calm=calm)
    # A sentence, since pytest shortens whatever else it shows.
    assert holds, json.dumps({name: figures[name] for name in ("wrong", "tours", "kills", "verify")}, indent=1)
    assert figures["steps"] > 60
    assert len(figures["kills"]) >= 1
    assert figures["mails_received"] > 20
    assert figures["webhook_ids"] > 20
    told = running.transcripts[0]
    for expected in ("Spritzgießwerkzeug 2-fach", "型腔", "Acero", "キャビティ", "1.2738", "试模 T1"):
        assert expected in told
    # The mould's money: a dispute in German, its maker's books in Chinese, another order in Arabic.
    for expected in ("Geeinigt", "应付供应商款项", "期末余额", "اعتماد التصميم", "debits less credits are 0"):
        assert expected in told
    # Fourteen shops and two suppliers are told of their campaign in seven languages.
    for expected in (
        "compra conjunta",
        "Sammelbestellung",
        "achat groupé",
        "共同購買",
        "集採",
        "的采购订单",
        "moved up",
    ):
        assert expected in told
    assert str(running.children[0].log_file.parent) not in told
