"""The market that the bench measures is one that the application could have made."""

import psycopg
import pytest

from app.catalog.reading import Reader
from app.catalog.schemas import DisplayedProduct, ListedProduct
from app.catalog.search import finding, size
from app.catalog.search.entries import sample_words
from app.catalog.search.searching import Asked, search
from app.kit.paging import Page
from app.settings import Settings
from tests.market import Market
from tests.proofs import bench_market
from tests.proofs.bench import paths_of, recorded
from tests.proofs.query_list import queries
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
    drawn = owner.execute("SELECT product_id, search_rank, search_words::text FROM public_products").fetchall()
    for product_id, search_rank, words in drawn:
        samples = sorted(word for word in str(words).split() if word.startswith("'z:"))
        assert samples == sorted(sample_words(product_id, search_rank).split())  # type: ignore[arg-type]
    asked = paths_of(url, 7)
    searches = {query.kind for query in queries()}
    assert len(searches) == 4
    assert set(asked) == {"detail", "category page", *searches}
    for kind in ("category page", "search en"):
        assert (await market.nobody.get(asked[kind][0])).status_code == 200
    statements = await recorded(settings)
    assert set(statements) == {query.path for query in queries()}
    assert all(statements.values())


async def test_a_search_by_samples_finds_what_one_among_all_finds(
    market: Market, settings: Settings, owner: psycopg.Connection[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = await market.people("supplier")
    await listed(seller, **pin("1.2344"))
    await listed(seller, "guide-pillars")
    monkeypatch.setattr(bench_market, "BASE", 20)
    monkeypatch.setattr(bench_market, "SUPPLIERS", 5)
    bench_market.fill(settings.database_url.get_secret_value(), 60)
    # What was kept of the time before is of an empty market.
    size._kept.clear()
    asked = [Asked(text, limit=100) for text in ("ejector pin", "1.2344 pin", "pin for guide pillars", "1.2344 keeper")]
    assert finding.samples_of(60) == (0,)
    among_all = [await search(market.db.reading, one, Reader("en")) for one in asked]
    monkeypatch.setattr(finding, "SMALLEST_SAMPLE", 2)
    assert finding.samples_of(60) == (5, 3, 1, 0)
    by_samples = [await search(market.db.reading, one, Reader("en")) for one in asked]
    for one, other in zip(among_all, by_samples, strict=True):
        assert one.items and (one.items, one.matches) == (other.items, other.matches)
        assert (one.total, one.total_is_exact) == (other.total, other.total_is_exact)
    strict = by_samples[0].question
    assert strict is not None
    row = owner.execute(
        "SELECT count(*) FROM public_products WHERE search_words @@ %s::tsquery", (strict.strict,)
    ).fetchone()
    assert row == (by_samples[0].total,) and by_samples[0].total_is_exact
    # With enough of them in a sample, the others are left alone, and the answer says so.
    monkeypatch.setattr(finding, "CANDIDATES", 6)
    monkeypatch.setattr(finding, "ENOUGH", 7)
    few = await search(market.db.reading, asked[0], Reader("en"))
    assert (len(few.items), few.total, few.total_is_exact) == (6, 6, False)
    assert set(few.items) <= set(by_samples[0].items)
