"""Many listings at once: each finding says where it stands."""

from decimal import Decimal

import pytest

from app.catalog.facade import ListingImport, import_listings
from app.kit.actor import Actor
from app.kit.db.tenancy import act_for
from app.kit.errors import Invalid
from tests.market import Market
from tests.rooms.catalog.test_listings import VARIANT, listing


async def test_a_finding_names_listing_variant_and_price(market: Market) -> None:
    seller = await market.people("supplier")
    actor = Actor(seller.firm.id, frozenset(), frozenset({"supplier"}))
    dear = [
        {"currency": "EUR", "min_quantity": Decimal(1), "price_minor": 100},
        {"currency": "EUR", "min_quantity": Decimal(9), "price_minor": 200},
    ]
    variants = [VARIANT, {**VARIANT, "sku": "EP-8X100", "prices": dear}]
    good = ListingImport.model_validate({**listing("good"), "state": "draft", "variants": []})
    bad = ListingImport.model_validate({**listing("bad"), "state": "draft", "variants": variants})
    with pytest.raises(Invalid) as refused:
        async with market.db.transaction() as session:
            await act_for(session, seller.firm.id)
            await import_listings(session, actor, [good, bad], now=market.clock.now())
    assert [error.pointer for error in refused.value.errors] == ["/listings/1/variants/1/prices/1/price_minor"]
    assert (await seller.get("/v1/products")).json()["items"] == []
