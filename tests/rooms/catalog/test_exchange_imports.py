"""A supplier's file from upload to the public catalogue, over HTTP and through the worker."""

import csv
import io
from typing import Any

import psycopg

from app.catalog.definitions import attributes
from tests.market import Market
from tests.rooms.catalog.files import codes, csv_bytes, findings, imported, row, supplier


async def test_a_file_becomes_public_listings(market: Market) -> None:
    seller = await supplier(market)
    rows = [row(), row(sku="EP-8X100", label="Ø8 × 100"), row(code="other-pin", sku="OP-1", state="draft")]
    done = await imported(market, seller, csv_bytes(rows))
    assert done["state"]["code"] == "done", done
    assert (done["rows_read"], done["rows_accepted"], done["rows_refused"]) == (3, 3, 0), await findings(seller, done)
    assert (done["products_created"], done["products_published"], done["percent"]) == (2, 1, 100)
    public = (await market.nobody.get("/v1/catalog/products")).json()["items"]
    assert [(one["code"], one["variant_count"]) for one in public] == [("ejector-pin", 2)]
    shown = (
        await market.nobody.get(f"/v1/catalog/products/{public[0]['id']}", headers={"Accept-Language": "de"})
    ).json()
    assert shown["title"]["text"] == "Auswerferstift DIN 1530 A, gehärtet"
    assert [price["price_minor"] for price in shown["variants"][0]["prices"]] == [420, 350]


def events(owner: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return owner.execute(
        "SELECT type, data FROM outbox_events WHERE type LIKE 'catalog.%' ORDER BY transaction_id, id"
    ).fetchall()


def versions(owner: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return owner.execute(
        "SELECT 'product', id, version::text FROM products UNION ALL SELECT 'text', id, version::text FROM texts "
        "UNION ALL SELECT 'public', product_id, digest FROM public_products ORDER BY 1, 2"
    ).fetchall()


async def test_the_same_file_twice_changes_nothing(market: Market, owner: psycopg.Connection[Any]) -> None:
    seller = await supplier(market)
    content = csv_bytes([row(), row(sku="EP-8X100"), row(code="second", sku="S-1")])
    await imported(market, seller, content)
    before, told = versions(owner), len(events(owner))
    again = await imported(market, seller, content)
    assert (again["rows_unchanged"], again["products_unchanged"], again["products_changed"]) == (3, 2, 0), again
    assert versions(owner) == before and len(before) > 5
    new = [(kind, data["state"]) for kind, data in events(owner)[told:]]
    assert new == [("catalog.listing_import_moved.v1", "reading"), ("catalog.listing_import_moved.v1", "done")]


async def test_a_change_is_public_at_once_and_told_once(market: Market, owner: psycopg.Connection[Any]) -> None:
    seller = await supplier(market)
    await imported(market, seller, csv_bytes([row(), row(sku="EP-8X100")]))
    told = len(events(owner))
    changed = row(title__en="Ejector pin, nitrided", prices__EUR="10: 4.50")
    done = await imported(market, seller, csv_bytes([changed, row(sku="EP-8X100", title__en="")]))
    assert (done["products_changed"], done["rows_unchanged"]) == (1, 0), await findings(seller, done)
    product = (await seller.get("/v1/products")).json()["items"][0]
    assert product["version"] == 2
    public = (await market.nobody.get(f"/v1/catalog/products/{product['id']}?locale=en")).json()
    assert public["title"]["text"] == "Ejector pin, nitrided"
    assert [one["price_minor"] for one in public["variants"][0]["prices"]] == [450]
    german = (await market.nobody.get(f"/v1/catalog/products/{product['id']}?locale=de")).json()
    assert german["title"]["state"] == "stale"
    written = [data for kind, data in events(owner)[told:] if kind != "catalog.listing_import_moved.v1"]
    assert written == [{"supplier_id": str(seller.firm.id), "listings": 1, "published": 1}]


async def test_a_file_of_a_few_columns_leaves_the_rest_as_it_is(market: Market) -> None:
    seller = await supplier(market)
    await imported(market, seller, csv_bytes([row(mass_kg="0.5")]))
    done = await imported(
        market, seller, b"sku;code;lead_time_days;price:EUR\nEP-6X100;ejector-pin;2 weeks;5,10 \xe2\x82\xac\n"
    )
    assert done["products_changed"] == 1, await findings(seller, done)
    variant = (await seller.get("/v1/products")).json()["items"][0]["variants"][0]
    assert (variant["lead_time_days"], variant["mass_kg"], variant["hs_code"]) == (14, "0.5000", "848079")
    assert [(one["min_quantity"], one["price_minor"]) for one in variant["prices"]] == [("10.000", 510)]
    cleared = await imported(market, seller, b"sku,code,mass_kg\nEP-6X100,ejector-pin,\n")
    assert cleared["products_changed"] == 1
    assert (await seller.get("/v1/products")).json()["items"][0]["variants"][0]["mass_kg"] is None


async def test_good_listings_are_written_and_bad_ones_reported_in_the_readers_language(market: Market) -> None:
    seller = await supplier(market)
    number = next(key for key in row() if key in attributes() and attributes()[key].kind == "number")
    choice = next(key for key in row() if key in attributes() and attributes()[key].kind == "enum")
    rows = [
        row(code="good", sku="G-1"),
        row(code="wrong-unit", sku="W-1", **{number: "8 kg"}),
        row(code="wrong-choice", sku="W-2", **{choice: "unobtainium"}),
        row(code="no-price", sku="W-3", prices__EUR=""),
        row(code="dearer", sku="W-4", prices__EUR="10: 1.00; 20: 2.00"),
        row(code="Not A Slug", sku="W-5"),
        row(code="no-origin", sku="W-6", origin_country="Atlantis"),
        row(code="late", sku="W-7", lead_time_days="5 kg"),
        row(code="other", sku="G-1"),
        row(code="no-category", sku="W-8", category="garden-gnomes"),
        row(code="also-good", sku="G-2"),
    ]
    done = await imported(market, seller, csv_bytes(rows))
    found = await findings(seller, done)
    assert (done["products_created"], done["products_refused"], done["rows_refused"]) == (2, 9, 9), found
    assert codes(found) == [
        (3, number, "wrong-unit"),
        (4, choice, "unknown-value"),
        (5, "prices", "price-required"),
        (6, "prices", "tier-dearer"),
        (7, "code", "string-pattern-mismatch"),
        (8, "origin_country", "string-pattern-mismatch"),
        (9, "lead_time_days", "wrong-unit"),
        (10, "sku", "sku-twice"),
        (11, "category", "unknown-category"),
    ]
    assert {one["code"] for one in (await seller.get("/v1/products")).json()["items"]} == {"good", "also-good"}
    german = await findings(seller, done, "de")
    assert german[3]["detail"] != found[3]["detail"] and german[3]["params"] == found[3]["params"]
    report = await seller.get(f"/v1/listing-imports/{done['id']}/report", headers={"Accept-Language": "de"})
    lines = list(csv.reader(io.StringIO(report.content.decode("utf-8-sig"))))
    assert len(lines) == 10 and lines[4][:5] == ["6", "dearer", "W-4", "prices", "tier-dearer"]
    assert lines[4][5] == german[3]["detail"]


async def test_a_dry_run_reports_and_writes_nothing(market: Market, owner: psycopg.Connection[Any]) -> None:
    seller = await supplier(market)
    content = csv_bytes([row(), row(code="bad", sku="B-1", lead_time_days="soon")])
    done = await imported(market, seller, content, dry_run=True)
    assert done["dry_run"] and (done["products_created"], done["products_refused"]) == (1, 1)
    assert codes(await findings(seller, done)) == [(3, "lead_time_days", "not-a-number")]
    assert owner.execute("SELECT count(*) FROM products").fetchone() == (0,)
    assert not [kind for kind, _ in events(owner) if kind == "catalog.listings_imported.v1"]


async def test_rows_of_one_product_may_stand_apart(market: Market) -> None:
    seller = await supplier(market)
    rows = [row(sku="A-1"), row(code="between", sku="B-1"), row(sku="A-2", title__en="")]
    done = await imported(market, seller, csv_bytes(rows))
    assert done["products_created"] == 2, await findings(seller, done)
    both = {one["code"]: len(one["variants"]) for one in (await seller.get("/v1/products")).json()["items"]}
    assert both == {"ejector-pin": 2, "between": 1}
    differing = [row(sku="A-1"), row(sku="A-2", title__en="Another title")]
    refused = await imported(market, seller, csv_bytes(differing))
    assert codes(await findings(seller, refused)) == [(3, "title:en", "rows-differ")]


async def test_states_go_by_the_steps_of_a_listing(market: Market) -> None:
    seller = await supplier(market)
    await imported(market, seller, csv_bytes([row()]))
    withdrawn = await imported(market, seller, csv_bytes([row(state="Draft")]))
    assert withdrawn["products_changed"] == 1
    assert (await market.nobody.get("/v1/catalog/products")).json()["items"] == []
    again = await imported(market, seller, csv_bytes([row(state="published")]))
    assert again["products_published"] == 1
    shown = (await market.nobody.get("/v1/catalog/products?locale=de")).json()["items"][0]
    assert shown["title"]["text"].startswith("Auswerferstift")
    await imported(market, seller, csv_bytes([row(state="archived")]))
    for state, code in (("published", "wrong-product-state"), ("archived", "archived")):
        refused = await imported(market, seller, csv_bytes([row(state=state, label="another")]))
        assert codes(await findings(seller, refused)) == [(2, "state", code)]
    product = (await seller.get("/v1/products")).json()["items"][0]
    assert (product["state"]["code"], product["variants"][0]["label"]) == ("archived", "Ø6 × 100")


async def test_a_published_listing_stays_complete(market: Market) -> None:
    seller = await supplier(market)
    await imported(market, seller, csv_bytes([row()]))
    refused = await imported(market, seller, csv_bytes([row(prices__EUR="", state="")]))
    assert codes(await findings(seller, refused)) == [(2, "prices", "price-required")]
    public = (await market.nobody.get("/v1/catalog/products")).json()["items"]
    assert public[0]["from_price"]["price_minor"] == 350


async def test_another_products_sku_and_another_suppliers_are_not_the_same(market: Market) -> None:
    seller, other = await supplier(market), await supplier(market)
    await imported(market, seller, csv_bytes([row()]))
    taken = await imported(market, seller, csv_bytes([row(code="thief")]))
    assert codes(await findings(seller, taken)) == [(2, "sku", "code-taken")]
    assert (await imported(market, other, csv_bytes([row()])))["products_created"] == 1


async def test_translations_need_the_permission(market: Market) -> None:
    firm = await market.firm("supplier")
    owner = await market.member(firm)
    caller = await market.machine(owner, "read", "catalog:edit", "upload")
    refused = await imported(market, caller, csv_bytes([row()]))
    assert codes(await findings(caller, refused)) == [(2, "title", "translations-not-permitted")]
    assert (await imported(market, caller, csv_bytes([row(title__de="")])))["products_created"] == 1
