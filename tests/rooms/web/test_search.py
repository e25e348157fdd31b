"""Searching and narrowing down on the pages."""

import psycopg
import pytest
from starlette.requests import Request

from app.web.filters import Filters
from app.web.narrowing import chips, shown_facets
from tests.market import Market
from tests.rooms.catalog.test_listings import LEAF, published
from tests.rooms.web.reader import Outline, main_text, reading


def _filters(query: str, **fixed: str) -> Filters:
    return Filters.of(Request({"type": "http", "query_string": query.encode(), "headers": []}), **fixed)


def test_filters_keep_what_they_know() -> None:
    found = _filters("q=pin&attr.steel=a&attr.steel=b&attr.steel=b&sort=price&sort=newest&x=1&country=&verified=true")
    assert found.asked == (
        ("q", "pin"),
        ("attr.steel", "a"),
        ("attr.steel", "b"),
        ("sort", "price"),
        ("verified", "true"),
    )
    assert found.less("attr.steel", "a") == "?q=pin&attr.steel=b&sort=price&verified=true"
    assert found.bare == "?q=pin"
    assert found.at("next") == "?q=pin&attr.steel=a&attr.steel=b&sort=price&verified=true&cursor=next"
    assert found.narrows and not found.is_bare
    assert not _filters("category=x", category="pins").narrows
    assert len(_filters("&".join(f"attr.a={n}" for n in range(500))).asked) <= 60
    assert len(_filters("q=" + "x" * 5000).text) == 200


def test_facets_with_one_choice_are_left_out_and_prices_are_in_major_units() -> None:
    def enum(code: str, *values: str, selected: str = "") -> dict[str, object]:
        rows = [{"code": one, "label": one, "count": 1, "selected": one == selected} for one in values]
        return {"code": code, "label": code, "kind": "enum", "values": rows}

    price = {"code": "price", "label": "Price", "kind": "range", "minimum": "12345", "maximum": "99900", "unit": "EUR",
             "chosen_minimum": None, "chosen_maximum": None}  # fmt: skip
    facets = [enum("supplier", "a", "b"), enum("steel", "x"), enum("head", "x", selected="x"), price,
              enum("verified", "yes"), enum("size", *map(str, range(30)))]  # fmt: skip
    filters = _filters("attr.head=x&verified=true&price.max=250")
    shown = shown_facets(facets, filters, "en")
    assert [one["name"] for one in shown] == ["attr.head", "price", "verified", "attr.size", "supplier_id"]
    assert (shown[1]["low"], shown[1]["high"]) == ("123.45", "999")
    assert len(shown[3]["values"]) == 5 and shown[3]["hidden"] == 25
    assert [one["label"] for one in chips(shown, filters)] == ["head: x", "verified", "Price: ≤ 250"]
    assert len(shown_facets(facets, filters, "en", expanded="attr.size")[3]["values"]) == 30


async def test_words_find_listings_in_any_language(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    async with reading(market) as reader:
        for tag, words in (("zh-hans", "顶针"), ("de", "Auswerferstift"), ("en", "ejector pin"), ("ar", "DIN 1530")):
            page = await reader.get(f"/{tag}/search", params={"q": words})
            assert page.status_code == 200
            assert f"/{tag}/products/{product_id}" in page.text, words
            assert Outline(page.text).all("input")[0]["value"] == words
            assert '<meta name="robots" content="noindex, follow">' in page.text
        assert (await reader.get("/en/search")).status_code == 200


async def test_nothing_found_helps_and_is_remembered(
    market: Market, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    seller = await market.people("supplier")
    await published(market, seller)
    async with reading(market) as reader:
        page = await reader.get("/en/search", params={"q": "zirconium flux capacitor"})
        assert page.status_code == 200
        assert "Nothing fits all of this" in page.text
    asked = owner.execute("SELECT question, locale, times FROM search_misses").fetchall()
    assert asked == [("zirconium flux capacitor", "en", 1)]


async def test_a_filter_that_cannot_be_is_said_and_left_out(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    async with reading(market) as reader:
        for wrong in ("price.max=cheap", "attr.nonsense=1", "supplier_id=x", "lead_time.max=soon"):
            page = await reader.get(f"/en/categories/{LEAF}?{wrong}")
            assert page.status_code == 200, wrong
            assert 'role="alert"' in page.text and f"/en/products/{product_id}" in page.text, wrong
        assert (await reader.get(f"/en/categories/{LEAF}?cursor=nonsense")).status_code == 422
        assert (await reader.get(f"/en/categories/{LEAF}?sort=sideways")).status_code == 200


async def test_facets_narrow_down_and_are_taken_away(market: Market) -> None:
    one, other = await market.people("supplier"), await market.people("supplier", verified=False)
    first = await published(market, one, code="pin-a", sku="PIN-A")
    second = await published(market, other, code="pin-b", sku="PIN-B")
    async with reading(market) as reader:
        page = await reader.get(f"/en/categories/{LEAF}")
        assert "2 listings" in main_text(page.text)
        boxes = {
            (one["name"], one["value"]) for one in Outline(page.text).all("input") if one.get("type") == "checkbox"
        }
        assert ("verified", "true") in boxes and ("supplier_id", str(one.firm.id)) in boxes
        assert not [name for name, _ in boxes if name == "category"]
        narrowed = await reader.get(f"/en/categories/{LEAF}?supplier_id={one.firm.id}")
        assert first in narrowed.text and second not in narrowed.text
        chip = next(link for link in Outline(narrowed.text).all("a") if link.get("class") == "chip")
        assert chip["href"] == "?"
        verified = await reader.get(f"/en/categories/{LEAF}?verified=true")
        assert first in verified.text and second not in verified.text


@pytest.mark.parametrize(
    ("begun", "kind", "path"), [("ejector pi", "", "/search?q="), ("EP-6X", "Listing", "/products/")]
)
async def test_suggestions_lead_to_pages(market: Market, begun: str, kind: str, path: str) -> None:
    seller = await market.people("supplier")
    await published(market, seller)
    async with reading(market) as reader:
        answer = await reader.get("/en/suggestions", params={"q": begun})
        found = answer.json()["items"]
        assert any(one["kind"] == kind and one["url"].startswith(f"/en{path}") for one in found), found
        for one in found:
            assert (await reader.get(one["url"])).status_code == 200
        assert (await reader.get("/en/suggestions")).json() == {"items": []}
