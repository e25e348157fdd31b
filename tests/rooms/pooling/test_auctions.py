"""Reverse auctions over HTTP: members are frozen, suppliers outbid each other, late bids extend, it is cleared as ever."""

import asyncio
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.kit.db.engine import Role
from app.kit.db.refusals import refused_by
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.verify import CHECKS
from app.pooling.usecases.freeze import freeze_campaign
from tests.market import Market
from tests.rooms.pooling.auctions import (
    NO_PRICE,
    RULES,
    auction_form,
    bid,
    bid_form,
    bid_past_the_api,
    bidding,
    ended,
    long_day,
    refusal,
    standing,
)
from tests.rooms.pooling.campaigns import (
    campaign_form,
    campaign_offer_form,
    commitment_form,
    committed,
    moment,
    opened,
    published_form,
)
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[object, ...]]

# Freight is 1,000 to Hamburg and 2,000 to Barcelona: (10 · 1,000 + 5 · 2,000) / 15; set-up 5,000 / 15; rounded up.
LANDED = 1667


async def test_suppliers_outbid_each_other_until_the_close_and_it_is_cleared(market: Market) -> None:
    long_day(market)
    lead, member = [await market.people("buyer") for _ in range(2)]
    first, second = [await market.people("supplier") for _ in range(2)]
    campaign = await bidding(market, lead, lead, member)
    path = f"/v1/campaigns/{campaign['id']}"
    assert campaign["auction"] == {"bidding_minutes": 10, "round_minutes": 3, "step_pct": "1", "most_extensions": 2}
    seen = (await first.get(path)).json()
    assert (seen["state"]["code"], seen["seed"], seen["frozen_at"]) == ("bidding", None, None)
    assert seen["items"][0]["floor"]["minor"] == 30000
    told = await standing(campaign, first)
    assert [(one["place"]["code"], one["lots"]) for one in told["pooled"]] == [("DEHAM", 10), ("ESBCN", 5)]
    assert (told["best"], told["own"], told["own_rank"], told["extensions_left"]) == (None, None, None, 2)
    assert 0 < told["seconds_left"] <= 600
    assert (await standing(campaign, member))["pooled"] == []

    taken = await bid(campaign, first, 44000)
    assert taken["extended_to"] is None and "prices" not in taken
    await bid(campaign, second, 45000)
    told = await standing(campaign, second)
    assert (told["best"], told["own"], told["own_rank"]) == (40000 + LANDED, 41000 + LANDED, 2)
    assert told["highest_next"] == (41000 + LANDED) * 99 // 100
    assert (await standing(campaign, first))["own_rank"] == 1
    assert (await standing(campaign, lead))["best"] == 40000 + LANDED
    early = (await second.get(f"{path}/bids")).json()["items"]
    assert [one["prices"][0]["price"]["minor"] for one in early] == [41000 + LANDED]
    assert (await lead.get(f"{path}/bids")).json()["items"] == []

    # Two and a half minutes before the close: extended once. At once afterwards it is not late any more.
    market.move_clock(minutes=7.5)
    ends_at = told["ends_at"]
    late = await bid(campaign, second, 43000)
    assert late["extended_to"] > ends_at
    assert (await bid(campaign, first, 42000))["extended_to"] is None
    told = await standing(campaign, first)
    assert (told["extensions"], told["extensions_left"], told["ends_at"]) == (1, 1, late["extended_to"])
    market.move_clock(minutes=3)
    assert (await bid(campaign, second, 41000))["extended_to"] is not None
    market.move_clock(minutes=3)
    assert (await bid(campaign, first, 40000))["extended_to"] is None, "as often as was told"
    await ended(market, minutes=1)
    assert (await lead.get(path)).json()["state"]["code"] == "bidding"

    await ended(market, minutes=2)
    after = (await lead.get(path)).json()
    assert after["state"]["code"] == "ordered"
    assert sha256(after["seed"].encode()).hexdigest() == campaign["seed_sha256"]
    share = (await first.get(f"{path}/shares")).json()["items"]
    assert [(one["lots"], one["price"]["minor"]) for one in share] == [(15, 36000)]
    assert (await second.get(f"{path}/shares")).json()["items"] == []
    assert (await refusal(campaign, second, 30000))[:2] == (409, "auction-ended")
    assert (await standing(campaign, second))["best"] == 36000 + LANDED
    subjects = [one["subject"] for one in (await first.get("/v1/notifications")).json()["items"]]
    number = campaign["number"]
    assert f"You have won in campaign {number}" in subjects
    assert f"Somebody bids less in campaign {number}" not in subjects, "he was first again when he would have been told"
    notices = (await lead.get("/v1/notifications")).json()["items"]
    assert f"Suppliers bid in campaign {number}" in [one["subject"] for one in notices]
    async with market.db.transaction(Role.AUDITOR) as session:
        for name in ("auctions", "clearings", "pooled sums"):
            looked, broken = await CHECKS[name](session)
            assert (looked > 0, broken) == (True, []), name


async def test_what_is_no_bid_is_told_with_what_would_be_one(market: Market) -> None:
    lead = await market.people("buyer")
    supplier = await market.people("supplier")
    campaign = await bidding(market, lead)
    plates = campaign["items"][1]["id"]
    assert (await refusal(campaign, lead))[:2] == (403, "for-suppliers")
    wrong: dict[str, dict[str, Any]] = {
        "below-floor": {"price": 30000},
        "nothing-pooled": {"item_id": plates},
        "below-first-tier": {"tiers": [{"from_quantity": "1600", "price_minor": 30000}]},
        "unknown-place": {"freight_minor": {"PTLEI": 1}},
        "off-step": {"capacity": "150"},
    }
    for code, change in wrong.items():
        price = change.pop("price", 44000)
        assert await refusal(campaign, supplier, price, **change) == (422, "invalid", code)
    assert (await supplier.get("/v1/campaign-offers")).json()["items"] == []

    key = {"Idempotency-Key": str(new_id())}
    path = f"/v1/campaigns/{campaign['id']}/bids"
    first, again = [await supplier.post(path, json=bid_form(campaign), headers=key) for _ in range(2)]
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert len((await supplier.get(path)).json()["items"]) == 1
    answer = await supplier.post(path, json=bid_form(campaign, 43700))
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["code"]) == (422, "not-a-step")
    assert str(41667 * 99 // 100) in error["detail"] and "41367" in error["detail"]
    worse: dict[str, dict[str, Any]] = {
        "capacity": {"capacity": "2900"},
        "setup_minor": {"setup_minor": 5001},
        "lead_time_days": {"lead_time_days": 22},
        "freight_minor": {"freight_minor": {"DEHAM": 500}},
        "tiers": {"tiers": [{"from_quantity": "200", "price_minor": 40000}]},
    }
    for field, change in worse.items():
        answer = await supplier.post(path, json=bid_form(campaign, 42000, **change))
        error = answer.json()["errors"][0]
        assert (error["code"], error["pointer"]) == ("worse-than-before", f"/items/0/{field}"), answer.text
    assert await refusal(campaign, supplier) == (422, "invalid", "not-better")
    assert (await refusal(campaign, supplier, item_id=plates))[2] in {"nothing-pooled", "item-left-out"}
    offer = (await supplier.get("/v1/campaign-offers")).json()["items"][0]
    back = await supplier.post(f"/v1/campaign-offers/{offer['id']}/withdrawal")
    assert (back.status_code, back.json()["code"]) == (409, "campaign-is-auction")
    # Less for a lot to Hamburg alone, and nothing worse: a bid, too.
    await bid(campaign, supplier, 43000, freight_minor={"DEHAM": 800, "ESBCN": 2000})
    assert (await standing(campaign, supplier))["own"] == 39000 + 1534


async def test_suppliers_bid_from_the_members_freeze_on_and_whoever_buys_does_not(market: Market) -> None:
    lead = await market.people("buyer")
    both = await market.people("buyer", "supplier")
    sealed = await opened(market, lead)
    assert (await refusal(sealed, both))[:2] == (409, "campaign-not-auction")
    assert (await lead.get(f"/v1/campaigns/{sealed['id']}/auction")).status_code == 404
    campaign = await opened(market, lead, **auction_form(market))
    path = f"/v1/campaigns/{campaign['id']}"
    early = await both.post(f"{path}/offers", json=campaign_offer_form(campaign))
    assert (early.status_code, early.json()["code"]) == (409, "campaign-is-auction")
    assert (await refusal(campaign, both))[:2] == (409, "auction-not-begun")
    told = await standing(campaign, both)
    assert (told["begun_at"], told["seconds_left"], told["pooled"]) == (None, 0, [])
    await made(both, f"{path}/commitments", commitment_form(campaign, 500, 60000))
    longer = await lead.post(f"{path}/extension", json={"closes_at": moment(market, minutes=12)})
    assert longer.status_code == 200, longer.text
    market.move_clock(minutes=12)
    # Told as it is, though no job has written it down yet.
    assert (await lead.get(path)).json()["state"]["code"] == "bidding"
    assert [one["id"] for one in (await lead.get("/v1/campaigns?state=bidding")).json()["items"]] == [campaign["id"]]
    assert campaign["id"] not in {one["id"] for one in (await lead.get("/v1/campaigns?state=frozen")).json()["items"]}
    assert (await refusal(campaign, both))[:2] == (409, "auction-not-begun")
    await _freeze(market, lead.firm.id, campaign)
    assert (await both.post(f"{path}/commitments", json=commitment_form(campaign))).json()["code"] == "campaign-closed"
    assert (await lead.post(f"{path}/cancellation", json={"reason": "No."})).json()["code"] == "campaign-closed"
    assert (await refusal(campaign, both))[:2] == (409, "campaign-one-side")


async def test_whoever_comes_too_early_holds_nobody_up(market: Market, owner: Owner) -> None:
    lead, supplier = await market.people("buyer"), await market.people("supplier")
    campaign = await opened(market, lead, **auction_form(market))
    # A member who commits himself just now.
    owner.execute("SELECT pg_advisory_lock_shared(hashtextextended('campaign ' || %s, 7))", (campaign["id"],))
    async with asyncio.timeout(5):
        assert (await refusal(campaign, supplier))[:2] == (409, "auction-not-begun")
    owner.execute("SELECT pg_advisory_unlock_all()")
    await lead.post(f"/v1/campaigns/{campaign['id']}/cancellation", json={"reason": "No demand."})
    assert (await refusal(campaign, supplier))[:2] == (409, "campaign-closed"), "it never begins"


async def test_an_auction_is_asked_for_with_its_rules(market: Market) -> None:
    lead, supplier = await market.people("buyer"), await market.people("supplier")
    wrong: dict[str, dict[str, Any]] = {
        "auction-rules": {"auction": None},
        "round-too-long": {"auction": RULES | {"round_minutes": 11}},
        "less-than-equal": {"auction": RULES | {"step_pct": "51"}},
        "greater-than-equal": {"auction": RULES | {"bidding_minutes": 9}},
    }
    for code, change in wrong.items():
        answer = await lead.post("/v1/campaigns", json=auction_form(market, **change))
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code), answer.text
    floors = campaign_form(market, items=auction_form(market)["items"])
    assert (await lead.post("/v1/campaigns", json=floors)).json()["errors"][0]["code"] == "not-an-auction"
    led = published_form(market, competition="auction", auction=RULES)
    assert (await supplier.post("/v1/campaigns", json=led)).json()["errors"][0]["code"] == "supplier-leads"


REFUSED: dict[str, dict[str, Any]] = {
    "pool_offers_bid": {"price": None},
    "auction_bids_price": {"price": 40666},
    "auction_bids_floor": {"tiers": [[1, 28000]], "price": 28000 + 1667},
    "auction_bids_step": {"tiers": [[1, 44000], [10, 39700]], "price": 39700 + 1667},
    "auction_bids_worse": {"capacity_lots": 29},
}


async def test_the_database_refuses_what_goes_round_the_rules(market: Market) -> None:
    lead, supplier = await market.people("buyer"), await market.people("supplier")
    campaign = await bidding(market, lead)
    await bid(campaign, supplier)
    for guard, changes in REFUSED.items():
        with pytest.raises(DBAPIError) as refused:
            await bid_past_the_api(market, supplier, campaign, **changes)
        assert refused_by(refused.value, guard), refused.value
    # More than is pooled comes to no price at all, which nothing is below or a step from.
    with pytest.raises(DBAPIError) as refused:
        other = await market.people("supplier")
        await bid_past_the_api(market, other, campaign, tiers=[[1600, 43000]], capacity_lots=2000, price=NO_PRICE)
    assert refused_by(refused.value, "ck_auction_bids_prices_by_item"), refused.value
    assert len((await supplier.get(f"/v1/campaigns/{campaign['id']}/bids")).json()["items"]) == 1


async def test_the_database_holds_the_way_and_the_log(market: Market, owner: Owner) -> None:
    lead, supplier = await market.people("buyer"), await market.people("supplier")
    campaign = await bidding(market, lead)
    await bid(campaign, supplier)
    await bid_past_the_api(market, supplier, campaign)
    refused: dict[str, tuple[Any, str]] = {
        "UPDATE campaigns SET state = 'frozen', frozen_at = app_now(), seed = 'x' WHERE id = :id": (
            lead,
            "campaigns_way",
        ),
        "UPDATE campaigns SET step_bp = 1 WHERE id = :id": (lead, "campaigns_stay"),
        "UPDATE auctions SET ends_at = app_now() WHERE campaign_id = :id": (lead, ""),
        "UPDATE auction_bids SET prices = '{}' WHERE campaign_id = :id": (supplier, ""),
        "UPDATE pool_offers SET state = 'withdrawn', ended_at = app_now() WHERE campaign_id = :id AND state = 'standing'": (
            supplier,
            "pool_offers_bid",
        ),
    }
    for statement, (who, guard) in refused.items():
        with pytest.raises(DBAPIError) as error:
            async with market.db.transaction(Role.WORKER) as session:
                await act_for(session, who.firm.id)
                await session.execute(text(statement), {"id": campaign["id"]})
        assert refused_by(error.value, guard) if guard else "permission denied" in str(error.value), error.value
    async with market.db.transaction(Role.AUDITOR) as session:
        assert await CHECKS["auctions"](session) == (0, []), "sealed until it is over"
    # A microsecond late, though no job has ended the auction yet.
    owner.execute("UPDATE auctions SET ends_at = clock_timestamp() + (SELECT moved_by FROM clock_offset)")
    assert (await refusal(campaign, supplier, 40000))[:2] == (409, "auction-ended")
    assert not await _freeze(market, supplier.firm.id, campaign)
    assert await _freeze(market, lead.firm.id, campaign)
    assert not await _freeze(market, lead.firm.id, campaign)


async def test_who_was_first_is_told_what_the_best_price_is(market: Market) -> None:
    lead = await market.people("buyer")
    first, second = [await market.people("supplier") for _ in range(2)]
    campaign = await bidding(market, lead)
    await bid(campaign, first)
    await bid(campaign, second, 45000)
    await bid(campaign, second, 43000)
    await market.work()
    told = (await first.get("/v1/notifications")).json()["items"]
    assert [one["subject"] for one in told] == [f"Somebody bids less in campaign {campaign['number']}"]
    assert "406.67" in told[0]["body"] and "P20+Ni" in told[0]["body"]
    assert (await second.get("/v1/notifications")).json()["items"] == []


async def test_deposits_are_held_while_suppliers_bid_and_taken_of_whom_it_serves(market: Market) -> None:
    long_day(market)
    lead, supplier = await market.people("buyer"), await market.people("supplier")
    campaign = await opened(market, lead, **auction_form(market, deposit_pct="10"))
    one = await committed(campaign, lead, 600, 60000, payment_method="tok_visa")
    await market.work()
    market.move_clock(minutes=11)
    await _freeze(market, lead.firm.id, campaign)
    await bid(campaign, supplier)
    await market.work()
    path = f"/v1/commitments/{one['id']}"
    told = (await lead.get(path)).json()
    assert (told["campaign_state"]["code"], told["deposit"]["state"]["code"]) == ("bidding", "held")
    await ended(market, minutes=10)
    told = (await lead.get(path)).json()
    assert (told["campaign_state"]["code"], told["deposit"]["state"]["code"]) == ("ordered", "captured")


async def test_lists_ask_the_same_of_the_database_however_long_they_are(market: Market) -> None:
    lead, supplier = await market.people("buyer"), await market.people("supplier")
    campaign = await bidding(market, lead)
    counted: dict[str, list[int]] = {}
    for price in (44000, 43000, 42000):
        await bid(campaign, supplier, price)
        for path in ("bids", "auction"):
            with count_statements(market.db) as statements:
                assert (await supplier.get(f"/v1/campaigns/{campaign['id']}/{path}")).status_code == 200
            counted.setdefault(path, []).append(len(statements))
    assert all(len(set(found)) == 1 for found in counted.values()), counted


async def _freeze(market: Market, acting_id: UUID, campaign: dict[str, Any]) -> bool:
    async with market.db.transaction(Role.WORKER) as session:
        await act_for(session, acting_id)
        return await freeze_campaign(session, UUID(campaign["id"]), now=market.clock.now())
