"""Colleagues award the same inquiry at the same moment: each line goes to one supplier once, and nobody gets an error."""

import asyncio
from collections import Counter

import httpx

from tests.concurrency.racing import Owner, count, race_awards
from tests.market import Market
from tests.rooms.procurement.orders import opened, ordered

RACERS = 50


def codes(answers: list[httpx.Response]) -> Counter[str]:
    """What each racer was told."""
    return Counter(str(answer.json().get("code", answer.status_code)) for answer in answers)


async def test_fifty_racing_awards_have_one_winner(market: Market, owner: Owner) -> None:
    deal, quotes = await opened(market)
    colleagues = [deal.buyer, await market.member(deal.buyer.firm, "owner")]
    outcome = await race_awards(deal, colleagues, quotes, RACERS)
    assert outcome.codes == {"201": 1, "lines-awarded": RACERS - 1}
    assert outcome.answers == {201: 1, 409: RACERS - 1}
    tables = ("awards", "purchase_orders", "award_lines", "order_lines")
    assert [count(owner, table) for table in tables] == [1, 1, 2, 2]
    assert count(owner, "outbox_events WHERE type = 'procurement.order_issued.v1'") == 1
    # Refused awards have not used up numbers.
    assert owner.execute("SELECT last FROM order_counters").fetchall() == [(1,)]


async def test_fifty_repeats_of_one_request_are_one_award(market: Market, owner: Owner) -> None:
    deal, quotes = await opened(market)
    form = {"quotes": [{"quote_id": quotes[0]}]}
    key = {"Idempotency-Key": "one-intent"}
    answers = await asyncio.gather(
        *(deal.buyer.post(f"{deal.path}/awards", json=form, headers=key) for _ in range(RACERS))
    )
    seen = codes(list(answers))
    assert set(seen) <= {"201", "idempotency-key-in-flight"} and seen["201"] >= 1
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert count(owner, "awards") == 1


async def test_racing_awards_by_line_give_every_line_once(market: Market, owner: Owner) -> None:
    deal, quotes = await opened(market)
    answers = await asyncio.gather(
        *(
            deal.buyer.post(
                f"{deal.path}/awards",
                json={"quotes": [{"quote_id": quotes[number % 2], "line_ids": [deal.lines[number // 2 % 2]]}]},
            )
            for number in range(RACERS)
        )
    )
    assert codes(list(answers)) == {"201": 2, "lines-awarded": RACERS - 2}
    assert count(owner, "award_lines WHERE released_at IS NULL") == 2
    assert owner.execute("SELECT state FROM inquiries").fetchall() == [("awarded",)]


async def test_an_answer_and_a_cancellation_race_to_one_end(market: Market, owner: Owner) -> None:
    found = await ordered(market)
    taking = {"confirmed_delivery_on": "2099-01-01"}
    reason = {"reason": "x"}
    answers = await asyncio.gather(
        *(found.supplier.post(f"{found.path}/acknowledgement", json=taking) for _ in range(5)),
        *(found.supplier.post(f"{found.path}/rejection", json=reason) for _ in range(5)),
        *(found.buyer.post(f"{found.path}/cancellation", json=reason) for _ in range(5)),
    )
    assert codes(list(answers)) == {"200": 1, "order-state-conflict": 14}
    [(state, released)] = owner.execute(
        "SELECT o.state, bool_and(l.released_at IS NOT NULL) FROM purchase_orders o "
        "JOIN award_lines l ON l.order_id = o.id GROUP BY o.state"
    ).fetchall()
    assert released == (state != "acknowledged")
