"""`make prove POINT=pool-crashes`: a worker dies before and after each step between the freeze of a campaign and its orders: each
statement, commit and call of the payment provider; each time a new campaign, and then a worker that nobody kills comes by.

The steps are shared out to lanes, one a processor, each with a database server of its own.

Holds when every campaign ends ordered, in one round, each member who is served has paid once and the other was given everything
back, each order was placed once, and what `partingline verify` recomputes of it holds.

    python -m tests.proofs.pool_crashes
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg

from app import wiring
from app.kit.clock import Clock
from app.kit.db.engine import Database
from app.settings import Settings
from tests.concurrency.crashing_campaigns import PERIODIC, Pool, crashing
from tests.crashing import When, campaign
from tests.market import Market
from tests.proofs.record import record
from tests.proofs.stand import own_database, own_settings

PATIENT = {"PARTINGLINE_ACCESS_TOKEN_MINUTES": "120", "PARTINGLINE_ENVIRONMENT": "development"}


async def crashed(settings: Settings, folder: Path, lane: slice) -> dict[str, Any]:
    """One lane's share of the steps."""
    database = Database(settings)
    try:
        with closing(psycopg.connect(settings.database_url.get_secret_value(), autocommit=True)) as owner:
            async with Market.open(settings, database, Clock()) as market:
                pool = await Pool.of(market, owner)
                async with crashing(market, folder / "crashes.log") as dying:
                    found = await campaign(
                        dying, pool.due, pool.wrong, choose=lambda steps: steps[lane], periodic=PERIODIC
                    )
    finally:
        await database.close()
    return found.figures()


def in_lane(number: int, lane: slice) -> dict[str, Any]:
    """A PostgreSQL of its own, which is as careful as a kept one."""
    name = f"pool_crashes_{number}"
    with own_database(name) as (url, data_dir), own_settings(url, data_dir, **PATIENT) as settings:
        wiring.bring_up(settings)
        return asyncio.run(crashed(settings, data_dir, lane))


def joined(lanes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What all lanes found. All of them count the same steps, for each lets one campaign go by in peace."""
    wrong = [one for lane in lanes for one in lane["wrong"]]
    steps = lanes[0]["steps"]
    wrong += [f"another lane took other steps: {lane['steps']}" for lane in lanes if lane["steps"] != steps]
    crashes, missed = [sum(lane[name] for lane in lanes) for name in ("crashes", "missed")]
    return {"steps": steps, "crashes": crashes, "missed": missed, "wrong": wrong}


def main() -> int:
    """Run it and write it down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only every nth step, to try it")
    every = parser.parse_args().every
    lanes = os.cpu_count() or 1
    shares = [slice(number * every, None, lanes * every) for number in range(lanes)]
    began = time.perf_counter()
    with ProcessPoolExecutor(lanes, mp_context=get_context("spawn")) as pool:
        figures = joined(list(pool.map(in_lane, range(lanes), shares)))
    figures |= {
        "seconds": round(time.perf_counter() - began),
        "sides": [str(side) for side in When],
        "lanes": lanes,
    }
    steps = sum(figures["steps"].values())
    whole = every == 1 and figures["missed"] == 0 and figures["crashes"] == 2 * steps > 100
    return record("pool-crashes", figures, holds=whole and not figures["wrong"])


if __name__ == "__main__":
    sys.exit(main())
