"""Searching the published catalogue over HTTP: what is committed is found, in any language, with facets that add up."""

import asyncio
import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.catalog import facade as catalog
from app.catalog.definitions import attributes, categories
from app.catalog.jobs import index_again
from app.catalog.models import PublicProduct, SearchMiss
from app.catalog.usecases.import_listings import ListingImport
from app.kit.actor import Actor, Permission
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime
from tests.market import Caller, Market, Member
from tests.rooms.catalog.test_listings import valid_attributes

PIN, NOZZLE, STEEL = "ejector-pins", "hot-runner-nozzles", "plastic-mould-steel"


def one(code: str, category: str, titles: dict[str, str], **more: Any) -> ListingImport:
    """A listing with one variant."""
    given = {**valid_attributes(category), **more.pop("attributes", {})}
    variant = {
        "sku": more.pop("sku", code.upper()),
        "lead_time_days": more.pop("lead_time_days", 5),
        "made_to_order": more.pop("made_to_order", False),
        "origin_country": "DE",
        "prices": [
            {"currency": more.pop("currency", "EUR"), "min_quantity": "1", "price_minor": more.pop("price", 1000)}
        ],
    }
    return ListingImport.model_validate({
        "code": code, "category_code": category, "source_locale": next(iter(titles)), "state": "published",
        "texts": {locale: {"title": title} for locale, title in titles.items()},
        "attributes": given, "variants": [variant], **more,
    })  # fmt: skip


async def listed(market: Market, seller: Member, *listings: ListingImport) -> list[str]:
    """Take over listings as the seller."""
    actor = Actor(
        organization_id=seller.firm.id,
        permissions=frozenset(Permission),
        organization_roles=frozenset({"supplier"}),
        person_id=seller.person_id,
    )
    async with market.db.transaction() as session:
        await act_for(session, seller.firm.id, person_id=seller.person_id)
        return [str(one) for one in await catalog.import_listings(session, actor, listings, now=market.clock.now())]


async def found(caller: Caller, q: str, locale: str = "en", **query: Any) -> dict[str, Any]:
    answer = await caller.get("/v1/catalog/search", params={"q": q, "locale": locale, **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def codes(page: dict[str, Any]) -> list[str]:
    return [item["code"] for item in page["items"]]


async def test_what_is_published_is_found_in_the_same_commit_and_no_longer_when_withdrawn(market: Market) -> None:
    seller = await market.people("supplier")
    (product_id,) = await listed(market, seller, one("pin-6", PIN, {"de": "Auswerferstift Ø 6 mm"}))
    assert codes(await found(market.nobody, "顶针", "zh-Hans")) == ["pin-6"]
    own = await seller.get(f"/v1/products/{product_id}")
    change = {"texts": {"de": {"title": "Zentrierdorn, vergütet"}}}
    edited = await seller.patch(f"/v1/products/{product_id}", json=change, headers={"If-Match": own.headers["ETag"]})
    assert edited.status_code == 200, edited.text
    assert codes(await found(market.nobody, "Zentrierdorn", "de")) == ["pin-6"]
    assert (await seller.post(f"/v1/products/{product_id}/withdraw")).status_code == 200
    assert codes(await found(market.nobody, "Zentrierdorn", "de")) == []


async def test_an_uncommitted_listing_is_not_found(market: Market) -> None:
    seller = await market.people("supplier")
    actor = Actor(seller.firm.id, frozenset(Permission), frozenset({"supplier"}), person_id=seller.person_id)
    async with market.db.transaction() as session:
        await act_for(session, seller.firm.id, person_id=seller.person_id)
        listing = one("pin-6", PIN, {"en": "Ejector pin"})
        await catalog.import_listings(session, actor, [listing], now=market.clock.now())
        assert codes(await found(market.nobody, "ejector pin")) == []
    assert codes(await found(market.nobody, "ejector pin")) == ["pin-6"]


@pytest.mark.parametrize(
    ("q", "locale"),
    [("ejector pins", "en"), ("Auswerferstifte", "de"), ("顶针", "zh-Hans"), ("頂針", "zh-Hant"), ("エジェクタピン", "ja"),
     ("expulsor", "es"), ("éjecteur", "fr"), ("pino extrator", "pt-BR"), ("مسامير طرد", "ar")],
)  # fmt: skip
async def test_a_listing_in_one_language_is_found_in_all_nine(market: Market, q: str, locale: str) -> None:
    seller = await market.people("supplier")
    chinese = one("pin-6", PIN, {"zh-Hans": "顶针 Ø6"})
    await listed(market, seller, chinese, one("nozzle", NOZZLE, {"zh-Hans": "热流道喷嘴"}))
    assert codes(await found(market.nobody, q, locale))[0] == "pin-6"


async def test_a_steel_finds_its_equivalents_marked_as_such(market: Market) -> None:
    seller = await market.people("supplier")
    grades = {"1.2738": "block-a", "718h": "block-b", "1.2344": "block-c"}
    await listed(market, seller, *(
        one(code, STEEL, {"en": "Mould steel block"}, attributes={"steel": steel}) for steel, code in grades.items()
    ))  # fmt: skip
    page = await found(market.nobody, "718H")
    assert codes(page)[:2] == ["block-b", "block-a"] and "block-c" not in codes(page)
    exact, near = (item["match"] for item in page["items"][:2])
    assert exact["equivalents"] == []
    assert {"asked": "718h", "found": "1.2738"}.items() <= near["equivalents"][0].items()
    assert near["equivalents"][0]["relation"] in ("nominal", "near", "brand")


async def test_inches_find_millimetres(market: Market) -> None:
    seller = await market.people("supplier")
    sizes = {"pin-a": "6", "pin-b": "12.7", "pin-c": "20"}
    await listed(market, seller, *(
        one(code, PIN, {"en": "Ejector pin"}, attributes={"diameter": size}) for code, size in sizes.items()
    ))  # fmt: skip
    assert codes(await found(market.nobody, "ejector pin 0.5 in"))[0] == "pin-b"
    narrowed = await found(market.nobody, "", **{"attr.diameter": "0.5 in"})
    assert (codes(narrowed), narrowed["total"]) == (["pin-b"], 1)
    ranged = await found(market.nobody, "", **{"attr.diameter.min": "0.4 in", "attr.diameter.max": "1 in"})
    assert sorted(codes(ranged)) == ["pin-b", "pin-c"]


async def test_a_slip_is_put_right_and_said(market: Market) -> None:
    seller = await market.people("supplier")
    await listed(market, seller, one("pin-6", PIN, {"en": "Ejector pin"}))
    page = await found(market.nobody, "ejecter pins")
    assert (page["did_you_mean"], codes(page)) == ("ejector pins", ["pin-6"])


async def test_a_suppliers_name_is_no_slip(market: Market) -> None:
    seller = await market.people("supplier")
    await listed(market, seller, one("ejecter-special", PIN, {"en": "Ejecter pin of our own make"}))
    assert (await found(market.nobody, "ejecter"))["did_you_mean"] is None


async def test_what_nobody_lists_is_recorded_for_the_operator_once_a_day(market: Market) -> None:
    for text in ("Unobtainium  bush", "unobtainium bush"):
        assert (await found(market.nobody, text))["items"] == []
    await found(market.nobody, "unobtainium", country="DE")
    async with market.db.transaction(Role.AUDITOR) as session:
        kept = (await session.scalars(select(SearchMiss))).all()
    assert [(row.question, row.locale, row.times) for row in kept] == [("unobtainium bush", "en", 2)]


async def test_many_may_look_for_what_nobody_lists_at_once(market: Market) -> None:
    many = 3 * market.settings.pool_size
    pages = await asyncio.gather(*(found(market.nobody, f"unobtainium {number}") for number in range(many)))
    assert [page["items"] for page in pages] == [[]] * many


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ({"attr.nonsense": "1"}, "#/query/attr.nonsense", "unknown-attribute"),
        ({"attr.steel": "butter"}, "#/query/attr.steel", "unknown-value"),
        ({"attr.diameter.min": "wide"}, "#/query/attr.diameter.min", "not-a-number"),
        ({"attr.diameter": "8 kg"}, "#/query/attr.diameter", "wrong-unit"),
        ({"supplier_id": "me"}, "#/query/supplier_id", "invalid-uuid"),
        ({"price.max": "-1"}, "#/query/price.max", "not-a-number"),
    ],
)
async def test_a_wrong_filter_is_named(market: Market, query: dict[str, str], pointer: str, code: str) -> None:
    for path in ("/v1/catalog/search", "/v1/catalog/facets"):
        answer = await market.nobody.get(path, params={**query, "locale": "de"})
        assert answer.status_code == 422
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


async def test_prices_are_compared_at_the_latest_rate(market: Market) -> None:
    operator = await market.people("operator")
    seller = await market.people("supplier")
    await listed(
        market, seller,
        one("cheap-usd", PIN, {"en": "Ejector pin"}, price=1000, currency="USD"),
        one("mid-eur", PIN, {"en": "Ejector pin"}, price=2000),
        one("dear-jpy", PIN, {"en": "Ejector pin"}, price=9000, currency="JPY"),
    )  # fmt: skip
    today = str(market.clock.now().date())
    rates = [{"base": "EUR", "quote": "USD", "rate": "1.25", "on_date": today},
             {"base": "EUR", "quote": "JPY", "rate": "150", "on_date": today}]  # fmt: skip
    loaded = await operator.post("/v1/reference/fx-rates", json={"source": "ECB", "rates": rates})
    assert loaded.status_code == 201, loaded.text
    page = await found(market.nobody, "", sort="price", currency="EUR")
    assert codes(page) == ["cheap-usd", "mid-eur", "dear-jpy"]
    assert codes(await found(market.nobody, "", currency="EUR", **{"price.max": "10"})) == ["cheap-usd"]
    assert codes(await found(market.nobody, "", currency="EUR", **{"price.min": "15", "price.max": "25"})) == [
        "mid-eur"
    ]


SIZES = ("2", "3", "6", "8", "10", "12")
STEELS = ("1.2344", "skd61", "1.2343")


async def _many(market: Market, seed: int, count: int) -> list[ListingImport]:
    luck = random.Random(seed)
    listings = []
    for number in range(count):
        category = luck.choice((PIN, "ejector-sleeves", "return-pins"))
        more: dict[str, Any] = {}
        for code, value in (("diameter", luck.choice(SIZES)), ("steel", luck.choice(STEELS))):
            if code in categories()[category].attributes:
                more[code] = value
        listings.append(one(
            f"l-{seed}-{number}", category, {"en": f"Ejector part {number}"}, attributes=more,
            lead_time_days=luck.choice((1, 5, 20)), made_to_order=luck.random() < 0.5, price=luck.randint(100, 5000),
        ))  # fmt: skip
    seller = await market.people("supplier", country=luck.choice(("DE", "IT")))
    await listed(market, seller, *listings)
    return listings


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_facet_counts_equal_brute_force(market: Market, seed: int) -> None:
    listings = [*await _many(market, seed, 40), *await _many(market, seed + 100, 25)]
    luck = random.Random(seed)
    chosen = {"attr.steel": luck.sample(STEELS, 2)} if luck.random() < 0.7 else {}
    limits = {"lead_time.max": "5"} if luck.random() < 0.5 else {}
    answer = (await market.nobody.get("/v1/catalog/facets", params={**chosen, **limits})).json()

    def kept(listing: ListingImport, *, steel: bool = True) -> bool:
        fits = not chosen or not steel or listing.attributes.get("steel") in chosen["attr.steel"]
        return fits and (not limits or listing.variants[0].lead_time_days <= 5)

    rows = [listing for listing in listings if kept(listing)]
    facets = {facet["code"]: facet for facet in answer["facets"]}
    assert answer["total"] == len(rows) and answer["counts_are_exact"]
    category = Counter(code for row in rows for code in categories()[row.category_code].path)
    assert {value["code"]: value["count"] for value in facets["category"]["values"]} == category
    steels = Counter(
        row.attributes["steel"] for row in listings if kept(row, steel=False) and "steel" in row.attributes
    )
    assert {value["code"]: value["count"] for value in facets["steel"]["values"] if value["count"]} == steels
    assert {value["code"] for value in facets["steel"]["values"] if value["selected"]} == set(
        chosen.get("attr.steel", ())
    )
    sizes = [Decimal(row.attributes["diameter"]) for row in rows if "diameter" in row.attributes]
    if len(sizes) > 1:
        assert (Decimal(facets["diameter"]["minimum"]), Decimal(facets["diameter"]["maximum"])) == (
            min(sizes),
            max(sizes),
        )
        assert facets["diameter"]["count"] == len(sizes)
    every = Counter(f"{code}={row.attributes[code]}" for row in rows for code in row.attributes
                    if attributes()[code].kind == "enum" and code not in ("steel",))  # fmt: skip
    told = {f"{facet['code']}={value['code']}": value["count"] for facet in answer["facets"] if facet["kind"] == "enum"
            for value in facet["values"] if f"{facet['code']}={value['code']}" in every}  # fmt: skip
    assert told == every
    assert sum(value["count"] for value in facets["stocked"]["values"]) == sum(
        not row.variants[0].made_to_order for row in rows
    )


@pytest.mark.parametrize(
    "asked", [{}, {"q": "ejector part"}, {"category": PIN}, {"q": "ejector part", "attr.steel": "skd61"}]
)
async def test_all_that_is_found_is_sorted(market: Market, asked: dict[str, str]) -> None:
    listings = await _many(market, 11, 40)
    seller = await market.people("supplier")
    await listed(market, seller, other := one("post", "guide-pillars", {"en": "Leader pin"}))
    listings.append(other)

    def answers(listing: ListingImport) -> bool:
        return (
            ("q" not in asked or listing is not other)
            and asked.get("category") in (None, listing.category_code)
            and asked.get("attr.steel") in (None, listing.attributes.get("steel"))
        )

    expected = [listing for listing in listings if answers(listing)]
    assert len(expected) > 7
    by: dict[str, Any] = {
        "price": lambda listing: listing.variants[0].prices[0].price_minor,
        "lead_time": lambda listing: listing.variants[0].lead_time_days,
        "newest": lambda listing: -listings.index(listing),
    }
    for sort, key in by.items():
        seen: list[str] = []
        cursor: str | None = None
        while cursor is not None or not seen:
            page = await found(market.nobody, **{"q": "", **asked, "limit": 7, "sort": sort, "currency": "EUR"},
                               **({"cursor": cursor} if cursor else {}))  # fmt: skip
            seen, cursor = [*seen, *codes(page)], page["next_cursor"]
            assert (page["total"], page["total_is_exact"]) == (len(expected), True)
        values = {listing.code: key(listing) for listing in expected}
        assert sorted(seen) == sorted(values)
        assert [values[code] for code in seen] == sorted(values.values())


@pytest.mark.parametrize(
    ("sort", "asked"),
    [
        ("newest", {}),
        ("price", {}),
        ("lead_time", {}),
        ("relevance", {"q": "ejector part"}),
        ("price", {"q": "ejector part"}),
        ("newest", {"q": "ejector part"}),
        ("lead_time", {"category": "ejection"}),
        ("newest", {"category": "ejection"}),
    ],
)
async def test_paging_under_writes_neither_repeats_nor_skips_what_stayed(
    market: Market, sort: str, asked: dict[str, str]
) -> None:
    listings = await _many(market, 7, 45)
    stays = {listing.code for listing in listings}
    seen: list[str] = []
    cursor: str | None = None
    for number in range(20):
        query = {"q": "", **asked, "sort": sort, "limit": 7} | ({"cursor": cursor} if cursor else {})
        page = await found(market.nobody, **query)
        seen += codes(page)
        cursor = page["next_cursor"]
        if cursor is None:
            break
        # Others publish and withdraw between two pages, before and after where the reader stands.
        other = await market.people("supplier")
        (gone, _) = await listed(
            market, other, one(f"gone-{number}", PIN, {"en": "Ejector part, gone soon"}, price=3),
            one(f"new-{number}", PIN, {"en": "Ejector part, new"}, price=9_000_000, lead_time_days=900),
        )  # fmt: skip
        await asyncio.gather(other.post(f"/v1/products/{gone}/withdraw"), market.nobody.get("/v1/categories"))
    assert cursor is None
    times = Counter(code for code in seen if code in stays)
    assert times == dict.fromkeys(stays, 1)


async def test_signed_in_readers_and_heads_and_304(market: Market) -> None:
    seller = await market.people("supplier")
    await listed(market, seller, one("pin-6", PIN, {"de": "Auswerferstift"}))
    path = "/v1/catalog/search?q=Auswerferstift&locale=de"
    answer = await market.nobody.get(path)
    assert answer.headers["Content-Language"] == "de" and "max-age" in answer.headers["Cache-Control"]
    again = await market.nobody.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await market.nobody.request("HEAD", path)).status_code == 200
    own = await seller.get(path)
    assert codes(own.json()) == ["pin-6"]


async def test_suggestions_lead_somewhere(market: Market) -> None:
    seller = await market.people("supplier")
    await listed(market, seller, one("pin-6", PIN, {"de": "Auswerferstift"}, sku="VON-EN-6-100"))

    async def suggested(q: str, locale: str) -> list[tuple[str, str]]:
        answer = await market.nobody.get("/v1/catalog/suggestions", params={"q": q, "locale": locale})
        return [(item["kind"], item["text"]) for item in answer.json()["items"]]

    assert (await suggested("ausw", "de"))[0][1].startswith("Auswerfer")
    assert any("顶" in text for _, text in await suggested("顶", "zh-Hans"))
    assert await suggested("manifo", "en") == []
    assert ("product", "Auswerferstift") in await suggested("von-en-6", "de")
    assert ("supplier", seller.firm.code.replace("firm-", "Formenbau ") + " GmbH") in await suggested("formenbau", "de")
    assert await suggested("", "de") == []


async def test_listings_of_another_edition_are_gone_through_again(market: Market, owner: Any) -> None:
    seller = await market.people("supplier")
    await listed(market, seller, one("pin-6", PIN, {"de": "Auswerferstift"}), one("pin-8", PIN, {"de": "Auswerfer"}))
    owner.execute("UPDATE public_products SET search_words = '', search_edition = 'old'")
    assert codes(await found(market.nobody, "顶针", "zh-Hans")) == []
    await index_again(Runtime(market.settings, market.db, market.clock))
    assert sorted(codes(await found(market.nobody, "顶针", "zh-Hans"))) == ["pin-6", "pin-8"]
    async with market.db.transaction(Role.AUDITOR) as session:
        assert "old" not in set((await session.scalars(select(PublicProduct.search_edition))).all())
