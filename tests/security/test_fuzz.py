"""Generated requests at every operation: a small version of `make prove POINT=fuzz`."""

from pathlib import Path

import pytest

from tests.market import Market
from tests.security.fuzzing import Fuzzer, serving
from tests.world import build

EXAMPLES = 20


@pytest.mark.parametrize("actor", ["nobody", "buyer", "supplier"])
async def test_no_request_breaks_the_house(market: Market, tmp_path: Path, actor: str) -> None:
    world = await build(market)
    with serving(market.settings, tmp_path / "server") as address:
        tally = await Fuzzer(world, address, actor, examples=EXAMPLES).run()
    assert not tally.findings, "\n".join(["", *map(str, tally.findings.values())])
    assert tally.operations > 100
    assert tally.cases > tally.operations * EXAMPLES // 3
    if actor != "nobody":
        assert len(tally.reached) > tally.operations // 3, sorted(tally.reached)
