"""Background work: fetching what a bank publishes, on the days on which it does."""

import asyncio

import structlog

from app.gateways.errors import GatewayError
from app.gateways.exchange_rates import RateFeed
from app.kit.db.engine import Role
from app.kit.jobs import Runtime, job
from app.reference.exchange import load_rates
from app.reference.rate_files import RatesRefused, read_ecb

log = structlog.get_logger(__name__)


@job("reference.fetch_rates", cron="23 14-17 * * 1-5")
async def fetch_rates(runtime: Runtime) -> None:
    """Fetch the euro reference rates and load what is new, if an address is set. No transaction is open while the bank is asked.

    Rates appear about four in the afternoon in Frankfurt, at times an hour later; loaded again, they change nothing.
    """
    feed: RateFeed | None = runtime.gateways.get("rate_feed")
    if feed is None:
        return
    try:
        content = await feed.fetch()
        told = await asyncio.to_thread(read_ecb, content, today=runtime.clock.now().date())
    except GatewayError as error:
        log.warning("rates_not_fetched", code=error.code)
        if error.retryable:
            raise
        return
    except RatesRefused as refused:
        log.error("rates_refused", codes=[error.code for error in refused.errors])
        return
    async with runtime.database.transaction(Role.WORKER) as session:
        changed = await load_rates(session, told.rows)
    log.info("rates_fetched", told=len(told.rows), changed=changed)
