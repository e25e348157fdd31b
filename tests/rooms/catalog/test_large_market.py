"""The market that the bench measures is one that the application could have made."""

import psycopg
import pytest

from app.catalog.schemas import DisplayedProduct, ListedProduct
from app.kit.paging import Page
from app.settings import Settings
from tests.market import Market
from tests.proofs import bench_market
from tests.proofs.bench import paths_of, recorded
from tests.rooms.catalog.test_kinship import listed, pin


async def test_variations_and_their_copies_are_whole_listings(
    market: Market, settings: Settings, owner: psycopg.Connection[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = await market.people("supplier")
    await listed(seller, **pin("1.2344"))
    await listed(seller, "guide-pillars")
    monkeypatch.setattr(bench_market, "BASE", 10)
    monkeypatch.setattr(bench_market, "SUPPLIERS", 5)
    url = settings.database_url.get_secret_value()
    bench_market.fill(url, 30)
    found: list[ListedProduct] = []
    path = "/v1/catalog/products?limit=20"
    while path:
        answer = await market.nobody.get(path)
        found += Page[ListedProduct].model_validate_json(answer.content).items
        path = answer.headers.get("link", "").partition("<")[2].partition(">")[0]
    assert len({product.id for product in found}) == 30
    assert len({(product.supplier.id, product.code) for product in found}) == 30
    assert len({product.supplier.id for product in found}) > 2
    for product in found:
        answer = await market.nobody.get(f"/v1/catalog/products/{product.id}")
        shown = DisplayedProduct.model_validate_json(answer.content)
        assert shown.variants and shown.supplier == product.supplier
        ids = [variant.id for variant in shown.variants]
        row = owner.execute(
            "SELECT count(*), bool_and(supplier_id = %s) FROM variants WHERE id = ANY(%s) AND product_id = %s",
            (product.supplier.id, ids, product.id),
        ).fetchone()
        assert row == (len(ids), True)
    asked = paths_of(url, 7)
    assert set(asked) == {"detail", "category page", "search en", "search zh-Hans"}
    for kind in ("category page", "search en"):
        assert (await market.nobody.get(asked[kind][0])).status_code == 200
    statements = await recorded(settings)
    assert set(statements) == {*asked["search en"], *asked["search zh-Hans"]}
    assert all(statements.values())
