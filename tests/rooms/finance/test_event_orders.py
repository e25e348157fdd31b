"""A small version of the proof that the order of the provider's events does not matter."""

import asyncio
from pathlib import Path

import uvloop

from tests.proofs.event_orders import EVENTS, ordered
from tests.server import TestServer


def test_events_may_come_in_any_order(server: TestServer, tmp_path: Path) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures, holds = runner.run(ordered(server, tmp_path, 1))
    assert holds, figures
    assert figures["different_orders"] == 4 and figures["events_not_believed_or_not_ours"] == 4 * EVENTS
