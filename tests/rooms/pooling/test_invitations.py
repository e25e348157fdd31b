"""Campaigns for invited organizations alone: strangers do not learn that there is one."""

import json

import pytest
from sqlalchemy import text

from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.pooling import board
from tests.market import Market, Member
from tests.rooms.parties.test_approvals import make_rule
from tests.rooms.pooling.campaigns import (
    campaign_form,
    campaign_offer_form,
    commitment_form,
    committed,
    frozen,
    offered,
    opened,
)
from tests.rooms.pooling.streams import listening
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements

ROWS = {
    "campaigns": "id",
    "campaign_items": "campaign_id",
    "campaign_places": "campaign_id",
    "campaign_totals": "campaign_id",
    "campaign_invitations": "campaign_id",
}


async def rows_seen(market: Market, reader: Member, campaign_id: str) -> int:
    """What the database lets an organization read of a campaign."""
    async with market.db.transaction() as session:
        await act_for(session, reader.firm.id)
        found = 0
        for table, column in ROWS.items():
            statement = text(f"SELECT count(*) FROM {table} WHERE {column} = :id")
            found += await session.scalar(statement, {"id": campaign_id}) or 0
        for function in ("campaign_hold_open(:id)", "auction_hold(:id) IS NOT NULL"):
            found += bool(await session.scalar(text(f"SELECT {function}"), {"id": campaign_id}))
        return found


async def test_strangers_do_not_see_what_is_for_invited_ones(market: Market) -> None:
    lead, invited, stranger = [await market.people("buyer") for _ in range(3)]
    supplier, rival = [await market.people("supplier") for _ in range(2)]
    carrier = await market.people("logistics")
    draft = await made(lead, "/v1/campaigns", campaign_form(market, audience="invited", shortfall="lower_tier"))
    path = f"/v1/campaigns/{draft['id']}"
    assert draft["audience"]["code"] == "invited"
    for wrong in (lead.firm.id, carrier.firm.id, new_id()):
        answer = await lead.post(f"{path}/invitations", json={"organization_id": str(wrong)})
        assert answer.json()["errors"][0]["code"] == "unknown-organization"
    first = [
        await made(lead, f"{path}/invitations", {"organization_id": str(one.firm.id)})
        for one in (invited, supplier, invited)
    ]
    assert first[0] == first[2] and first[0]["organization"]["id"] == str(invited.firm.id)
    assert (await invited.get(path)).status_code == 404, "a draft is the lead's alone"
    campaign = await made(lead, f"{path}/opening", {}, 200)
    late = await made(lead, f"{path}/invitations", {"organization_id": str(rival.firm.id)})
    await market.work()
    for one in (invited, supplier, rival):
        subjects = [note["subject"] for note in (await one.get("/v1/notifications")).json()["items"]]
        assert subjects == [f"You are invited to campaign {campaign['number']}"]
        assert (await one.get(path)).json()["title"]["text"] == campaign["title"]["text"]
        assert (await one.get(f"{path}/invitations")).status_code == 404
        assert (await one.delete(f"/v1/campaign-invitations/{late['id']}")).status_code == 404
        assert await rows_seen(market, one, draft["id"]) == 1 + 2 + 2 + 2 + 1 + 1

    assert await rows_seen(market, stranger, draft["id"]) == 0
    assert (await stranger.get("/v1/campaigns")).json()["items"] == []
    for call, form in (
        ("commitments", commitment_form(campaign)),
        ("offers", campaign_offer_form(campaign)),
        ("bids", campaign_offer_form(campaign)),
        ("invitations", {"organization_id": str(stranger.firm.id)}),
    ):
        assert (await stranger.post(f"{path}/{call}", json=form)).status_code == 404, call
    for part in ("", "/progress", "/progress/stream", "/clearings", "/shares", "/auction", "/bids", "/invitations"):
        assert (await stranger.get(f"{path}{part}")).status_code == 404, part

    # Until the first commitment an invitation is taken back; an offer falls with it, and the lead does not learn of it.
    offer = await offered(campaign, rival, 20000)
    with_offer = await lead.delete(f"/v1/campaign-invitations/{late['id']}")
    assert (with_offer.status_code, with_offer.content) == (204, b"")
    assert (await lead.delete(f"/v1/campaign-invitations/{late['id']}")).status_code == 404
    assert [(await rival.get(one)).status_code for one in (path, f"/v1/campaign-offers/{offer['id']}")] == [404, 404]
    assert (await rival.get("/v1/campaign-offers")).json()["items"] == []
    one = await committed(campaign, invited, 600, 47000)
    stands = await lead.delete(f"/v1/campaign-invitations/{first[0]['id']}")
    assert (stands.status_code, stands.json()["code"]) == (409, "campaign-invitation-stands")
    await offered(campaign, supplier)
    await frozen(market)
    served = (await invited.get(f"/v1/commitments/{one['id']}")).json()
    assert (served["campaign_state"]["code"], served["allotment"]["payment"]["minor"]) == ("ordered", 6 * 45000 + 5000)
    assert await rows_seen(market, stranger, draft["id"]) == 0
    closed = await lead.post(f"{path}/invitations", json={"organization_id": str(rival.firm.id)})
    assert (closed.status_code, closed.json()["code"]) == (409, "campaign-closed")
    everybody = await opened(market, lead)
    asked = await lead.post(
        f"/v1/campaigns/{everybody['id']}/invitations", json={"organization_id": str(rival.firm.id)}
    )
    assert (asked.status_code, asked.json()["code"]) == (409, "campaign-for-everybody")


async def test_who_is_shut_out_hears_nothing_more_and_others_still_do(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "LOOK_S", 0.05)
    lead, out, member = [await market.people("buyer") for _ in range(3)]
    await make_rule(out, await market.member(out.firm, "approver"))
    campaign = await opened(market, lead, audience="invited")
    path = f"/v1/campaigns/{campaign['id']}"
    given = [await made(lead, f"{path}/invitations", {"organization_id": str(one.firm.id)}) for one in (member, out)]
    waiting = await committed(campaign, out)
    assert waiting["state"]["code"] == "awaiting"
    stream = f"{path}/progress/stream"
    async with (
        listening(market.app, stream, member.headers) as other,
        # The board looks as whoever came last.
        listening(market.app, stream, out.headers) as own,
    ):
        await own.event()
        await other.event()
        assert (await lead.delete(f"/v1/campaign-invitations/{given[1]['id']}")).status_code == 204
        assert await own.rest() == []
        await committed(campaign, member, 600, 46000)
        assert json.loads((await other.event())["data"])["items"][0]["lots"] == 6
    assert (await out.get(f"/v1/commitments/{waiting['id']}")).status_code == 404
    assert (await out.get("/v1/commitments")).json()["items"] == []
    again = await out.put(f"/v1/commitments/{waiting['id']}", json=commitment_form(campaign), headers={"If-Match": "*"})
    assert again.status_code == 404
    async with market.db.transaction() as session:
        await act_for(session, out.firm.id)
        assert await session.scalar(text("SELECT state FROM commitments")) == "lapsed"


async def test_a_list_of_invitations_takes_as_many_statements_for_twenty_as_for_one(market: Market) -> None:
    lead = await market.people("buyer")
    draft = await made(lead, "/v1/campaigns", campaign_form(market, audience="invited"))
    path = f"/v1/campaigns/{draft['id']}/invitations"
    counted = []
    for firms in (1, 19):
        for _ in range(firms):
            await made(lead, path, {"organization_id": str((await market.firm("supplier")).id)})
        with count_statements(market.db) as statements:
            answer = await lead.get(f"{path}?limit=50")
        counted.append((len(statements), len(answer.json()["items"])))
    assert counted[0][0] == counted[1][0] and [one[1] for one in counted] == [1, 20], counted
