"""A supplier's listing from draft to the public catalogue, over HTTP."""

from decimal import ROUND_CEILING, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from app.catalog import rules
from app.catalog.definitions import AttributeKind, attributes, categories
from app.catalog.models import Product, PublicProduct
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.locales import LOCALES
from tests.market import Caller, Market, Member
from tests.rooms.documents.uploads import ready
from tests.statements import count_reads, count_statements

TEXTS = {
    "en": {"title": "Ejector pin DIN 1530 A, hardened", "description": "H13 nitrided, 950 HV0.3, ground to g6."},
    "de": {"title": "Auswerferstift DIN 1530 A, gehärtet"},
    "zh-Hans": {"title": "顶针 DIN 1530 A 型"},
}
VARIANT: dict[str, Any] = {
    "sku": "EP-6X100",
    "label": "Ø6 × 100",
    "minimum_order_quantity": "10",
    "lead_time_days": 5,
    "mass_kg": "0.0222",
    "length_mm": "100",
    "hs_code": "848079",
    "origin_country": "DE",
    "prices": [
        {"currency": "EUR", "min_quantity": "10", "price_minor": 420},
        {"currency": "EUR", "min_quantity": "100", "price_minor": 350},
        {"currency": "USD", "min_quantity": "10", "price_minor": 480},
    ],
}


def valid_attributes(category: str) -> dict[str, Any]:
    """A valid value for every attribute of a category."""
    values: dict[str, Any] = {}
    for code in categories()[category].attributes:
        attribute = attributes()[code]
        least = attribute.minimum if attribute.minimum is not None else Decimal(1)
        low = str(least.quantize(Decimal(1).scaleb(-(attribute.decimals or 0)), ROUND_CEILING))
        values[code] = {
            AttributeKind.NUMBER: low,
            AttributeKind.RANGE: {"minimum": low, "maximum": low},
            AttributeKind.ENUM: next(iter(attribute.values), None),
            AttributeKind.BOOLEAN: True,
            AttributeKind.TEXT: {"en": "as agreed"},
        }[attribute.kind]
    return values


LEAF = next(code for code, category in categories().items() if category.is_leaf and "ejector" in code)


def listing(code: str = "ejector-pin-din-1530-a", **overrides: Any) -> dict[str, Any]:
    return {
        "code": code,
        "category_code": LEAF,
        "source_locale": "en",
        "texts": TEXTS,
        "attributes": valid_attributes(LEAF),
        **overrides,
    }


async def published(market: Market, seller: Member, code: str = "ejector-pin-din-1530-a", sku: str = "EP-6X100") -> str:
    created = await seller.post("/v1/products", json=listing(code))
    assert created.status_code == 201, created.text
    product_id = str(created.json()["id"])
    added = await seller.post(f"/v1/products/{product_id}/variants", json={**VARIANT, "sku": sku})
    assert added.status_code == 201, added.text
    answer = await seller.post(f"/v1/products/{product_id}/publish")
    assert answer.status_code == 200, answer.text
    return product_id


async def test_a_listing_is_read_in_the_readers_language_units_and_formats(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    path = f"/v1/catalog/products/{product_id}"
    german = (await market.nobody.get(path, headers={"Accept-Language": "de"})).json()
    assert german["title"] == {
        "locale": "de", "text": "Auswerferstift DIN 1530 A, gehärtet", "state": "human", "source_locale": "en",
    }  # fmt: skip
    assert german["description"]["locale"] == "en"
    variant = german["variants"][0]
    assert variant["prices"][0] == {
        "text": "4,20\xa0€", "currency": "EUR", "price_minor": 420, "min_quantity": "10",
        "min_quantity_text": variant["prices"][0]["min_quantity_text"], "converted": None,
    }  # fmt: skip
    assert variant["dimensions"][0]["text"] == "100 mm"
    inch = (await market.nobody.get(path, params={"units": "inch", "locale": "en", "currency": "USD"})).json()[
        "variants"
    ][0]
    assert inch["dimensions"][0] == {"text": "3.94 in", "value": "100", "unit": "MMT"}
    assert [price["currency"] for price in inch["prices"]] == ["USD"]
    traditional = (await market.nobody.get(path, headers={"Accept-Language": "zh-TW"})).json()
    assert traditional["title"]["locale"] == "zh-Hans"
    assert traditional["category"]["label"] == categories()[LEAF].names["zh-Hant"]


async def test_a_draft_and_a_withdrawn_listing_are_not_public(market: Market) -> None:
    seller, buyer = await market.people("supplier"), await market.people("buyer")
    draft = (await seller.post("/v1/products", json=listing("draft"))).json()["id"]
    product_id = await published(market, seller)
    for reader in (market.nobody, buyer):
        assert (await reader.get(f"/v1/catalog/products/{draft}")).status_code == 404
        assert (await reader.get(f"/v1/catalog/products/{product_id}")).status_code == 200
    assert (await seller.post(f"/v1/products/{product_id}/archive")).status_code == 200
    assert (await market.nobody.get(f"/v1/catalog/products/{product_id}")).status_code == 404
    assert (await market.nobody.get("/v1/catalog/products")).json()["items"] == []
    assert (await seller.post(f"/v1/products/{product_id}/publish")).json()["code"] == "wrong-product-state"
    assert (await seller.post(f"/v1/products/{product_id}/withdraw")).json()["state"]["code"] == "draft"


async def test_publishing_names_everything_that_is_missing(market: Market) -> None:
    seller = await market.people("supplier", locale="de")
    created = (await seller.post("/v1/products", json=listing(attributes={}))).json()
    answer = await seller.post(f"/v1/products/{created['id']}/publish")
    assert (answer.status_code, answer.json()["code"]) == (422, "not-publishable")
    required = {code for code, needed in categories()[LEAF].attributes.items() if needed}
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {f"/attributes/{code}" for code in required} | {"/variants"}
    added = await seller.post(f"/v1/products/{created['id']}/variants", json={**VARIANT, "prices": []})
    assert added.status_code == 201
    answer = await seller.post(f"/v1/products/{created['id']}/publish")
    assert "price-required" in {error["code"] for error in answer.json()["errors"]}


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"category_code": "no-such-thing"}, "/category_code", "unknown-category"),
        ({"attributes": {"colour_of_the_sky": 1}}, "/attributes/colour_of_the_sky", "unknown-attribute"),
        ({"source_locale": "ja"}, "/texts", "source-missing"),
        ({"source_locale": "xx"}, "/source_locale", "unsupported-locale"),
        ({"texts": {}}, "/texts", "too-short"),
        ({"code": "Not a Slug"}, "/code", "string-pattern-mismatch"),
    ],
)
async def test_bad_input_names_the_field_and_saves_nothing(
    market: Market, change: dict[str, Any], pointer: str, code: str
) -> None:
    seller = await market.people("supplier")
    answer = await seller.post("/v1/products", json=listing(**change))
    assert answer.status_code == 422, answer.text
    assert (pointer, code) in {(error["pointer"], error["code"]) for error in answer.json()["errors"]}
    assert (await seller.get("/v1/products")).json()["items"] == []


async def test_codes_and_skus_are_unique_within_a_supplier(market: Market) -> None:
    seller, other = await market.people("supplier"), await market.people("supplier")
    product_id = await published(market, seller)
    assert (await seller.post("/v1/products", json=listing())).json()["code"] == "code-taken"
    assert (await seller.post(f"/v1/products/{product_id}/variants", json=VARIANT)).json()["code"] == "code-taken"
    await published(market, other)


async def test_a_change_names_its_version_and_is_public_at_once(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    read = await seller.get(f"/v1/products/{product_id}")
    change = {"texts": {"en": {"title": "Ejector pin, nitrided"}}}
    path = f"/v1/products/{product_id}"
    assert (await seller.patch(path, json=change)).status_code == 428
    changed = await seller.patch(path, json=change, headers={"If-Match": read.headers["etag"]})
    assert changed.status_code == 200, changed.text
    assert (await seller.patch(path, json=change, headers={"If-Match": read.headers["etag"]})).status_code == 412
    shown = (await market.nobody.get(f"/v1/catalog/products/{product_id}?locale=en")).json()
    assert shown["title"]["text"] == "Ejector pin, nitrided"
    german = (await market.nobody.get(f"/v1/catalog/products/{product_id}?locale=de")).json()
    assert german["title"]["state"] == "stale"


async def test_a_published_listing_cannot_lose_what_it_needs(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    read = await seller.get(f"/v1/products/{product_id}")
    needed = next(code for code, required in categories()[LEAF].attributes.items() if required)
    answer = await seller.patch(
        f"/v1/products/{product_id}", json={"attributes": {needed: None}}, headers={"If-Match": read.headers["etag"]}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "not-publishable")
    assert needed in (await seller.get(f"/v1/products/{product_id}")).json()["attributes"]


async def test_a_new_translation_reaches_the_public_document(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    entity = f"/v1/texts/product/{product_id}/title/es"
    answer = await seller.put(entity, json={"text": "Expulsor DIN 1530 A"}, headers={"If-None-Match": "*"})
    if answer.status_code == 428:
        answer = await seller.put(entity, json={"text": "Expulsor DIN 1530 A"}, headers={"If-Match": "*"})
    assert answer.status_code in (200, 201), answer.text
    await market.work()
    shown = (await market.nobody.get(f"/v1/catalog/products/{product_id}?locale=es")).json()
    assert shown["title"]["text"] == "Expulsor DIN 1530 A"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/v1/products/{id}", {"attributes": {}}),
        ("POST", "/v1/products/{id}/publish", None),
        ("POST", "/v1/products/{id}/archive", None),
        ("POST", "/v1/products/{id}/withdraw", None),
        ("POST", "/v1/products/{id}/variants", {**VARIANT, "sku": "NEW-1"}),
        ("POST", "/v1/products/{id}/media", {"document_ids": ["01900000-0000-7000-8000-000000000000"]}),
        ("PUT", "/v1/variants/{variant}", VARIANT),
    ],
)
async def test_who_may_not_write_changes_nothing(
    market: Market, method: str, path: str, body: dict[str, Any] | None
) -> None:
    seller = await market.people("supplier")
    colleague = await market.member(seller.firm, "warehouse")
    stranger = await market.people("supplier")
    product_id = await published(market, seller)
    before = (await seller.get(f"/v1/products/{product_id}")).json()
    target = path.format(id=product_id, variant=before["variants"][0]["id"])
    tried: list[tuple[Caller, int]] = [(market.nobody, 401), (stranger, 404), (colleague, 403)]
    for caller, status in tried:
        answer = await caller.request(method, target, json=body, headers={"If-Match": "*"})
        assert answer.status_code == status, answer.text
    assert (await seller.get(f"/v1/products/{product_id}")).json() == before


async def test_a_buyer_lists_nothing(market: Market) -> None:
    buyer = await market.people("buyer")
    assert (await buyer.post("/v1/products", json=listing())).status_code == 403
    async with market.db.transaction(Role.AUDITOR) as session:
        assert (await session.scalars(select(Product))).all() == []


async def test_rows_of_another_supplier_are_invisible_and_unwritable_in_sql(market: Market) -> None:
    seller, other = await market.people("supplier"), await market.people("supplier")
    product_id = await published(market, seller)
    async with market.db.transaction() as session:
        await act_for(session, other.firm.id)
        for table in ("products", "price_tiers"):
            assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar() == 0
        for table in ("products", "variants", "price_tiers", "public_products"):
            changed = await session.execute(text(f"UPDATE {table} SET supplier_id = supplier_id"))
            assert changed.rowcount == 0  # type: ignore[attr-defined]
    async with market.db.transaction(Role.READER) as session:
        assert [str(row.product_id) for row in (await session.scalars(select(PublicProduct))).all()] == [product_id]


async def test_the_public_list_takes_as_many_statements_for_twenty_as_for_one(market: Market) -> None:
    path, seller = "/v1/catalog/products", await market.people("supplier")
    await published(market, seller)
    with count_statements(market.db) as one, count_reads(market.db) as one_read:
        assert len((await seller.get(path)).json()["items"]) == 1
    for number in range(19):
        await published(market, seller, f"pin-{number}", f"SKU-{number}")
    with count_statements(market.db) as twenty, count_reads(market.db) as twenty_read:
        page = (await seller.get(path)).json()
    assert len(page["items"]) == 20
    assert (len(one), len(one_read)) == (len(twenty), len(twenty_read))
    first = await seller.get(path, params={"limit": 12})
    rest = await seller.get(path, params={"limit": 12, "cursor": first.json()["next_cursor"]})
    ids = [item["id"] for item in first.json()["items"] + rest.json()["items"]]
    assert len(set(ids)) == 20
    assert 'rel="next"' in first.headers["link"]
    assert "link" not in rest.headers


async def test_pictures_are_public_as_long_as_the_listing_is(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    document_id = await ready(market, seller, name="drawing.pdf")
    added = await seller.post(f"/v1/products/{product_id}/media", json={"document_ids": [document_id]})
    assert added.status_code == 200, added.text
    shown = (await market.nobody.get(f"/v1/catalog/products/{product_id}")).json()["media"]
    assert [medium["filename"] for medium in shown] == ["drawing.pdf"]
    assert (await market.nobody.get(shown[0]["url"])).status_code == 200
    await seller.post(f"/v1/products/{product_id}/archive")
    assert (await market.nobody.get(shown[0]["url"])).status_code == 404


async def test_the_public_list_is_narrowed_by_category_and_supplier(market: Market) -> None:
    seller, other = await market.people("supplier"), await market.people("supplier")
    product_id = await published(market, seller)
    await published(market, other)
    path = categories()[LEAF].path
    for query, found in [
        ({"category": LEAF}, 2),
        ({"category": path[0]}, 2),
        ({"category": LEAF, "supplier_id": str(seller.firm.id)}, 1),
        ({"category": "no-such-category"}, 0),
        ({"category": ""}, 0),
    ]:
        answer = await market.nobody.get("/v1/catalog/products", params=query)
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["items"]) == found, query
        assert found != 1 or answer.json()["items"][0]["id"] == product_id


async def test_listings_are_found_below_a_category_and_of_a_supplier(market: Market) -> None:
    seller, other = await market.people("supplier"), await market.people("supplier")
    first, second = await published(market, seller), await published(market, other)
    for code in categories()[LEAF].path:
        found = (await market.nobody.get("/v1/catalog/products", params={"category": code})).json()["items"]
        assert [item["id"] for item in found] == [second, first]
    assert (await market.nobody.get("/v1/catalog/products", params={"category": "none"})).json()["items"] == []
    own = (await market.nobody.get("/v1/catalog/products", params={"supplier_id": str(seller.firm.id)})).json()["items"]
    assert [item["id"] for item in own] == [first]


async def test_categories_speak_every_language(market: Market) -> None:
    for locale in LOCALES:
        shown = (await market.nobody.get(f"/v1/categories/{LEAF}", params={"locale": locale})).json()
        assert shown["name"] == categories()[LEAF].names[locale]
        assert all(attribute["name"] for attribute in shown["attributes"])
    assert (await market.nobody.get("/v1/categories/none")).status_code == 404
    assert len((await market.nobody.get("/v1/categories")).json()) == len(categories())


def test_inches_become_millimetres() -> None:
    category = categories()[LEAF]
    code = next(c for c in category.attributes if attributes()[c].unit == "MMT" and attributes()[c].kind == "number")
    cleaned, errors = rules.clean_attributes(category, attributes(), {code: {"value": "1", "unit": "INH"}})
    assert errors == []
    assert Decimal(cleaned[code]) == round(Decimal("25.4"), attributes()[code].decimals or 0)
    _, errors = rules.clean_attributes(category, attributes(), {code: {"value": "1", "unit": "KGM"}})
    assert [error.code for error in errors] == ["wrong-unit"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(attributes())) | st.text(max_size=10), JSON, max_size=4))
def test_whatever_is_sent_is_stored_clean_or_named(given_values: dict[str, Any]) -> None:
    category = categories()[LEAF]
    cleaned, errors = rules.clean_attributes(category, attributes(), given_values)
    assert len(cleaned) + len(errors) == len(given_values)
    again, none = rules.clean_attributes(category, attributes(), cleaned)
    assert (again, none) == (cleaned, [])


def test_every_category_can_be_filled() -> None:
    for code, category in categories().items():
        _, errors = rules.clean_attributes(category, attributes(), valid_attributes(code))
        assert errors == [], code


@given(
    st.lists(
        st.tuples(st.sampled_from(["EUR", "CNY"]), st.integers(1, 50).map(Decimal), st.integers(1, 1000)), max_size=6
    )
)
def test_tiers_that_pass_are_unique_and_never_dearer(tiers: list[tuple[str, Decimal, int]]) -> None:
    if rules.tier_errors(tiers, Decimal(1)):
        return
    for currency in ("EUR", "CNY"):
        steps = sorted((quantity, price) for found, quantity, price in tiers if found == currency)
        assert len({quantity for quantity, _ in steps}) == len(steps)
        assert [price for _, price in steps] == sorted((price for _, price in steps), reverse=True)


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"origin_country": "QQ"}, "/origin_country", "unknown-country"),
        ({"unit": "ZZZ"}, "/unit", "unknown-unit"),
        (
            {"prices": [{"currency": "DEM", "min_quantity": "10", "price_minor": 420}]},
            "/prices/0/currency",
            "unknown-currency",
        ),
    ],
)
async def test_a_code_that_no_reader_could_be_shown_is_refused(
    market: Market, change: dict[str, Any], pointer: str, code: str
) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    answer = await seller.post(
        f"/v1/products/{product_id}/variants",
        json={**VARIANT, "sku": "EP-8X100", **change},
        headers={"Accept-Language": "de"},
    )
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert "Geben Sie" in error["detail"]
    shown = await market.nobody.get(f"/v1/catalog/products/{product_id}", headers={"Accept-Language": "de"})
    assert (shown.status_code, shown.json()["variant_count"]) == (200, 1)
