"""`make prove POINT=pool-crashes`: a worker dies before and after each step between the freeze of a campaign and its orders: each
statement, commit and call of the payment provider; each time a new campaign, and then a worker that nobody kills comes by.

Holds when every campaign ends ordered, in one round, each member who is served has paid once and the other was given everything
back, each order was placed once, and what `partingline verify` recomputes of it holds.

    python -m tests.proofs.pool_crashes
"""

import argparse
import asyncio
import sys
import time
from contextlib import closing
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


async def crashed(settings: Settings, folder: Path, every: int) -> tuple[dict[str, Any], bool]:
    """Every step, or every nth."""
    database = Database(settings)
    began = time.perf_counter()
    try:
        with closing(psycopg.connect(settings.database_url.get_secret_value(), autocommit=True)) as owner:
            async with Market.open(settings, database, Clock()) as market:
                pool = await Pool.of(market, owner)
                async with crashing(market, folder / "crashes.log") as dying:
                    found = await campaign(
                        dying, pool.due, pool.wrong, choose=lambda steps: steps[::every], periodic=PERIODIC
                    )
    finally:
        await database.close()
    figures = found.figures() | {"seconds": round(time.perf_counter() - began), "sides": [str(side) for side in When]}
    whole = every == 1 and found.missed == 0 and found.crashes == 2 * len(found.steps) > 100
    return figures, whole and not found.wrong


def main() -> int:
    """Run on a PostgreSQL of its own, which is as careful as a kept one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only every nth step, to try it")
    arguments = parser.parse_args()
    with own_database("pool_crashes") as (url, data_dir), own_settings(url, data_dir, **PATIENT) as settings:
        wiring.bring_up(settings)
        figures, holds = asyncio.run(crashed(settings, data_dir, arguments.every))
    return record("pool-crashes", figures, holds=holds)


if __name__ == "__main__":
    sys.exit(main())
