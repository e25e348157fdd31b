"""Many suppliers quote while the buyer closes: with real commits, each gets exactly one legal outcome, and none an error."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

from app.kit.db.tenancy import act_for
from app.procurement.queries.inquiries import share_inquiry
from tests.concurrency.racing import Owner, count, prepare, race_quotes, wrong_with_quoting
from tests.market import Market

RACERS = 24


async def test_quotes_race_against_the_buyers_closing(market: Market, owner: Owner) -> None:
    deal = await prepare(market, RACERS)
    outcome = await race_quotes(deal, owner, close=True)
    assert wrong_with_quoting(outcome, RACERS) == []
    assert outcome.answers[201] > 0
    late = await deal.suppliers[0].post(f"{deal.path}/quotes", json=deal.quote_form())
    assert late.json()["code"] == "inquiry-closed"


async def test_all_suppliers_quote_in_the_last_moment(market: Market, owner: Owner) -> None:
    """Nobody closes: suppliers do not wait for one another, and the closing time itself divides them."""
    deal = await prepare(market, RACERS, closes_in=timedelta(hours=1))
    deal.wait(minutes=59, seconds=59, milliseconds=800)
    outcome = await race_quotes(deal, owner, close=False)
    assert wrong_with_quoting(outcome, RACERS) == []


async def test_one_suppliers_colleagues_make_one_quote(market: Market, owner: Owner) -> None:
    deal = await prepare(market, 1)
    colleagues = [await market.member(deal.suppliers[0].firm, "sales") for _ in range(6)]
    answers = await asyncio.gather(
        *(colleague.post(f"{deal.path}/quotes", json=deal.quote_form()) for colleague in colleagues)
    )
    codes = Counter(answer.json().get("code", "quoted") for answer in answers)
    assert codes == {"quoted": 1, "already-quoted": 5}
    assert count(owner, "quotes") == 1


async def test_the_buyers_colleagues_open_once(market: Market, owner: Owner) -> None:
    deal = await prepare(market, 2)
    await deal.quote(deal.suppliers[0])
    deal.wait(days=6)
    answers = await asyncio.gather(*(deal.buyer.post(f"{deal.path}/opening") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert count(owner, "inquiry_openings") == 1
    assert count(owner, "outbox_events WHERE type = 'procurement.inquiry_opened.v1'") == 1


async def test_the_closing_waits_for_quotes_under_way_but_not_for_later_ones(market: Market) -> None:
    deal = await prepare(market, 1)
    inquiry_id = UUID(deal.inquiry["id"])

    async def later_quote() -> str:
        async with market.db.transaction() as session:
            await act_for(session, deal.suppliers[0].firm.id)
            found = await share_inquiry(session, inquiry_id)
            assert found is not None
            return found.state

    async with market.db.transaction() as under_way:
        await act_for(under_way, deal.suppliers[0].firm.id)
        assert await share_inquiry(under_way, inquiry_id) is not None
        closing = asyncio.create_task(deal.buyer.post(f"{deal.path}/closing"))
        await asyncio.sleep(0.5)
        later = asyncio.create_task(later_quote())
        await asyncio.sleep(0.5)
        assert not closing.done() and not later.done()
    assert (await closing).status_code == 200
    assert await later == "closed"
