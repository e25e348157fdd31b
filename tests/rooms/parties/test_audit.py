"""An organization reads its own audit log, and nobody else's."""

from tests.market import Market
from tests.rooms.procurement.deals import published


async def test_who_did_what_before_and_after(market: Market) -> None:
    deal = await published(market)
    entries = (await deal.buyer.get("/v1/audit-entries")).json()["items"]
    acts = [(entry["action"], entry["actor"]) for entry in entries]
    assert ("inquiry.publish", f"person:{deal.buyer.person_id}") in acts
    assert all(entry["request_id"] and entry["values"] and entry["position"] is None for entry in entries)
    await market.chain_audit()
    only = (await deal.buyer.get("/v1/audit-entries", params={"action": "inquiry.publish"})).json()["items"]
    assert [entry["entity_id"] for entry in only] == [deal.inquiry["id"]]
    assert only[0]["position"] > 0
    assert len(only[0]["hash"]) == 64


async def test_only_by_permission_and_only_ones_own(market: Market) -> None:
    deal = await published(market)
    viewer = await market.member(deal.buyer.firm, "viewer")
    stranger = await market.people("buyer")
    assert (await market.nobody.get("/v1/audit-entries")).status_code == 401
    assert (await viewer.get("/v1/audit-entries")).status_code == 403
    seen = await stranger.get("/v1/audit-entries")
    assert deal.inquiry["id"] not in seen.text
    assert str(deal.buyer.person_id) not in seen.text
