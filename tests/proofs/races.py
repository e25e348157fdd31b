"""`make prove POINT=races`: 200 quotes against a closing, 50 awards of one inquiry, over HTTP to two API processes.

Everybody's requests go to the two processes in turn. Holds when each request has exactly one legal outcome, none is a
fault of ours, and what was answered is what is stored and announced.
"""

import asyncio
import itertools
import sys
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import httpx
import psycopg
from fastapi import FastAPI

from app import wiring
from app.kit.clock import Clock
from app.kit.db.engine import Database
from app.settings import Settings
from tests.concurrency.racing import (
    Outcome,
    Owner,
    Quoting,
    count,
    prepare,
    race_awards,
    race_quotes,
    wrong_with_quoting,
)
from tests.market import Market
from tests.proofs.record import record
from tests.proofs.stand import api_processes, own_database, own_settings
from tests.rooms.procurement.deals import Deal, published

PROCESSES, SUPPLIERS, AWARDS = 2, 200, 50


class InTurn(httpx.AsyncBaseTransport):
    """Sends each request to the next of several processes, as a load balancer would."""

    def __init__(self, addresses: list[str]) -> None:
        self._next = itertools.cycle([httpx.URL(address) for address in addresses])
        # A connection that was given to a request may be closed by the pool if it expires at that moment, so none does: the
        # server keeps silent ones for 75 seconds.
        self._transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=None, keepalive_expiry=None))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it there."""
        address = next(self._next)
        request.url = request.url.copy_with(host=address.host, port=address.port)
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()


async def _until(moment: datetime, market: Market) -> None:
    await asyncio.sleep(max(0.0, (moment - market.clock.now()).total_seconds()))


async def quotes_against_the_buyer(market: Market, owner: Owner) -> Quoting:
    """The buyer's closing is sent in the middle of the quotes."""
    deal = await prepare(market, SUPPLIERS)
    return await race_quotes(deal, owner, close=True)


async def quotes_against_the_clock(market: Market, owner: Owner, within_s: float) -> Quoting:
    """All suppliers quote so late that the closing time comes when about half of them have had their turn."""
    deal = await prepare(market, SUPPLIERS, closes_in=timedelta(seconds=15 + within_s))
    await _until(datetime.fromisoformat(deal.inquiry["closes_at"]) - timedelta(seconds=within_s / 2), market)
    return await race_quotes(deal, owner, close=False)


def _wrong(outcome: Quoting) -> list[str]:
    divided = 0 < outcome.answers[201] < SUPPLIERS
    found = [] if divided else [f"the closing came in the middle: {outcome}"]
    return found + wrong_with_quoting(outcome, SUPPLIERS)


def _quoting(outcome: Quoting) -> dict[str, Any]:
    return _figures(outcome) | {
        "accepted": outcome.answers[201],
        "stored": outcome.stored,
        "announced": outcome.announced,
        "prices_stored": outcome.prices,
        "tried_again_after_closing": outcome.tried_again,
        "not_refused_after_closing": outcome.after_close,
    }


def _figures(outcome: Outcome) -> dict[str, Any]:
    return {
        "requests": sum(outcome.answers.values()),
        "by_status": {str(status): number for status, number in sorted(outcome.answers.items())},
        "by_code": dict(sorted(outcome.codes.items())),
        "server_errors": sum(number for status, number in outcome.answers.items() if status >= 500),
        "seconds": round(outcome.seconds, 2),
        "slowest_answer_s": round(outcome.slowest_s, 2),
    }


async def _opened(market: Market) -> tuple[Deal, list[str]]:
    """An inquiry with two quotes, opened when its time has really come."""
    opens_at = market.clock.now() + timedelta(seconds=8)
    deal = await published(market, closes_at=opens_at.isoformat(), opens_at=opens_at.isoformat())
    prices = (3500000, 3510000)
    quotes = [
        (await deal.quote(supplier, price, 12000))["id"] for supplier, price in zip(deal.suppliers, prices, strict=True)
    ]
    await _until(opens_at + timedelta(seconds=0.2), market)
    answer = await deal.buyer.post(f"{deal.path}/opening")
    assert answer.status_code == 200, answer.text
    return deal, quotes


async def awards(market: Market, owner: Owner) -> tuple[dict[str, Any], list[str]]:
    """Two colleagues award one inquiry fifty times, each time under another key."""
    deal, quotes = await _opened(market)
    colleagues = [deal.buyer, await market.member(deal.buyer.firm, "owner")]
    outcome = await race_awards(deal, colleagues, quotes, AWARDS)
    stored = {table: count(owner, table) for table in ("awards", "award_lines", "purchase_orders", "order_lines")}
    announced = count(owner, "outbox_events WHERE type = 'procurement.order_issued.v1'")
    numbers = owner.execute("SELECT last FROM order_counters").fetchall()
    rules = {
        "one award wins and the others are told so": outcome.codes == {"201": 1, "lines-awarded": AWARDS - 1},
        "refusals are conflicts": outcome.answers == {201: 1, 409: AWARDS - 1},
        "one award, one order, each line once": list(stored.values()) == [1, 2, 1, 2],
        "one order is announced": announced == 1,
        "refused awards use no order number": numbers == [(1,)],
    }
    figures = _figures(outcome) | {"colleagues": len(colleagues), "stored": stored, "orders_announced": announced}
    return figures, [f"{rule}: {figures}" for rule, holds in rules.items() if not holds]


async def _race(settings: Settings, addresses: list[str]) -> tuple[dict[str, Any], list[str]]:
    database = Database(settings)
    url = settings.database_url.get_secret_value()
    transport = InTurn(addresses)
    try:
        with closing(psycopg.connect(url, autocommit=True)) as owner:
            async with httpx.AsyncClient(transport=transport, base_url=addresses[0], timeout=120) as http:
                market = Market(settings, database, Clock(), http, FastAPI())
                by_buyer = await quotes_against_the_buyer(market, owner)
                by_clock = await quotes_against_the_clock(market, owner, by_buyer.seconds)
                awarding, wrong = await awards(market, owner)
    finally:
        await database.close()
    wrong = _wrong(by_buyer) + _wrong(by_clock) + wrong
    figures = {
        "api_processes": len(addresses),
        "pool_size": settings.pool_size,
        "quotes_against_the_buyers_closing": _quoting(by_buyer),
        "quotes_against_the_closing_time": _quoting(by_clock),
        "awards": awarding,
        "wrong": wrong,
    }
    return figures, wrong


def main() -> int:
    """Run the races on a PostgreSQL of their own."""
    with own_database("races") as (url, data_dir), own_settings(url, data_dir) as settings:
        wiring.bring_up(settings)
        with api_processes(PROCESSES, data_dir) as addresses:
            figures, wrong = asyncio.run(_race(settings, addresses))
    return record("races", figures, holds=not wrong)


if __name__ == "__main__":
    sys.exit(main())
