"""Two people change one variant at the same time."""

import asyncio
from uuid import UUID

from sqlalchemy import text

from app.kit.db.tenancy import act_for
from tests.market import Market
from tests.rooms.catalog.test_listings import VARIANT, published


async def test_whoever_is_last_writes_all_of_the_variant(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    variant = (await seller.get(f"/v1/products/{product_id}")).json()["variants"][0]
    path = f"/v1/variants/{variant['id']}"
    async with market.db.transaction() as session:
        await act_for(session, seller.firm.id)
        named = {"product": UUID(product_id), "variant": UUID(variant["id"])}
        await session.execute(text("SELECT 1 FROM products WHERE id = :product FOR UPDATE"), named)
        await session.execute(text("UPDATE variants SET label = 'another' WHERE id = :variant"), named)
        later = asyncio.create_task(seller.put(path, json=VARIANT, headers={"If-Match": "*"}))
        await asyncio.sleep(0.3)
        assert not later.done()
    assert (await later).status_code == 200
    shown = (await seller.get(f"/v1/products/{product_id}")).json()["variants"][0]
    assert shown["label"] == VARIANT["label"] == variant["label"]
