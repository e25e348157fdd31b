"""Suppliers who all bid in the last second of an auction: each bid is in or refused, and a late one extends it once."""

import asyncio
import random
from uuid import UUID

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.verify import CHECKS
from app.pooling.auctions import queries
from app.pooling.usecases.freeze import freeze_campaign
from tests.concurrency.racing import Owner
from tests.market import Market, Member
from tests.rooms.pooling.auctions import RULES, bid, bid_form, bidding


def _close_in(owner: Owner, seconds: float) -> None:
    """Nobody may shorten an auction but the superuser: it began as long before as it lasts."""
    owner.execute(
        "UPDATE auctions SET ends_at = m.ends_at, begun_at = m.ends_at - interval '10 minutes' FROM (SELECT clock_timestamp() "
        "+ coalesce((SELECT moved_by FROM clock_offset), interval '0') + make_interval(secs => %s) AS ends_at) m",
        (seconds,),
    )


async def _freeze(market: Market, lead: Member, campaign_id: str) -> bool:
    async with market.db.transaction(Role.WORKER) as session:
        await act_for(session, lead.firm.id)
        return await freeze_campaign(session, UUID(campaign_id), now=market.clock.now())


async def test_bids_around_the_close_are_in_or_refused(market: Market, owner: Owner) -> None:
    lead = await market.people("buyer")
    suppliers = [await market.people("supplier") for _ in range(8)]
    campaign = await bidding(market, lead, auction=RULES | {"most_extensions": 0})
    path = f"/v1/campaigns/{campaign['id']}/bids"
    luck = random.Random(7)
    answers: list[tuple[int, str]] = []

    async def compete(supplier: Member) -> None:
        for price in (44000, 43000, 42000, 41000):
            await asyncio.sleep(luck.random() * 0.5)
            key = {"Idempotency-Key": str(new_id())}
            told = set()
            for _ in range(luck.choice((1, 2))):
                answer = await supplier.post(path, json=bid_form(campaign, price), headers=key)
                told.add((answer.status_code, answer.json().get("code") or answer.json()["id"]))
            assert len(told) == 1 or {status for status, _ in told} == {409}, told
            answers.append(told.pop())

    async def close() -> None:
        while True:
            if await _freeze(market, lead, campaign["id"]):
                return
            await asyncio.sleep(0.05)

    answers.append((201, (await bid(campaign, suppliers[0], 45000))["id"]))
    _close_in(owner, 1.0)
    await asyncio.gather(close(), *(compete(supplier) for supplier in suppliers))
    late = await suppliers[0].post(path, json=bid_form(campaign, 40000))
    answers.append((late.status_code, late.json()["code"]))
    taken = {one for status, one in answers if status == 201}
    refused = {one for status, one in answers if status != 201}
    assert refused == {"auction-ended"}
    rows = owner.execute(
        "SELECT b.id, b.at < a.ends_at FROM auction_bids b JOIN auctions a USING (campaign_id)"
    ).fetchall()
    assert {str(row[0]) for row in rows} == taken and all(row[1] for row in rows)
    assert owner.execute("SELECT count(*) FROM pool_offers").fetchone() == (len(taken),)
    async with market.db.transaction(Role.AUDITOR) as session:
        assert await CHECKS["auctions"](session) == (len(taken), [])


async def test_of_bids_at_once_one_extends_the_auction(market: Market, owner: Owner) -> None:
    lead = await market.people("buyer")
    suppliers = [await market.people("supplier") for _ in range(6)]
    campaign = await bidding(market, lead)
    path = f"/v1/campaigns/{campaign['id']}/bids"
    for extensions, price in ((1, 44000), (2, 43000), (2, 42000)):
        _close_in(owner, 60)
        bids = (supplier.post(path, json=bid_form(campaign, price)) for supplier in suppliers)
        answers, closed = await asyncio.gather(asyncio.gather(*bids), _freeze(market, lead, campaign["id"]))
        assert ({answer.status_code for answer in answers}, closed) == ({201}, False)
        extended = [one for answer in answers for one in [answer.json()["extended_to"]] if one]
        row = owner.execute("SELECT extensions, bids FROM auctions").fetchone()
        assert row is not None and row[0] == extensions
        assert len(extended) == (1 if price > 42000 else 0)


async def test_the_close_waits_for_a_bid_under_way(market: Market, owner: Owner) -> None:
    lead, supplier = await market.people("buyer"), await market.people("supplier")
    campaign = await bidding(market, lead)
    _close_in(owner, 0.8)
    async with market.db.transaction() as under_way:
        await act_for(under_way, supplier.firm.id)
        assert await queries.hold(under_way, UUID(campaign["id"])) is not None
        closing = asyncio.create_task(_freeze(market, lead, campaign["id"]))
        later = asyncio.create_task(supplier.post(f"/v1/campaigns/{campaign['id']}/bids", json=bid_form(campaign)))
        await asyncio.sleep(1.1)
        assert not closing.done() and not later.done()
    answer = await later
    assert (answer.status_code, answer.json()["code"]) == (409, "auction-ended"), "its turn came after the close"
    assert await closing
