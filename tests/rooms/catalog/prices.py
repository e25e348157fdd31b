"""Builders of price lists and confirmed prices over HTTP."""

from datetime import date, timedelta
from typing import Any

from tests.market import Market, Member
from tests.rooms.catalog.test_listings import published

LISTS = "/v1/price-lists"
PRICES = "/v1/catalog/prices"
CONFIRMATIONS = "/v1/catalog/price-confirmations"
CATALOGUE_ORDERS = "/v1/catalog-orders"


def today(market: Market) -> date:
    """The market's day (UTC)."""
    return market.clock.now().date()


async def listed(market: Market, seller: Member, code: str = "pin", sku: str = "EP-6X100") -> tuple[str, str]:
    """(listing, variant) of a published listing: 4.20 € from 10 on, 3.50 € from 100 on, 4.80 $ from 10 on."""
    product_id = await published(market, seller, code=code, sku=sku)
    own = (await seller.get(f"/v1/products/{product_id}")).json()
    return product_id, str(own["variants"][0]["id"])


def line_for(variant_id: str, price_minor: int, min_quantity: str = "1") -> dict[str, Any]:
    """A price for a variant."""
    return {"scope": "variant", "variant_id": variant_id, "price_minor": price_minor, "min_quantity": min_quantity}


def discount(discount_bp: int, category: str | None = None, min_quantity: str = "1") -> dict[str, Any]:
    """A discount on a category, or on the range."""
    scope = {"scope": "category", "category_code": category} if category else {"scope": "range"}
    return {**scope, "discount_bp": discount_bp, "min_quantity": min_quantity}


def list_form(market: Market, buyers: list[Member], lines: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """A price list in euros, from today on."""
    return {
        "code": "frame-2026",
        "name": "Rahmenvertrag 2026",
        "currency": "EUR",
        "valid_from": today(market).isoformat(),
        "buyer_ids": [str(buyer.firm.id) for buyer in buyers],
        "lines": lines,
        **changes,
    }


async def drafted(
    market: Market, seller: Member, buyers: list[Member], lines: list[dict[str, Any]], **changes: Any
) -> dict[str, Any]:
    """A draft."""
    answer = await seller.post(LISTS, json=list_form(market, buyers, lines, **changes))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def activated(
    market: Market, seller: Member, buyers: list[Member], lines: list[dict[str, Any]], **changes: Any
) -> dict[str, Any]:
    """An active list."""
    draft = await drafted(market, seller, buyers, lines, **changes)
    answer = await seller.post(f"{LISTS}/{draft['id']}/activation")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def steps(reader: Member, product_id: str, currency: str = "EUR") -> list[tuple[str, int, str]]:
    """(minimum quantity, price, source or the list's code) of a listing's only variant, as the reader sees them."""
    answer = await reader.get(PRICES, params={"product_id": product_id})
    assert answer.status_code == 200, answer.text
    return [
        (step["min_quantity"], step["price_minor"], step["source"]["price_list_code"] or step["source"]["code"])
        for item in answer.json()["items"]
        for step in item["prices"]
        if step["currency"] == currency
    ]


async def confirmed(buyer: Member, variant_id: str, quantity: str = "10", currency: str = "EUR") -> dict[str, Any]:
    """A confirmed price."""
    form = {"items": [{"variant_id": variant_id, "quantity": quantity}], "currency": currency}
    answer = await buyer.post(CONFIRMATIONS, json=form)
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["items"][0])


async def ordered(buyer: Member, *items: dict[str, Any], **form: Any) -> dict[str, Any]:
    """An order of the catalogue."""
    answer = await buyer.post(CATALOGUE_ORDERS, json={"items": list(items), **form})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def in_days(market: Market, days: int) -> str:
    """A day from today on."""
    return (today(market) + timedelta(days=days)).isoformat()
