"""A campaign is made of a demand suggestion in one call; those who asked are invited, and nobody is told who they are."""

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.kit.db.refusals import refused_by
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.pooling.sensing.drafting import Proposed, proposed
from tests.market import Market, Member
from tests.rooms.pooling.demand import SUGGESTIONS, blank, buyers_asking, consents, sensed
from tests.rooms.warehousing.stock import made


def test_a_lot_is_a_tenth_of_what_one_needs_at_most() -> None:
    assert proposed("KGM", Decimal(5200), 5, []) == Proposed(Decimal(100), 26, 52, None, ())
    assert proposed("H87", Decimal(11), 5, []).lot_quantity == 1
    assert proposed("KGM", Decimal("0.000001"), 5, []) == Proposed(Decimal("0.000001"), 1, 1, None, ())


async def told(member: Member, number: str) -> bool:
    """Whether his people are told that a campaign buys what they asked for."""
    subjects = [one["subject"] for one in (await member.get("/v1/notifications")).json()["items"]]
    return f"Campaign {number} buys together what you asked for" in subjects


async def test_those_who_asked_are_invited_and_stay_unknown(market: Market) -> None:
    seller = await market.people("supplier")
    variant = await blank(seller)
    buyers = await buyers_asking(market, seller, variant, "2", "1", "2", "3", "3")
    [found] = await sensed(market, seller)
    lead, other = [await market.people("buyer") for _ in range(2)]
    path = f"{SUGGESTIONS}/{found['id']}/campaigns"
    assert (await seller.post(path, json={})).status_code in (403, 422), "a supplier leads with prices of his own"
    assert (await lead.post(f"{SUGGESTIONS}/{new_id()}/campaigns", json={})).status_code == 404
    assert (await lead.post(path, json={"places": ["XXXXX"]})).json()["errors"][0]["code"] == "unknown-place"
    draft = await made(lead, path, {})
    item = draft["items"][0]
    # Eleven pieces, six of them at least: 550 € from three on, 510 € from ten on, and 600 € alone.
    assert (item["lot"]["value"], item["min_quantity"]["value"], item["alone"]["minor"]) == ("1", "6", 60000)
    assert [(one["from_lots"], one["price"]["minor"]) for one in item["tiers"]] == [(6, 55000), (11, 51000)]
    assert "P20+Ni" in item["title"]["text"] and "500 mm" in item["specification"]["text"]
    assert {one["code"][:2] for one in draft["places"]} == {"DE"}
    assert (draft["state"]["code"], draft["currency"]) == ("draft", "EUR")
    assert draft["demand_suggestion_id"] == found["id"]
    again = await lead.post(path, json={})
    assert (again.status_code, again.json()["code"]) == (409, "demand-campaign-exists")
    # His consent is taken back before it opens: he is not told, though the suggestion stands until the night.
    await consents(buyers[0], given=False)
    campaign = await made(lead, f"/v1/campaigns/{draft['id']}/opening", {}, 200)
    await market.work()
    number = campaign["number"]
    assert [await told(one, number) for one in (*buyers, other, lead)] == [False, True, True, True, True, False, False]
    read = (await lead.get(f"/v1/campaigns/{draft['id']}")).text + (await lead.get("/v1/audit-entries")).text
    assert not [one for one in buyers if str(one.firm.id) in read or one.firm.code in read]

    assert await sensed(market, seller) == []
    late = await other.post(path, json={})
    assert (late.status_code, late.json()["code"]) == (409, "demand-suggestion-ended")
    plain = await made(other, "/v1/campaigns", draft_form(draft))
    with pytest.raises(DBAPIError) as refused:
        async with market.db.transaction() as session:
            await act_for(session, other.firm.id)
            statement = text("UPDATE campaigns SET demand_suggestion_id = :suggestion WHERE id = :id")
            await session.execute(statement, {"suggestion": found["id"], "id": plain["id"]})
    assert refused_by(refused.value, "campaigns_of_demand")


def draft_form(draft: dict[str, object]) -> dict[str, object]:
    """A campaign of somebody's own."""
    item = {"title": "Blocks", "specification": "P20+Ni", "lot_quantity": "1", "unit": "H87"}
    return {
        "led_as": "buyer",
        "title": "Blocks",
        "currency": "EUR",
        "closes_at": draft["closes_at"],
        "items": [item],
        "places": ["DEHAM"],
    }
