"""Orders of the catalogue that hold stock: all of it with the order, nothing without, and free again when there is no order."""

from decimal import Decimal
from typing import Any

from tests.market import Market, Member
from tests.rooms.catalog.prices import CATALOGUE_ORDERS, listed
from tests.rooms.warehousing.stock import counted, made, move, received, store
from tests.rooms.warehousing.test_moves import verified


async def _shop(market: Market, quantity: str = "100") -> tuple[Member, Member, str, str]:
    """Supplier, buyer, the listed variant and the item that it is stocked as."""
    seller, buyer = await market.people("supplier"), await market.people("buyer")
    _, variant_id = await listed(market, seller)
    at = await store(seller)
    one = await made(seller, "/v1/stock-items", {"variant_id": variant_id, "offered": True})
    await move(seller, received(at, one["id"], quantity))
    return seller, buyer, variant_id, one["id"]


def _form(variant_id: str, quantity: str, **more: Any) -> dict[str, Any]:
    return {"items": [{"variant_id": variant_id, "quantity": quantity}], "currency": "EUR", "from_stock": {}, **more}


async def test_an_order_holds_its_stock_until_it_ends(market: Market) -> None:
    seller, buyer, variant_id, item_id = await _shop(market)
    order = await made(buyer, CATALOGUE_ORDERS, _form(variant_id, "60"))
    assert await counted(seller, item_id) == ("100", "60", "40")
    found = (await buyer.get("/v1/reservations")).json()["items"]
    assert [(one["holder_kind"], one["holder_id"], one["expires_at"]) for one in found] == [
        ("order", order["id"], None)
    ]
    # Others find what is left, and an order without enough of it is none.
    rival = await market.people("buyer")
    refused = await rival.post(CATALOGUE_ORDERS, json=_form(variant_id, "50"))
    assert (refused.status_code, refused.json()["code"]) == (409, "stock-short")
    assert refused.json()["errors"][0]["pointer"] == "/items/0/quantity"
    assert (await rival.get("/v1/orders")).json()["items"] == []
    # Without holding stock it is made to order, as ever.
    await made(rival, CATALOGUE_ORDERS, _form(variant_id, "50", from_stock=None))
    cancelled = await buyer.post(f"/v1/orders/{order['id']}/cancellation", json={"reason": "Ordered twice"})
    assert cancelled.status_code == 200, cancelled.text
    assert await counted(seller, item_id) == ("100", "0", "100")
    assert await verified(market) == []


async def test_a_rejected_order_frees_its_stock(market: Market) -> None:
    seller, buyer, variant_id, item_id = await _shop(market)
    order = await made(buyer, CATALOGUE_ORDERS, _form(variant_id, "60"))
    answer = await seller.post(f"/v1/orders/{order['id']}/rejection", json={"reason": "Damaged in a flood"})
    assert answer.status_code == 200, answer.text
    await market.work()
    assert await counted(seller, item_id) == ("100", "0", "100")


async def test_an_order_that_is_not_approved_frees_its_stock(market: Market) -> None:
    seller, buyer, variant_id, item_id = await _shop(market)
    approver = await market.member(buyer.firm, "approver")
    rule = {"name": "All", "above_minor": 1, "currency": "EUR", "approver_ids": [str(approver.person_id)]}
    await made(buyer, "/v1/approval-rules", rule)
    order = await made(buyer, CATALOGUE_ORDERS, _form(variant_id, "60"))
    assert order["state"]["code"] == "awaiting_approval"
    assert await counted(seller, item_id) == ("100", "60", "40")
    waiting = (await approver.get("/v1/approvals")).json()["items"][0]
    answer = await approver.post(f"/v1/approvals/{waiting['id']}/reject", json={"comment": "No budget"})
    assert answer.status_code == 200, answer.text
    await market.work()
    assert (await buyer.get(f"/v1/orders/{order['id']}")).json()["state"]["code"] == "draft"
    assert await counted(seller, item_id) == ("100", "0", "100")


async def test_what_is_missing_follows_when_the_buyer_allows(market: Market) -> None:
    seller, buyer, variant_id, item_id = await _shop(market, "30")
    order = await made(buyer, CATALOGUE_ORDERS, _form(variant_id, "50", from_stock={"backorder": True}))
    found = (await buyer.get("/v1/reservations")).json()["items"][0]
    assert sorted((line["waits"], Decimal(line["quantity"])) for line in found["lines"]) == [(False, 30), (True, 20)]
    assert found["holder_id"] == order["id"]
    assert await counted(seller, item_id) == ("30", "30", "0")


async def test_what_is_not_in_stock_and_drafts_are_named(market: Market) -> None:
    seller, buyer = await market.people("supplier"), await market.people("buyer")
    _, variant_id = await listed(market, seller)
    answer = await buyer.post(CATALOGUE_ORDERS, json=_form(variant_id, "50"))
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [("/items/0", "not-from-stock")]
    draft = await buyer.post(CATALOGUE_ORDERS, json=_form(variant_id, "50", issue=False))
    assert [(one["pointer"], one["code"]) for one in draft.json()["errors"]] == [("/from_stock", "stock-for-a-draft")]
