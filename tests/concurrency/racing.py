"""Races over HTTP, and what they came to; the same for a test's one process and for the several of a proof."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import psycopg

from tests.market import Market, Member
from tests.rooms.procurement.deals import Deal, draft

Owner = psycopg.Connection[tuple[object, ...]]


@dataclass
class Outcome:
    """How a race's requests were answered."""

    answers: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    seconds: float = 0.0

    def note(self, answer: httpx.Response, began: float) -> None:
        """Count an answer: by its status, and by its problem's code or the status again."""
        self.answers[answer.status_code] += 1
        self.codes[answer.json().get("code", str(answer.status_code))] += 1
        self.slowest_s = max(self.slowest_s, time.perf_counter() - began)


@dataclass
class Quoting(Outcome):
    """Quotes against a closing. `after_close` counts those of a second attempt that were not too late: never one."""

    stored: int = 0
    announced: int = 0
    prices: int = 0
    tried_again: int = 0
    after_close: int = 0
    closing: int | None = None


def count(owner: Owner, table: str) -> int:
    """How many rows there are, as the superuser sees it."""
    found = owner.execute(f"SELECT count(*) FROM {table}").fetchone()  # type: ignore[arg-type]
    return int(str(found[0])) if found else 0


async def prepare(market: Market, racers: int, *, closes_in: timedelta = timedelta(days=5)) -> Deal:
    """A published inquiry with `racers` invited suppliers. They are invited in the hundreds that a request allows."""
    buyer = await market.people("buyer")
    suppliers = [await market.people("supplier") for _ in range(racers)]
    closes_at = (market.clock.now() + closes_in).isoformat()
    inquiry = await draft(market, buyer, suppliers[:100], closes_at=closes_at, opens_at=closes_at)
    answer = await buyer.post(f"/v1/inquiries/{inquiry['id']}/publication")
    for begin in range(100, racers, 100):
        form = {"supplier_ids": [str(supplier.firm.id) for supplier in suppliers[begin : begin + 100]]}
        answer = await buyer.post(f"/v1/inquiries/{inquiry['id']}/invitations", json=form)
    assert answer.status_code == 200, answer.text
    return Deal(market, buyer, suppliers, dict(answer.json()))


async def race_quotes(deal: Deal, owner: Owner, *, close: bool, seed: int = 7) -> Quoting:
    """All suppliers submit at once; with `close` the buyer's closing is sent in the middle of them.

    Whoever hears that it is closed tries again after the closing has been answered.
    """
    outcome = Quoting()
    order = list(deal.suppliers)
    random.Random(seed).shuffle(order)
    refused: list[Member] = []

    async def quote(supplier: Member) -> None:
        began = time.perf_counter()
        answer = await supplier.post(f"{deal.path}/quotes", json=deal.quote_form())
        outcome.note(answer, began)
        if answer.status_code != 201:
            refused.append(supplier)

    async def close_it() -> None:
        outcome.closing = (await deal.buyer.post(f"{deal.path}/closing")).status_code

    sent = [quote(supplier) for supplier in order]
    if close:
        sent.insert(len(sent) // 2, close_it())
    started = time.perf_counter()
    await asyncio.gather(*sent)
    outcome.seconds = time.perf_counter() - started
    again = await asyncio.gather(
        *(supplier.post(f"{deal.path}/quotes", json=deal.quote_form()) for supplier in refused)
    )
    outcome.tried_again = len(again)
    outcome.after_close = sum(answer.json().get("code") != "inquiry-closed" for answer in again)
    of_this = f"inquiry_id = '{deal.inquiry['id']}'"
    outcome.stored = count(owner, f"quotes WHERE state = 'submitted' AND {of_this}")
    outcome.announced = count(
        owner,
        f"outbox_events WHERE type = 'procurement.quote_submitted.v1' AND data->>'inquiry_id' = '{deal.inquiry['id']}'",
    )
    outcome.prices = count(owner, f"quote_prices WHERE {of_this}")
    return outcome


def wrong_with_quoting(outcome: Quoting, racers: int) -> list[str]:
    """What is not as it must be: each was answered once, by a receipt or by `inquiry-closed`, and the store agrees."""
    accepted = outcome.answers[201]
    rules = {
        "each request is answered once": sum(outcome.answers.values()) == racers,
        "a quote is accepted or too late": set(outcome.codes) <= {"201", "inquiry-closed"}
        and set(outcome.answers) <= {201, 409},
        "what is accepted is stored, announced and priced once": accepted
        == outcome.stored
        == outcome.announced
        == outcome.prices / 2,
        "after the closing everything is too late": outcome.after_close == 0,
        "the closing succeeds": outcome.closing in (None, 200),
    }
    return [f"{rule}: {outcome}" for rule, holds in rules.items() if not holds]


async def race_awards(deal: Deal, colleagues: Sequence[Member], quotes: Sequence[str], racers: int) -> Outcome:
    """Colleagues in turn award the whole of one quote or another, all at once, each with a key of its own."""
    outcome = Outcome()

    async def award(number: int) -> None:
        began = time.perf_counter()
        form = {"quotes": [{"quote_id": quotes[number // len(colleagues) % len(quotes)]}]}
        colleague = colleagues[number % len(colleagues)]
        outcome.note(await colleague.post(f"{deal.path}/awards", json=form), began)

    started = time.perf_counter()
    await asyncio.gather(*(award(number) for number in range(racers)))
    outcome.seconds = time.perf_counter() - started
    return outcome
