"""The public pages: languages, headers, size, what robots are told, and that reading needs no script and no cookie."""

import re
from datetime import timedelta
from uuid import uuid4

import orjson
import pytest

from app.catalog.definitions import categories
from app.kit.db.engine import Role
from app.kit.locales import LOCALES, cldr
from app.reference.facade import display_date
from app.web.assets import assets
from app.web.rendering import described, environment, sized
from tests.market import Market
from tests.rooms.backoffice.browser import with_password
from tests.rooms.catalog.prices import activated, in_days, line_for, listed, today
from tests.rooms.catalog.test_listings import LEAF, published
from tests.rooms.web.reader import Outline, main_text, reading
from tests.statements import count_statements

LARGEST_PAGE_BYTES = 50_000


async def _paths(market: Market) -> list[str]:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    return ["/", f"/categories/{LEAF}", f"/products/{product_id}", "/suppliers", f"/suppliers/{seller.firm.id}",
            "/basket", "/sign-in"]  # fmt: skip


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_page_speaks_the_language_of_its_address(market: Market, locale: str) -> None:
    tag = locale.lower()
    async with reading(market) as reader:
        for path in await _paths(market):
            page = await reader.get(f"/{tag}{path}", headers={"Accept-Language": "fr"})
            assert page.status_code == 200, path
            assert page.headers["content-language"] == locale
            html = Outline(page.text).all("html")[0]
            assert html == {"lang": locale, "dir": cldr(locale).text_direction}
            name = categories()[LEAF].names[locale]
            assert path in ("/suppliers", "/basket", "/sign-in") or name in page.text or "/suppliers/" in path


async def test_the_bare_address_leads_to_the_readers_language(market: Market) -> None:
    async with reading(market) as reader:
        for asked, tag in (("de-AT,de;q=0.8", "de"), ("zh-CN", "zh-hans"), ("sw", "en"), ("pt", "pt-br")):
            answer = await reader.get("/", headers={"Accept-Language": asked})
            assert (answer.status_code, answer.headers["location"]) == (302, f"/{tag}/")
            assert "accept-language" in answer.headers["vary"].lower()


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("/zh-Hans/", "/zh-hans/"),
        ("/PT_BR/", "/pt-br/"),
        ("/De/basket?q=a%20b&c=%C3%A9", "/de/basket?q=a%20b&c=%C3%A9"),
        ("/zh_Hant/suppliers/%E6%A8%A1", "/zh-hant/suppliers/%E6%A8%A1"),
        ("/EN//example.org/", "/en//example.org/"),
    ],
)
async def test_another_spelling_of_a_language_leads_to_the_page(market: Market, asked: str, place: str) -> None:
    async with reading(market) as reader:
        answer = await reader.get(asked)
        assert (answer.status_code, answer.headers["location"]) == (301, place)


@pytest.mark.parametrize(
    "path", ["/de/no-such-page", "/zz-Hans/", "/german/", "/v1/no-such-thing", "/DEUTSCH/basket", "/e%C5%BF/"]
)
async def test_what_is_no_spelling_is_not_found(market: Market, path: str) -> None:
    async with reading(market) as reader:
        assert (await reader.get(path)).status_code == 404


async def test_a_page_is_small(market: Market) -> None:
    """HTML, style sheet and script together, uncompressed."""
    weight = sum(len(assets()[name].content) for name in ("storefront.css", "storefront.js"))
    async with reading(market) as reader:
        for path in await _paths(market):
            page = await reader.get(f"/ar{path}")
            assert len(page.content) + weight < LARGEST_PAGE_BYTES, path


async def test_a_full_list_is_small_too_and_asks_as_often_as_a_short_one(market: Market) -> None:
    seller = await market.people("supplier")
    await published(market, seller)
    weight = sum(len(assets()[name].content) for name in ("storefront.css", "storefront.js"))
    async with reading(market) as reader:
        paths = ["/ar/", f"/ar/categories/{LEAF}", f"/ar/suppliers/{seller.firm.id}"]
        asked = []
        for path in paths:
            await reader.get(path)
            with count_statements(market.db, Role.APP) as seen:
                await reader.get(path)
            asked.append(len(seen))
        for number in range(21):
            await published(market, seller, code=f"pin-{number}", sku=f"PIN-{number}")
        for path, before in zip(paths, asked, strict=True):
            with count_statements(market.db, Role.APP) as seen:
                page = await reader.get(path)
            assert len(seen) == before, path
            assert len(page.content) + weight < LARGEST_PAGE_BYTES, path
        page = await reader.get(paths[1])
        following = next(one["href"] for one in Outline(page.text).all("a") if one.get("class") == "next")
        second = await reader.get(paths[1] + following)
        assert second.text.count('class="row"') == 6
        assert page.text.count('class="row"') == 16


async def test_pages_carry_strict_headers_and_nothing_inline(market: Market) -> None:
    async with reading(market) as reader:
        for path in await _paths(market):
            page = await reader.get(f"/en{path}")
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy and "nonce" not in policy
            assert "cookie" in page.headers["vary"].lower()
            outline = Outline(page.text)
            for script in outline.all("script"):
                assert script.get("src") or script["type"] == "application/ld+json"
            assert not outline.all("style")
            for tag, attributes in outline.elements:
                assert "style" not in attributes and not [name for name in attributes if name.startswith("on")], tag
                for name in ("src", "href", "action"):
                    address = attributes.get(name, "/")
                    assert not re.match(r"(?!http://testserver)\w+:|//", address), (tag, address)


async def test_who_merely_reads_gets_no_cookie_and_an_etag(market: Market) -> None:
    async with reading(market) as reader:
        for path in (await _paths(market))[:6]:
            page = await reader.get(f"/en{path}")
            assert "set-cookie" not in page.headers
            assert page.headers["cache-control"] == "public, max-age=60"
            again = await reader.get(f"/en{path}", headers={"If-None-Match": page.headers["etag"]})
            assert again.status_code == 304 and not again.content
        await reader.post("/en/preferences", {"units": "inch", "next": "/en/"})
        assert (await reader.get("/en/")).headers["cache-control"] == "private, no-cache"


async def test_assets_are_kept_for_good_under_their_own_digest(market: Market) -> None:
    async with reading(market) as reader:
        for asset in assets().values():
            answer = await reader.get(asset.url)
            assert answer.content == asset.content
            assert "immutable" in answer.headers["cache-control"]
        assert (await reader.get("/assets/000000000000/storefront.css")).status_code == 404


async def test_units_and_currency_are_switched_without_a_script(market: Market) -> None:
    seller = await market.people("supplier")
    path = f"/en/products/{await published(market, seller)}"
    async with reading(market) as reader:
        assert "100 mm" in main_text((await reader.get(path)).text)
        answer = await reader.post("/en/preferences", {"units": "inch", "currency": "EUR", "next": path})
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        for cookie in answer.headers.get_list("set-cookie"):
            assert "SameSite=lax" in cookie and "HttpOnly" in cookie
        text = main_text((await reader.get(path)).text)
        assert "3.94 in" in text and "€4.20" in text and "$4.80" not in text
        await reader.post("/en/preferences", {"currency": "all"})
        text = main_text((await reader.get(path)).text)
        assert "€4.20" in text and "$4.80" in text


async def test_a_form_never_leads_away(market: Market) -> None:
    async with reading(market) as reader:
        for target in (
            "https://elsewhere.example/",
            "//elsewhere.example/",
            "/\\elsewhere.example",
            "javascript:x",
            "",
        ):
            answer = await reader.post("/de/preferences", {"units": "inch", "next": target})
            assert answer.headers["location"] == "/de/"


async def test_a_listing_says_where_its_words_come_from(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    async with reading(market) as reader:
        english = main_text((await reader.get(f"/en/products/{product_id}")).text)
        assert "Written by the supplier in English." in english
        german = await reader.get(f"/de/products/{product_id}")
        assert "H13 nitrided" in german.text
        assert Outline(german.text).all("html")[0]["lang"] == "de"
        assert '<span lang="en" dir="auto">H13 nitrided' in german.text
        traditional = await reader.get(f"/zh-hant/products/{product_id}")
        assert '<span lang="zh-Hans" dir="auto">顶针' in traditional.text


async def test_a_buyer_sees_the_prices_of_his_price_list_and_nobody_else_does(market: Market) -> None:
    seller = await market.people("supplier")
    buyer, other = await with_password(market, "buyer"), await with_password(market, "buyer")
    product_id, variant_id = await listed(market, seller)
    lines = [line_for(variant_id, 399), line_for(variant_id, 311, "100")]
    await activated(market, seller, [buyer], lines, valid_until=in_days(market, 30))
    path, until = f"/en/products/{product_id}", display_date(today(market) + timedelta(days=30), "en")
    for person in (None, other, buyer):
        async with reading(market, person) as reader:
            await reader.collect(product_id, variant_id, "150")
            for shown in (await reader.get(path), await reader.get("/en/basket")):
                agreed = [
                    text in shown.text for text in ("€3.11", f"Your price list Rahmenvertrag 2026, until {until}")
                ]
                assert agreed == [person is buyer] * 2, shown.text
            assert ("€3.99" in (await reader.get(path)).text) == (person is buyer)
    async with reading(market, buyer) as reader:
        page = await reader.get(path)
        assert "private" in page.headers["cache-control"]
        assert "€4.20" in page.text
        await reader.collect(product_id, variant_id)
        await reader.get("/en/basket")
        with count_statements(market.db) as one:
            await reader.get("/en/basket")
        for number in range(3):
            await reader.collect(*await listed(market, seller, code=f"pin-{number}", sku=f"S-{number}"))
        with count_statements(market.db) as four:
            await reader.get("/en/basket")
        assert len(one) == len(four) > 0


async def test_what_search_engines_are_told(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    async with reading(market) as reader:
        page = (await reader.get(f"/de/products/{product_id}")).text
        links = Outline(page).all("link")
        canonical = [one["href"] for one in links if one["rel"] == "canonical"]
        assert canonical == [f"http://testserver/de/products/{product_id}"]
        alternates = {one["hreflang"]: one["href"] for one in links if one["rel"] == "alternate"}
        assert set(alternates) == {*LOCALES, "x-default"}
        assert alternates["zh-Hant"] == f"http://testserver/zh-hant/products/{product_id}"
        told = [orjson.loads(one) for one in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)]
        assert [one["@type"] for one in told] == ["Product", "BreadcrumbList"]
        offer = told[0]["offers"][0]
        assert (offer["price"], offer["priceCurrency"], offer["sku"]) == ("4.20", "EUR", "EP-6X100")
        assert told[0]["name"] == "Auswerferstift DIN 1530 A, gehärtet"
        supplier = (await reader.get(f"/de/suppliers/{seller.firm.id}")).text
        assert '"@type":"Organization"' in supplier
        narrowed = (await reader.get(f"/de/categories/{LEAF}?sort=price")).text
        assert '<meta name="robots" content="noindex, follow">' in narrowed


async def test_a_suppliers_page_shows_what_it_can_do(market: Market) -> None:
    seller = await market.people("supplier", country="CN", locale="zh-Hans")
    product_id = await published(market, seller)
    held = (await seller.get("/v1/organization/profile")).headers["etag"]
    profile = {
        "source_locale": "zh-Hans", "texts": {"zh-Hans": "精密注塑模具"}, "capabilities": ["injection"],
        "languages": ["zh", "de"], "founded_year": 2004, "max_mould_mass_kg": "3500",
        "machines": [{"kind": "milling_5_axis", "make": "Makino", "model": "V33i", "count": 3,
                      "figures": {"travel_x_mm": "650"}}],
    }  # fmt: skip
    answer = await seller.request("PUT", "/v1/organization/profile", json=profile, headers={"If-Match": held})
    assert answer.status_code == 200, answer.text
    today = market.clock.now().date()
    expires = today + timedelta(days=400)
    certificate = {"scheme": "iso_9001", "number": "Q-17", "issuer": "TÜV", "issued_on": today.isoformat(),
                   "expires_on": expires.isoformat()}  # fmt: skip
    assert (await seller.post("/v1/organization/certificates", json=certificate)).status_code == 201
    async with reading(market) as reader:
        page = (await reader.get(f"/de/suppliers/{seller.firm.id}")).text
        text = main_text(page)
        for shown in (
            "Makino V33i",
            "650 mm",
            "ISO 9001",
            "Q-17",
            display_date(expires, "de"),
            "3.500 kg",
            "Deutsch",
            "2004",
        ):
            assert shown in text, shown
        assert '<span lang="zh-Hans" dir="auto">精密注塑模具' in page
        told = orjson.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)[0])
        assert told["hasCertification"][0]["expires"] == expires.isoformat()
        assert "ISO 9001" in main_text((await reader.get(f"/de/products/{product_id}")).text)
        assert "ISO 9001" in main_text((await reader.get("/de/suppliers")).text)
        await reader.post("/de/preferences", {"units": "inch"})
        assert "25,59 in" in main_text((await reader.get(f"/de/suppliers/{seller.firm.id}")).text)


async def test_a_hostile_title_stays_text(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    hostile = "</script><img src=x onerror=alert(1)>\"'&"
    held = (await seller.get(f"/v1/products/{product_id}")).headers["etag"]
    answer = await seller.patch(
        f"/v1/products/{product_id}", json={"texts": {"en": {"title": hostile}}}, headers={"If-Match": held}
    )
    assert answer.status_code == 200, answer.text
    async with reading(market) as reader:
        for path in (f"/en/products/{product_id}", "/en/", f"/en/categories/{LEAF}"):
            page = (await reader.get(path)).text
            assert "<img src=x" not in page
            assert [one for one in Outline(page).all("img") if "onerror" in one] == []
        page = (await reader.get(f"/en/products/{product_id}")).text
        told = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
        assert orjson.loads(told[0])["name"] == hostile


async def test_site_maps_hold_every_listing_once(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.routes.sitemaps.IN_A_MAP", 3)
    monkeypatch.setattr("app.web.routes.sitemaps.AT_ONCE", 2)
    seller = await market.people("supplier")
    ids = [await published(market, seller, code=f"pin-{n}", sku=f"PIN-{n}") for n in range(7)]
    draft = await seller.post("/v1/products", json={"code": "hidden", "category_code": LEAF, "source_locale": "en",
                                                    "texts": {"en": {"title": "Not yet"}}})  # fmt: skip
    async with reading(market) as reader:
        assert "Sitemap: http://testserver/sitemap.xml" in (await reader.get("/robots.txt")).text
        index = await reader.get("/sitemap.xml")
        assert index.headers["content-type"].startswith("application/xml")
        parts = [one for one in re.findall(r"<loc>(.*?)</loc>", index.text) if "/ja/products.xml" in one]
        assert len(parts) == 3
        found: list[str] = []
        for part in parts:
            answer = await reader.get(part.removeprefix("http://testserver"))
            found += re.findall(r"<loc>http://testserver/ja/products/(.*?)</loc>", answer.text)
        assert found == sorted(ids)
        assert draft.json()["id"] not in found
        listed = (await reader.get("/sitemaps/ja/categories.xml")).text
        assert f"http://testserver/ja/categories/{LEAF}</loc>" in listed


async def test_what_is_not_there_is_a_page_in_the_readers_language(market: Market) -> None:
    async with reading(market) as reader:
        for path in ("/products/nope", f"/products/{uuid4()}", "/categories/nope", f"/suppliers/{uuid4()}",
                     "/suppliers/nope"):  # fmt: skip
            page = await reader.get(f"/de{path}")
            assert page.status_code == 404, path
            assert page.headers["content-type"].startswith("text/html")
            assert "<h1>Nicht gefunden</h1>" in page.text
            assert page.headers["cache-control"] == "no-store"
        assert (await reader.get("/en/suppliers?cursor=x")).status_code == 422
        assert (await reader.get("/xx/")).status_code == 404


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=%ff", "cursor=%00", "variants=0", "variants=x", "variants=999", "all=%22%3E%3Cscript%3E", "q=%ED%A0%80",
     "attr.=1", "attr.%22onload=1", "supplier_id=x&supplier_id=y", "next=https://elsewhere.example", "price.min=1e999"],
)  # fmt: skip
async def test_hostile_addresses_are_no_fault_of_ours(market: Market, query: str) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    async with reading(market) as reader:
        for path in ("/", "/search", "/suggestions", f"/categories/{LEAF}", f"/products/{product_id}", "/suppliers",
                     f"/suppliers/{seller.firm.id}", "/basket", "/sign-in"):  # fmt: skip
            page = await reader.get(f"/en{path}?{query}")
            assert page.status_code in (200, 404, 422), (path, page.status_code)
            assert "<script>" not in page.text
            assert "content-security-policy" in page.headers


async def test_a_page_without_a_database_says_so(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr("app.web.sources.tree", broken)
    async with reading(market) as reader:
        page = await reader.get("/es/")
        assert page.status_code == 500
        assert "a secret of ours" not in page.text
        assert '<html lang="es"' in page.text


def test_pictures_are_asked_for_in_the_size_that_is_needed() -> None:
    medium = {"url": "/v1/media/1", "renditions": [{"width_px": 1600, "url": "/w"}, {"width_px": 320, "url": "/n"}],
              "alt": {"en": "A pin", "de": "Ein Stift"}}  # fmt: skip
    assert [sized(medium, width) for width in (160, 320, 900, 4000)] == ["/n", "/n", "/w", "/w"]
    assert sized({"url": "/v1/media/1"}, 160) == "/v1/media/1"
    assert [described(medium, locale) for locale in ("de", "ja")] == ["Ein Stift", "A pin"]
    assert described({"url": "/"}, "ja") == ""


def test_every_template_can_be_read() -> None:
    names = environment().list_templates()
    assert len(names) > 10
    for name in names:
        environment().get_template(name)
