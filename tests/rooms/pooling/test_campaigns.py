"""Campaigns over HTTP: many buyers pool their demand, two suppliers compete, it is cleared, and everybody reads his own."""

from hashlib import sha256
from typing import Any

import pytest

from app.kit.db.engine import Role
from app.kit.verify import CHECKS
from tests.market import Market
from tests.rooms.pooling.campaigns import (
    campaign_form,
    campaign_offer_form,
    commitment_form,
    committed,
    frozen,
    moment,
    offered,
    opened,
    published_form,
)
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements


async def test_small_buyers_pool_their_demand_and_each_reads_what_came_of_it(market: Market) -> None:
    lead = await market.people("buyer", locale="de")
    members = [await market.people("buyer") for _ in range(3)]
    cheap, dear = [await market.people("supplier") for _ in range(2)]
    campaign = await opened(market, lead, confidentiality="names")
    path = f"/v1/campaigns/{campaign['id']}"
    assert campaign["state"]["code"] == "open" and campaign["seed"] is None
    assert 0 < campaign["seconds_left"] <= 660

    first = await committed(campaign, members[0], 600, 43000)
    second = await committed(campaign, members[1], 500, 47000)
    low = await committed(campaign, members[2], 200, 20000)
    plates = campaign["items"][1]["id"]
    await committed(campaign, lead, 100, 43000, place="ESBCN")
    instead = {"item_id": plates, "quantity": "200", "limit_minor": 30000}
    changed = await members[2].put(
        f"/v1/commitments/{low['id']}",
        json=commitment_form(campaign, 300, 21000, substitute=instead),
        headers={"If-Match": "*"},
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["at_most"]["minor"] == 3 * 21000
    told = (await members[0].get(f"{path}/progress")).json()["items"][0]
    assert (told["lots"], told["commitments"], told["own_lots"]) == (15, 4, 6)
    assert (told["price"]["minor"], told["next_tier"]) == (42000, None)
    assert told["own_saving"]["minor"] == 6 * (52000 - 42000)
    assert {one["id"] for one in (await members[1].get(path)).json()["members"]} == {
        str(one.firm.id) for one in (lead, *members)
    }
    assert (await cheap.get(path)).json()["members"] is None

    await offered(campaign, dear, 44000)
    early = await offered(campaign, cheap, 45000)
    best = await offered(campaign, cheap, 43000)
    assert (best["revision"], "prices" in best, "items" in best) == (2, False, False)
    own = (await cheap.get(f"/v1/campaign-offers/{best['id']}")).json()
    assert own["items"][0]["tiers"][1]["price"]["minor"] == 39000
    states = [one["state"]["code"] for one in (await cheap.get("/v1/campaign-offers")).json()["items"]]
    assert states == ["standing", "revised"]
    for stranger in (dear, lead, members[0]):
        assert (await stranger.get(f"/v1/campaign-offers/{best['id']}")).status_code == 404
    for stranger in (lead, cheap, members[1]):
        assert (await stranger.get(f"/v1/commitments/{first['id']}")).status_code == 404
    assert (await lead.get(f"{path}/clearings")).json()["items"] == []

    await frozen(market)
    after = (await lead.get(path)).json()
    assert after["state"]["code"] == "ordered"
    assert sha256(after["seed"].encode()).hexdigest() == campaign["seed_sha256"]
    clearing = (await members[2].get(f"{path}/clearings")).json()["items"][0]
    assert (clearing["lots"], clearing["commitments"], clearing["offers"]) == (12, 4, 2)
    assert all(aim["gap_pct"] == "0" for part in clearing["certificate"] for aim in part["aims"])
    # Twelve lots reach the tier at ten: 39,000 a lot, freight 1,000 or 2,000, set-up 5,000 among twelve.
    assert clearing["cost"]["minor"] == 12 * 39000 + 11 * 1000 + 2000 + 5000
    prices = {one["place"]: one["price_minor"] for one in clearing["prices"]}
    assert prices == {"DEHAM": "40416.666667", "ESBCN": "41416.666667"}
    mine = (await members[0].get(f"/v1/commitments/{first['id']}")).json()["allotment"]
    assert (mine["served"], mine["payment"]["minor"], mine["quantity"]["value"]) == (True, 242500, "600")
    assert all(word in mine["explanation"] for word in ("P20+Ni", "430", "Hamburg"))
    paid = 242500 + 202084 + 41417
    assert clearing["remainder"]["minor"] == paid - clearing["cost"]["minor"] == 1
    not_served = (await members[2].get(f"/v1/commitments/{low['id']}")).json()["allotment"]
    assert (not_served["served"], not_served["reason"]) == (False, "below-cheapest")
    assert (await members[1].get(f"/v1/commitments/{second['id']}")).json()["allotment"]["served"]

    share = (await cheap.get(f"{path}/shares")).json()["items"]
    assert [(one["lots"], one["price"]["minor"], one["paid"]["minor"]) for one in share] == [
        (12, 39000, clearing["cost"]["minor"])
    ]
    assert (await dear.get(f"{path}/shares")).json()["items"] == []
    assert len((await lead.get(f"{path}/shares")).json()["items"]) == 1
    assert (await (await market.people("buyer")).get(f"{path}/clearings")).json()["items"] == []
    subjects = [(await one.get("/v1/notifications")).json()["items"] for one in (members[0], cheap, dear, members[2])]
    of_campaign = [[one["subject"] for one in told if "POOL" in one["subject"]] for told in subjects]
    assert [set(one) for one in of_campaign] == [
        {f"Your commitment to campaign {campaign['number']} is served"},
        {
            f"You have won in campaign {campaign['number']}",
            f"Framework order {campaign['number']}/1 from campaign {campaign['number']}",
        },
        {f"Your offer to campaign {campaign['number']} has not won"},
        {f"Your commitment to campaign {campaign['number']} is not served"},
    ]
    # Each member's order came to the supplier by itself.
    assert len(subjects[1]) == 2 + 3
    assert early["id"] != best["id"]
    late = await members[0].post(f"/v1/commitments/{first['id']}/withdrawal")
    assert (late.status_code, late.json()["code"]) == (409, "campaign-closed")
    async with market.db.transaction(Role.AUDITOR) as session:
        for name in ("pooled sums", "clearings", "pooled orders"):
            looked, broken = await CHECKS[name](session)
            assert (looked > 0, broken) == (True, []), name


async def test_bad_input_is_told_at_once_and_nothing_is_kept(market: Market) -> None:
    lead, member = [await market.people("buyer") for _ in range(2)]
    supplier = await market.people("supplier")
    campaign = await opened(market, lead)
    path = f"/v1/campaigns/{campaign['id']}"
    plates = campaign["items"][1]["id"]
    wrong: dict[str, dict[str, Any]] = {
        "off-step": {"quantity": "250"},
        "other-currency": {"currency": "USD"},
        "unknown-place": {"place": "PTLEI"},
        "unknown-item": {"item_id": campaign["id"]},
        "same-item": {"substitute": {"item_id": campaign["items"][0]["id"], "quantity": "100", "limit_minor": 1}},
    }
    for code, change in wrong.items():
        answer = await member.post(f"{path}/commitments", json=commitment_form(campaign, **change))
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code), answer.text
    off = await member.post(f"{path}/commitments", json=commitment_form(campaign, 250))
    assert "200" in off.json()["errors"][0]["detail"] and "300" in off.json()["errors"][0]["detail"]
    for_another = await member.post(f"{path}/commitments", json=commitment_form(campaign, member_id=str(lead.firm.id)))
    assert for_another.status_code == 422
    assert (await supplier.post(f"{path}/commitments", json=commitment_form(campaign))).json()["code"] == "for-buyers"
    assert (await member.post(f"{path}/offers", json=campaign_offer_form(campaign))).json()["code"] == "for-suppliers"
    wrong = {
        "unknown-place": {"freight_minor": {"PTLEI": 1}},
        "below-first-tier": {"capacity": "100", "tiers": [{"from_quantity": "200", "price_minor": 1}]},
        "tiers-not-falling": {
            "tiers": [{"from_quantity": "100", "price_minor": 5}, {"from_quantity": "200", "price_minor": 5}]
        },
        "off-step": {"capacity": "150"},
    }
    for code, change in wrong.items():
        answer = await supplier.post(f"{path}/offers", json=campaign_offer_form(campaign, **change))
        assert answer.json()["errors"][0]["code"] == code, answer.text
    assert (await member.get("/v1/commitments")).json()["items"] == []
    assert (await member.get(f"{path}/progress")).json()["items"][0]["lots"] == 0

    one = await committed(campaign, member)
    again = await member.post(f"{path}/commitments", json=commitment_form(campaign))
    assert (again.status_code, again.json()["code"]) == (409, "already-committed")
    await committed(campaign, member, item_id=plates)
    stale = await member.put(
        f"/v1/commitments/{one['id']}", json=commitment_form(campaign, 100), headers={"If-Match": '"7-en-0"'}
    )
    assert stale.status_code == 412
    for _ in range(2):
        gone = await member.post(f"/v1/commitments/{one['id']}/withdrawal")
        assert gone.json()["state"]["code"] == "withdrawn"
    ended = await member.put(
        f"/v1/commitments/{one['id']}", json=commitment_form(campaign, 100), headers={"If-Match": "*"}
    )
    assert ended.json()["code"] == "commitment-withdrawn"
    both = await market.people("buyer", "supplier")
    await offered(campaign, both)
    refused = await both.post(f"{path}/commitments", json=commitment_form(campaign))
    assert (refused.status_code, refused.json()["code"]) == (409, "campaign-one-side")
    assert (await member.get(f"{path}/progress")).json()["items"][0]["lots"] == 0


async def test_a_supplier_leads_with_prices_for_everybody_to_read(market: Market) -> None:
    supplier, rival = [await market.people("supplier") for _ in range(2)]
    member = await market.people("buyer")
    draft = await made(supplier, "/v1/campaigns", published_form(market))
    campaign = await made(supplier, f"/v1/campaigns/{draft['id']}/opening", {}, 200)
    path = f"/v1/campaigns/{campaign['id']}"
    assert campaign["items"][0]["published"]["freight"]["DEHAM"]["minor"] == 900
    low = await member.post(f"{path}/commitments", json=commitment_form(campaign, 500, 41000))
    assert (low.status_code, low.json()["errors"][0]["code"]) == (422, "below-cheapest-tier")
    assert (await rival.post(f"{path}/offers", json=campaign_offer_form(campaign))).json()["code"] == (
        "campaign-prices-published"
    )
    offer = (await supplier.get("/v1/campaign-offers")).json()["items"][0]
    back = await supplier.post(f"/v1/campaign-offers/{offer['id']}/withdrawal")
    assert (back.status_code, back.json()["code"]) == (409, "campaign-prices-published")
    made_one = await committed(campaign, member, 500, 48000)
    await frozen(market)
    allotted = (await member.get(f"/v1/commitments/{made_one['id']}")).json()["allotment"]
    assert allotted["payment"]["minor"] == 5 * (45000 + 900) + 10000
    for change in ({"led_as": "supplier"}, {"led_as": "operator"}):
        answer = await supplier.post("/v1/campaigns", json=campaign_form(market, **change))
        assert answer.status_code in (403, 422), answer.text


@pytest.mark.parametrize(("shortfall", "state"), [("fail", "failed"), ("lower_tier", "ordered")])
async def test_what_happens_to_a_shortfall_was_said_at_the_opening(market: Market, shortfall: str, state: str) -> None:
    lead = await market.people("buyer")
    supplier = await market.people("supplier")
    campaign = await opened(market, lead, shortfall=shortfall)
    await committed(campaign, lead, 300, 60000)
    await offered(campaign, supplier)
    await frozen(market)
    assert (await lead.get(f"/v1/campaigns/{campaign['id']}")).json()["state"]["code"] == state


async def test_a_campaign_is_its_leads_until_it_opens_and_stays_as_it_was_opened(market: Market) -> None:
    lead, other = [await market.people("buyer") for _ in range(2)]
    draft = await made(lead, "/v1/campaigns", campaign_form(market))
    path = f"/v1/campaigns/{draft['id']}"
    assert (await other.get(path)).status_code == 404
    form = campaign_form(market, title="Steel for the summer")
    edited = await lead.put(path, json=form, headers={"If-Match": "*"})
    assert edited.json()["title"]["text"] == "Steel for the summer"
    early = await other.post(f"{path}/commitments", json=commitment_form(draft))
    assert early.status_code == 404
    assert (await lead.post(f"{path}/commitments", json=commitment_form(edited.json()))).json()[
        "code"
    ] == "campaign-closed"
    opened_one = await made(lead, f"{path}/opening", {}, 200)
    assert (await lead.put(path, json=form, headers={"If-Match": "*"})).json()["code"] == "campaign-not-draft"
    assert (await other.post(f"{path}/opening")).status_code == 404
    sooner = await lead.post(f"{path}/extension", json={"closes_at": market.clock.now().isoformat()})
    assert sooner.json()["errors"][0]["code"] == "not-later"
    later = await lead.post(f"{path}/extension", json={"closes_at": moment(market, days=90)})
    assert later.json()["closes_at"] > opened_one["closes_at"]
    for _ in range(2):
        gone = await lead.post(f"{path}/cancellation", json={"reason": "No demand."})
        assert (gone.json()["state"]["code"], gone.json()["cancel_reason"]["text"]) == ("cancelled", "No demand.")
    listed = (await other.get("/v1/campaigns?state=cancelled")).json()["items"]
    assert [one["id"] for one in listed] == [draft["id"]]


async def test_lists_ask_the_same_of_the_database_however_long_they_are(market: Market) -> None:
    lead = await market.people("buyer")
    supplier = await market.people("supplier")
    counted: dict[str, list[int]] = {}
    for _ in range(3):
        campaign = await opened(market, lead)
        await committed(campaign, lead)
        await committed(campaign, lead, place="ESBCN")
        await offered(campaign, supplier)
        for who, path in (
            (lead, "/v1/campaigns"),
            (lead, "/v1/commitments"),
            (supplier, "/v1/campaign-offers"),
            (lead, f"/v1/campaigns/{campaign['id']}/progress"),
        ):
            with count_statements(market.db) as statements:
                assert (await who.get(path)).status_code == 200
            counted.setdefault(path.split("/")[-1], []).append(len(statements))
    assert all(len(set(found)) == 1 for found in counted.values()), counted
