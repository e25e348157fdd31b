"""Many suppliers quote while the buyer closes: with real commits, each gets exactly one legal outcome, and none an error."""

import asyncio
import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import psycopg

from app.kit.clock import Clock
from app.kit.db.engine import Database
from app.settings import Settings
from tests.market import Market, Member
from tests.rooms.procurement.deals import Deal, draft

SMALL, FULL = 24, 200


@dataclass
class Outcome:
    """What a race came to. `after_close` counts quotes accepted after the closing had been answered: it must stay 0."""

    answers: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    stored: int = 0
    announced: int = 0
    prices: int = 0
    seconds: float = 0.0
    after_close: int = 0


def racers() -> int:
    """How many suppliers race: 200 in a proof (PARTINGLINE_PROOF_SCALE=full), fewer in the suite."""
    return FULL if os.environ.get("PARTINGLINE_PROOF_SCALE") == "full" else SMALL


async def prepare(market: Market, count: int, *, closes_in: timedelta = timedelta(days=5)) -> Deal:
    """A published inquiry with `count` invited suppliers. Invitations are sent in the hundreds that a request allows."""
    buyer = await market.people("buyer")
    suppliers = [await market.people("supplier") for _ in range(count)]
    closes_at = (market.clock.now() + closes_in).isoformat()
    inquiry = await draft(market, buyer, suppliers[:100], closes_at=closes_at, opens_at=closes_at)
    answer = await buyer.post(f"/v1/inquiries/{inquiry['id']}/publication")
    for begin in range(100, count, 100):
        form = {"supplier_ids": [str(supplier.firm.id) for supplier in suppliers[begin : begin + 100]]}
        answer = await buyer.post(f"/v1/inquiries/{inquiry['id']}/invitations", json=form)
    assert answer.status_code == 200, answer.text
    return Deal(market, buyer, suppliers, dict(answer.json()))


async def race(deal: Deal, owner: psycopg.Connection[tuple[object, ...]], *, close: bool, seed: int = 7) -> Outcome:
    """All suppliers submit at once; with `close` the buyer closes in the middle of them."""
    outcome = Outcome()
    order = list(deal.suppliers)
    random.Random(seed).shuffle(order)
    closed_at: list[float] = []
    halfway = asyncio.Event()

    async def quote(supplier: Member) -> None:
        sent = time.perf_counter()
        answer = await supplier.post(f"{deal.path}/quotes", json=deal.quote_form())
        note(answer)
        if answer.status_code == 201 and closed_at and sent > closed_at[0]:
            outcome.after_close += 1
        if sum(outcome.answers.values()) >= len(order) // 2:
            halfway.set()

    def note(answer: httpx.Response) -> None:
        outcome.answers[answer.status_code] += 1
        outcome.codes[answer.json().get("code", "quoted")] += 1

    async def close_it() -> None:
        await halfway.wait()
        answer = await deal.buyer.post(f"{deal.path}/closing")
        closed_at.append(time.perf_counter())
        assert answer.status_code == 200, answer.text

    started = time.perf_counter()
    await asyncio.gather(*(quote(supplier) for supplier in order), *([close_it()] if close else []))
    outcome.seconds = time.perf_counter() - started
    outcome.stored = _count(owner, "quotes WHERE state = 'submitted'")
    outcome.announced = _count(owner, "outbox_events WHERE type = 'procurement.quote_submitted.v1'")
    outcome.prices = _count(owner, "quote_prices")
    return outcome


def _count(owner: psycopg.Connection[tuple[object, ...]], table: str) -> int:
    row = owner.execute(f"SELECT count(*) FROM {table}").fetchone()  # type: ignore[arg-type]
    assert row is not None
    return int(str(row[0]))


def assert_legal(outcome: Outcome, count: int) -> None:
    """Each supplier was answered once, either with a receipt or with `inquiry-closed`, and what is stored agrees."""
    assert sum(outcome.answers.values()) == count
    assert set(outcome.codes) <= {"quoted", "inquiry-closed"}, outcome.codes
    assert set(outcome.answers) <= {201, 409}, outcome.answers
    assert outcome.answers[201] == outcome.stored == outcome.announced == outcome.prices // 2
    assert outcome.after_close == 0


async def test_quotes_race_against_the_buyers_closing(
    market: Market, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    count = racers()
    deal = await prepare(market, count)
    outcome = await race(deal, owner, close=True)
    assert_legal(outcome, count)
    assert outcome.answers[201] >= count // 2
    late = await deal.suppliers[0].post(f"{deal.path}/quotes", json=deal.quote_form())
    assert late.json()["code"] == "inquiry-closed"


async def test_all_suppliers_quote_in_the_last_moment(
    market: Market, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    """Nobody closes: suppliers do not wait for one another, and the closing time itself divides them."""
    count = racers()
    deal = await prepare(market, count, closes_in=timedelta(hours=1))
    deal.wait(minutes=59, seconds=59, milliseconds=800)
    outcome = await race(deal, owner, close=False)
    assert_legal(outcome, count)


async def test_one_suppliers_colleagues_make_one_quote(
    market: Market, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    deal = await prepare(market, 1)
    colleagues = [await market.member(deal.suppliers[0].firm, "sales") for _ in range(6)]
    answers = await asyncio.gather(
        *(colleague.post(f"{deal.path}/quotes", json=deal.quote_form()) for colleague in colleagues)
    )
    codes = Counter(answer.json().get("code", "quoted") for answer in answers)
    assert codes == {"quoted": 1, "already-quoted": 5}
    assert _count(owner, "quotes") == 1


async def test_the_buyers_colleagues_open_once(market: Market, owner: psycopg.Connection[tuple[object, ...]]) -> None:
    deal = await prepare(market, 2)
    await deal.quote(deal.suppliers[0])
    deal.wait(days=6)
    answers = await asyncio.gather(*(deal.buyer.post(f"{deal.path}/opening") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert _count(owner, "inquiry_openings") == 1
    assert _count(owner, "outbox_events WHERE type = 'procurement.inquiry_opened.v1'") == 1


async def prove(settings: Settings, owner: psycopg.Connection[tuple[object, ...]], count: int = FULL) -> Outcome:
    """The whole race on a database of its own, for a proof: `settings` names the database."""
    database = Database(settings)
    try:
        async with Market.open(settings, database, Clock()) as market:
            deal = await prepare(market, count)
            return await race(deal, owner, close=True)
    finally:
        await database.close()
