"""The market that the bench measures is one that the application could have made."""

import orjson
import psycopg
import pytest

from app.catalog.reading import Reader
from app.catalog.schemas import DisplayedProduct, ListedProduct
from app.catalog.search import finding, reach, searching, size
from app.catalog.search.entries import LEVELS, sample_words
from app.catalog.search.narrowing import Narrowing
from app.catalog.search.searching import Asked, search
from app.catalog.states import Sort
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


PINS = Narrowing(choices={"category": ("ejector-pins",)})


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
    reading = market.db.reading
    asked = [Asked(text, limit=100) for text in ("ejector pin", "1.2344 pin", "pin for guide pillars", "1.2344 keeper")]
    assert reach.ladder(60, reach.SMALLEST_SAMPLE) == (0,)
    among_all = [await search(reading, one, Reader("en")) for one in asked]
    monkeypatch.setattr(reach, "SMALLEST_SAMPLE", 2)
    assert reach.ladder(60, reach.SMALLEST_SAMPLE) == (5, 3, 1, 0)
    searching._memories.clear()
    for _ in range(2):
        # The second time begins where the first one ended.
        by_samples = [await search(reading, one, Reader("en")) for one in asked]
        for one, other in zip(among_all, by_samples, strict=True):
            assert one.items and (one.items, one.matches) == (other.items, other.matches)
            assert (one.total, one.total_is_exact) == (other.total, other.total_is_exact)
    pins = by_samples[0].question
    assert pins is not None
    count = "SELECT count(*) FROM public_products WHERE search_words @@ %s::tsquery"
    assert owner.execute(count, (pins.strict,)).fetchone() == (by_samples[0].total,)
    # With enough of them in a sample, the others are left alone, and the answer says so.
    for module, name, value in ((reach, "ENOUGH", 7), (finding, "ENOUGH", 7), (finding, "CANDIDATES", 6)):
        monkeypatch.setattr(module, name, value)
    searching._memories.clear()
    few = [await search(reading, asked[0], Reader("en")) for _ in range(2)]
    for found in few:
        assert (len(found.items), found.total, found.total_is_exact) == (6, 6, False)
        assert set(found.items) <= set(by_samples[0].items)
    # A next page is of the same samples as the first, whatever was learned in between.
    searching._memories.clear()
    first = await search(reading, Asked("ejector pin", limit=2), Reader("en"))
    pages, cursor = [*first.items], first.cursor
    while cursor:
        following = await search(reading, Asked("ejector pin", limit=2, cursor=cursor), Reader("en"))
        pages, cursor = [*pages, *following.items], following.cursor
    assert pages == few[0].items
    # Sorted by something else than how well they answer, enough of a sample are sorted too, of words and of filters alone.
    lead = {"sort": Sort.LEAD_TIME, "limit": 100}
    whole_ones = [
        await search(reading, one, Reader("en"))
        for one in (Asked("ejector pin", **lead), Asked(narrowing=PINS, **lead))
    ]
    for module in (reach, finding, searching):
        monkeypatch.setattr(module, "ENOUGH_SORTED", 7)
    monkeypatch.setattr(searching, "SMALLEST_SORTED", 4)
    for whole, one in zip(whole_ones, (Asked("ejector pin", **lead), Asked(narrowing=PINS, **lead)), strict=True):
        # Who is in which sample is chance; how far a search must go for seven of them, and where it begins again, is not.
        ids = [orjson.loads(item)["id"] for item in whole.items]
        held = {0: len(ids)}
        for level in range(1, LEVELS + 1):
            [held[level]] = owner.execute(count + " AND product_id = ANY(%s)", (f"'z:{level}'", ids)).fetchone() or []
        steps = reach.ladder(60, 4)
        searching._memories.clear()
        for _ in range(2):
            sample = await search(reading, one, Reader("en"))
            reached = next(step for step in steps if step is not None and (step == 0 or held[step] >= 7))
            assert 7 <= len(sample.items) == held[reached]
            kept = [item for item in whole.items if item in set(sample.items)]
            assert list(sample.items) == kept
            again = reach.next_time({"strict": (reached, held[reached])}, 7)
            steps = reach.beginning_at(again["strict"], reach.ladder(60, 4))
    newest = await search(reading, Asked(narrowing=PINS, limit=100), Reader("en"))
    assert len(newest.items) == len(whole_ones[1].items)
    # What was enough is no longer: then all are looked for again.
    gone = "DELETE FROM public_products WHERE product_id NOT IN (SELECT product_id FROM public_products WHERE search_words @@ "
    owner.execute(gone + "%s::tsquery LIMIT 3)", (pins.heads[0],))
    left = await search(reading, asked[0], Reader("en"))
    assert (len(left.items), left.total, left.total_is_exact) == (3, 3, True)


def test_what_was_learned_says_where_to_begin() -> None:
    whole = reach.ladder(1_000_000, reach.SMALLEST_SAMPLE)
    assert whole == (10, 8, 6, 4, 2, 0)
    assert reach.ladder(0, 1000) == reach.ladder(1000, 1000) == (0,)
    assert reach.ladder(1_000_000, reach.SMALLEST_SORTED) == (6, 4, 2, 0)
    first = reach.Reach(whole)
    assert (first.samples_for("heads"), first.samples_for("strict")) == (whole, whole)
    assert first.reached([9, 40, 170, 800, 0, 0, *[0] * 6]) == {"heads": (4, 800)}
    assert reach.next_time({"heads": (4, 800)}) == {"heads": 5}
    again = reach.Reach(whole, {"heads": 5})
    assert again.heads_alone and not first.heads_alone
    assert again.samples_for("heads") == (None, None, 5, 3, 1, 0)
    assert reach.beginning_at(12, whole) == (12, 10, 8, 6, 4, 0)
    assert reach.beginning_at(0, (0,)) == (0,)
    nothing = reach.Reach(whole)
    nothing.samples_for("heads")
    assert nothing.reached([0] * 6) == {"heads": (0, 0)}
    assert reach.next_time({"heads": (0, 0)}) == {"heads": 0}
    assert reach.read_levels(reach.spelled({"heads": 5, "strict": 12})) == {"heads": 5, "strict": 12}
    assert reach.read_levels("heads99,x,'; DROP,strict1") == {"heads": 12, "strict": 1}
    memory = reach.Memory()
    for number in range(reach.KEPT + 1):
        memory.keep(number, {"heads": 1})
    assert memory.of(0) == {} and memory.of(reach.KEPT) == {"heads": 1}
