"""Workers that die between the freeze of a campaign and its orders: it ends ordered, once, and paid once."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from app.pooling.work import CLEAR_JOB, MOVE_JOB, ORDER_JOB
from tests.concurrency.crashing_campaigns import PERIODIC, Pool, crashing
from tests.concurrency.racing import Owner
from tests.crashing import Step, When, campaign
from tests.market import Market

SAMPLE = (("commit", CLEAR_JOB, 0), ("gateway", MOVE_JOB, -1))
"""Kind, job, and which of those: the whole is a proof."""


def _picked(steps: Sequence[Step]) -> Iterable[Step]:
    for kind, job, which in SAMPLE:
        yield [step for step in steps if step.kind == kind and step.job == job][which]


async def test_whatever_dies_between_freeze_and_orders_is_taken_up_once(
    market: Market, owner: Owner, tmp_path: Path
) -> None:
    pool = await Pool.of(market, owner)
    async with crashing(market, tmp_path / "crashes.log") as dying:
        found = await campaign(dying, pool.due, pool.wrong, choose=_picked, sides=[When.AFTER], periodic=PERIODIC)
    assert found.wrong == [] and (found.crashes, found.missed) == (len(SAMPLE), 0)
    assert {step.job for step in found.steps} >= {CLEAR_JOB, MOVE_JOB, ORDER_JOB}
