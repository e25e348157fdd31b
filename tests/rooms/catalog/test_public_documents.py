"""Public documents: built by the database in every language, in the declared shape, passed on as bytes with their tags."""

import itertools
from datetime import date
from decimal import Decimal
from typing import Any, cast

import httpx
import orjson
import psycopg

from app.catalog.cards import card_of, highlights, lowest_prices, main_currency
from app.catalog.definitions import Attribute, AttributeKind, attributes, categories, name_in
from app.catalog.display import shown_text
from app.catalog.models import CATEGORY_LEVELS
from app.catalog.schemas import DisplayedProduct, ListedProduct
from app.kit.db.tenancy import act_for
from app.kit.locales import LOCALES
from app.kit.paging import Page
from app.reference import facade as reference
from app.reference.exchange import load_rates
from tests.market import Market
from tests.rooms.catalog.test_listings import LEAF, published
from tests.statements import count_reads, count_statements

Owner = psycopg.Connection[tuple[object, ...]]
PATH = "/v1/catalog/products"


def value_of(attribute: Attribute) -> Any:
    """A value of an attribute as listings store it."""
    number = str(attribute.minimum if attribute.minimum is not None else 1)
    return {
        AttributeKind.NUMBER: number,
        AttributeKind.RANGE: {"minimum": number, "maximum": str(attribute.maximum or number)},
        AttributeKind.ENUM: list(attribute.values)[-1] if attribute.values else None,
        AttributeKind.BOOLEAN: False,
        AttributeKind.TEXT: {"en": "as agreed", "de": "wie vereinbart"},
    }[attribute.kind]


def text_of(attribute: Attribute, value: Any, locale: str, system: reference.System) -> str:
    """The same by the formats of the program."""
    unit = attribute.unit or "C62"
    match attribute.kind:
        case AttributeKind.NUMBER:
            return reference.display_quantity(Decimal(value), unit, locale, system).text
        case AttributeKind.RANGE:
            return reference.display_range(Decimal(value["minimum"]), Decimal(value["maximum"]), unit, locale, system)
        case AttributeKind.ENUM:
            return name_in(attribute.values[value], locale)
        case AttributeKind.BOOLEAN:
            return {"en": "No", "de": "Nein", "fr": "Non"}.get(locale, "")
        case AttributeKind.TEXT:
            return cast(str, value.get(locale, value["en"]))


def test_every_attribute_is_shown_to_every_reader(owner: Owner) -> None:
    looked = 0
    for attribute, locale, system in itertools.product(attributes().values(), LOCALES, ("metric", "inch")):
        value = value_of(attribute)
        row = owner.execute(
            "SELECT shown FROM shown_attribute(%s::text, %s::text, %s::text, %s::jsonb, 'en', %s::text, %s::text)",
            (attribute.code, attribute.kind.value, attribute.unit, orjson.dumps(value).decode(), locale, system),
        ).fetchone()
        assert row is not None
        shown = cast(dict[str, Any], row[0])
        expected = text_of(attribute, value, locale, cast(reference.System, system))
        assert shown["text"] == (expected or shown["text"]) and shown["text"]
        assert shown == {
            "code": attribute.code, "name": name_in(attribute.names, locale), "text": shown["text"], "value": value,
            "unit": attribute.unit,
        }  # fmt: skip
        looked += 1
    assert looked > 2000


def test_texts_are_chosen_as_everywhere_else(owner: Owner) -> None:
    """Whatever languages a listing has, whoever reads it."""
    looked = 0
    for count in (0, 1, 2, 8, 9):
        for tags in itertools.combinations(LOCALES, count):
            texts = {tag: {"text": tag, "state": "human"} for tag in tags}
            rows = owner.execute(
                "SELECT l, first_locale(%s::jsonb, %s::text, l) FROM unnest(%s::text[]) l",
                (orjson.dumps(texts).decode(), tags[-1] if tags else "en", list(LOCALES)),
            ).fetchall()
            for locale, chosen in rows:
                shown = shown_text(texts, tags[-1] if tags else "en", str(locale))
                assert chosen == (shown.locale if shown else None), (tags, locale)
                looked += 1
    assert looked > 500


def test_no_category_is_deeper_than_its_indexes() -> None:
    assert max(len(category.path) for category in categories().values()) == CATEGORY_LEVELS


def test_a_card_names_the_lowest_price_of_each_currency_and_the_commonest_one() -> None:
    def variant(*tiers: tuple[str, str, int]) -> dict[str, Any]:
        prices = [{"currency": c, "min_quantity": q, "price_minor": p} for c, q, p in tiers]
        return {"unit": "H87", "lead_time_days": 9 - len(tiers), "made_to_order": True, "prices": prices}

    variants = [variant(("EUR", "1", 900), ("EUR", "10", 700), ("USD", "1", 800)), variant(("USD", "5", 800))]
    assert lowest_prices(variants) == {"EUR": [700, "10", "H87"], "USD": [800, "1", "H87"]}
    assert main_currency(variants) == "USD"
    assert main_currency([]) is None
    document = {
        "code": "x", "category": LEAF, "source_locale": "en", "supplier": {}, "texts": {}, "attributes": {},
        "variants": variants, "media": [{"media_type": "application/pdf"}, {"media_type": "image/png"}],
    }  # fmt: skip
    card = card_of(document)
    assert (card["lead"], card["made"], card["medium"]) == (6, True, {"media_type": "image/png"})


def test_highlights_are_few_and_begin_with_what_is_measured_or_named() -> None:
    for code, category in categories().items():
        values = {name: value_of(attributes()[name]) for name in category.attributes}
        kinds = [kind for _, kind, _, _ in highlights(code, values)]
        assert len(kinds) == min(4, len(values))
        assert kinds == sorted(kinds, key=lambda kind: kind in ("boolean", "text"))


async def test_the_bytes_have_the_declared_shape_in_every_language(market: Market) -> None:
    seller = await market.people("supplier")
    await published(market, seller)
    for locale, units, currency in itertools.product(LOCALES, ("metric", "inch"), (None, "EUR", "JPY")):
        query = {"locale": locale, "units": units} | ({"currency": currency} if currency else {})
        listed = await market.nobody.get(PATH, params=query)
        page = Page[ListedProduct].model_validate_json(listed.content, strict=False)
        (card,) = page.items
        shown = await market.nobody.get(f"{PATH}/{card.id}", params=query)
        full = DisplayedProduct.model_validate_json(shown.content)
        assert shown.json() | listed.json()["items"][0] == shown.json()
        # Nothing undeclared, nothing declared and missing.
        assert set(shown.json()) == set(DisplayedProduct.model_fields)
        assert full.model_dump(mode="json") == shown.json()
        assert {alternate.locale for alternate in full.alternates} == set(LOCALES) - {locale}
        assert full.lead_time.text == reference.display_quantity(Decimal(5), "DAY", locale, "metric").text
        assert shown.headers["content-language"] == locale
    for alternate in full.alternates:
        assert (await market.nobody.get(alternate.url)).headers["content-language"] == alternate.locale


async def _rate(market: Market, on: date, rate: str) -> None:
    async with market.db.transaction() as session:
        await act_for(session, None, operator=True)
        await load_rates(
            session, [{"base": "EUR", "quote": "GBP", "on_date": on, "rate": Decimal(rate), "source": "test"}]
        )


async def test_a_price_that_is_not_given_is_converted_as_an_indication(market: Market) -> None:
    seller = await market.people("supplier")
    path = f"{PATH}/{await published(market, seller)}"
    today = market.clock.now().date()

    async def prices(**query: str) -> list[dict[str, Any]]:
        answer = (await market.nobody.get(path, params=query)).json()
        assert answer["from_price"]["converted"] in [price["converted"] for price in answer["variants"][0]["prices"]]
        return cast(list[dict[str, Any]], answer["variants"][0]["prices"])

    assert [price["converted"] for price in await prices(currency="GBP")] == [None, None, None]
    await _rate(market, today, "0.8445")
    first = (await prices(currency="GBP", locale="de"))[0]
    assert (first["currency"], first["price_minor"]) == ("EUR", 420)
    assert first["converted"] == {
        "text": reference.display_money(355, "GBP", "de"), "currency": "GBP", "price_minor": 355,
        "rate_date": today.isoformat(), "indication": first["converted"]["indication"],
    }  # fmt: skip
    assert first["converted"]["indication"]
    assert [price["converted"] for price in await prices(currency="EUR")] == [None, None]
    assert all(price["converted"] is None for price in await prices())
    before = (await market.nobody.get(path, params={"currency": "GBP"})).headers["etag"]
    await _rate(market, today, "0.9")
    after = await market.nobody.get(path, params={"currency": "GBP"}, headers={"If-None-Match": before})
    assert (after.status_code, after.json()["variants"][0]["prices"][0]["converted"]["price_minor"]) == (200, 378)


async def test_who_holds_a_document_is_told_so_until_it_changes(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    for path in (f"{PATH}/{product_id}", PATH):
        first = await market.nobody.get(path)
        assert first.status_code == 200 and not first.headers["etag"].startswith("W/")
        assert first.headers["cache-control"] == "public, max-age=60, stale-while-revalidate=300"
        assert {"Accept-Language", "Authorization"} <= set(first.headers["vary"].replace(" ", "").split(","))
        tag = first.headers["etag"]
        for held in (tag, f'"other", W/{tag}', "*"):
            again = await market.nobody.get(path, headers={"If-None-Match": held})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
            assert again.headers["content-language"] == "en"
        for other in ({"locale": "de"}, {"currency": "USD"}):
            answer = await market.nobody.get(path, params=other, headers={"If-None-Match": tag})
            assert answer.status_code == 200 and answer.headers["etag"] != tag
        head = await market.nobody.request("HEAD", path)
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)
        assert head.headers["content-length"] == str(len(first.content))
    change = {"texts": {"en": {"title": "Ejector pin, hardened and ground"}}}
    answer = await seller.patch(f"/v1/products/{product_id}", json=change, headers={"If-Match": "*"})
    assert answer.status_code == 200
    for path in (f"{PATH}/{product_id}", PATH):
        assert (await market.nobody.get(path, headers={"If-None-Match": tag})).status_code == 200


async def test_the_declared_route_answers_the_same_and_refuses_as_ever(market: Market) -> None:
    seller, buyer = await market.people("supplier"), await market.people("buyer")
    path = f"{PATH}/{await published(market, seller)}"
    open_to_all = await market.nobody.get(path, params={"currency": "EUR", "locale": "en"})
    # An escaped character sends the request the long way.
    long_way = await market.nobody.get(f"{path}?currency=EUR&locale=%65n")
    own = await buyer.get(path)
    assert open_to_all.content == long_way.content == own.content
    assert open_to_all.headers["etag"] == long_way.headers["etag"] == own.headers["etag"]
    assert own.headers["cache-control"] == "private, no-cache"
    assert (await buyer.get(path, headers={"If-None-Match": own.headers["etag"]})).status_code == 304
    for wrong, status in [
        (f"{path}?units=feet", 422), (f"{path}?currency=EURO", 422), (f"{PATH}/none", 422), (f"{PATH}?limit=0", 422),
        (f"{PATH}?limit=101", 422), (f"{PATH}?cursor=x", 422), (f"{PATH}?supplier_id=x", 422),
        (f"{PATH}?category={'x' * 81}", 422), (f"{path}?units=%00", 422),
        (f"{PATH}/01900000-0000-7000-8000-000000000000", 404),
    ]:  # fmt: skip
        answer = await market.nobody.get(wrong)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), wrong
    assert (await market.nobody.request("POST", path)).status_code == 405
    assert (await market.nobody.get(path, params={"units": "inch", "unknown": "x"})).status_code == 200


async def test_pages_follow_each_other_below_every_narrowing(market: Market) -> None:
    sellers = [await market.people("supplier") for _ in range(2)]
    ids = [
        await published(market, seller, f"pin-{number}", f"SKU-{number}")
        for number in range(4) for seller in sellers
    ]  # fmt: skip
    for query in ({}, {"category": LEAF}, {"supplier_id": str(sellers[0].firm.id)},
                  {"category": LEAF, "supplier_id": str(sellers[1].firm.id)}):  # fmt: skip
        found, following = [], f"{PATH}?{httpx.QueryParams({**query, 'limit': 3})}"
        while following:
            answer = await market.nobody.get(following)
            found += [item["id"] for item in answer.json()["items"]]
            link = answer.headers.get("link", "")
            following = link.partition("<")[2].partition(">")[0]
            assert bool(answer.json()["next_cursor"]) == bool(following)
        assert found == sorted(found, reverse=True)
        assert len(found) == (4 if "supplier_id" in query else 8)
        assert set(found) <= set(ids)


async def test_each_answer_is_one_statement_however_many_listings(market: Market) -> None:
    seller = await market.people("supplier")
    path = f"{PATH}/{await published(market, seller)}"
    for number in range(20):
        await published(market, seller, f"pin-{number}", f"SKU-{number}")
    for asked in (PATH, f"{PATH}?limit=1", f"{PATH}?category={LEAF}", path):
        with count_reads(market.db) as read, count_statements(market.db) as others:
            assert (await market.nobody.get(asked)).status_code == 200
        assert (len(read), others) == (1, [])
    taken = []
    # What is known of words is read with the first search, and kept.
    for rows in (2, 1, 20):
        with count_reads(market.db) as read, count_statements(market.db) as others:
            found = await market.nobody.get("/v1/catalog/search", params={"q": "pin", "limit": rows})
        assert len(found.json()["items"]) == rows, found.text
        taken.append((len(read), len(others)))
    assert taken[1] == taken[2]
