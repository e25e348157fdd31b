"""A small kill drill: one tour, two kills. The full one is `make prove POINT=kill-drill`."""

from collections.abc import Callable

from app.settings import Settings
from tests.proofs.kill_drill import drill
from tests.server import TestServer


def test_nothing_is_lost_or_done_twice_when_api_and_worker_are_killed(
    demo_markets: Callable[[], Settings],
) -> None:
    market = demo_markets()
    url = market.database_url.get_secret_value()
    figures, holds = drill(url, TestServer.SECRET_KEY, market.data_dir, kills=2, tours=1)
    assert holds, figures
    assert len(figures["kills"]) >= 2
    assert figures["mails_received"] > 20
    assert figures["webhook_ids"] > 20
