"""The demo market's data is what it promises: complete, valid against the catalogue's own definitions, repeatable."""

import re
import time
from collections import Counter
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from stdnum import get_cc_module

import app.catalog
from app.demo import market
from app.demo.market import ListedRange, ProductState, load_products, load_profiles, load_suppliers
from app.parties import supplier_terms

NINE = {"en", "zh-Hans", "zh-Hant", "de", "es", "fr", "ja", "pt-BR", "ar"}
BASE = {"en", "zh-Hans", "de", "es"}
CATEGORY_HS_CODES = {
    *("848010", "848020", "848030", "848041", "848049", "848050", "848060", "848071", "848079"),
    *("847710", "847730", "820720", "820730"),
}
UNITS = {
    *("C62", "MMT", "MTR", "4H", "CMQ", "MLT", "LTR", "GRM", "KGM", "23", "DD", "P1", "DAY", "L2"),
    *("NEW", "B47", "BAR", "MPA", "VLT", "AMP", "WTT", "KWT", "CEL", "D53", "N48"),
}
"""UN/CEFACT Recommendation 20 codes of the units that the catalogue uses."""
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
DATA = Path(str(app.catalog.__file__)).parent / "data"


def _yaml(name: str) -> Any:
    return yaml.load((DATA / name).read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


CATEGORIES: dict[str, Any] = {row["code"]: row for row in _yaml("categories.yaml")["categories"]}
ATTRIBUTES: dict[str, Any] = {row["code"]: row for row in _yaml("attributes.yaml")["attributes"]}


def _ancestry(code: str | None) -> list[str]:
    return [] if code is None else [code, *_ancestry(CATEGORIES[code]["parent"])]


def _uses(category: str) -> dict[str, bool]:
    """Attribute code → required, with all that the category inherits."""
    return {use["attribute"]: use["required"] for code in _ancestry(category) for use in CATEGORIES[code]["attributes"]}


LEAVES = set(CATEGORIES) - {row["parent"] for row in CATEGORIES.values()}


def test_the_category_tree_is_whole_and_named_in_nine_languages() -> None:
    rows = _yaml("categories.yaml")["categories"]
    assert len(rows) == len(CATEGORIES) >= 90
    for position, row in enumerate(rows):
        assert SLUG.fullmatch(row["code"])
        assert set(row["names"]) == NINE and all(row["names"].values()), row["code"]
        assert row["parent"] is None or row["parent"] in {earlier["code"] for earlier in rows[:position]}
        hs_code = row["hs_code"]
        assert hs_code is None or hs_code in CATEGORY_HS_CODES or hs_code.startswith("8466")
        inherited = [use["attribute"] for code in _ancestry(row["code"]) for use in CATEGORIES[code]["attributes"]]
        assert len(inherited) == len(set(inherited)), f"{row['code']} defines an inherited attribute again"
        assert set(inherited) <= set(ATTRIBUTES)
    assert max(len(_ancestry(code)) for code in CATEGORIES) == 3


def test_attributes_are_typed_and_named_in_nine_languages() -> None:
    assert len(_yaml("attributes.yaml")["attributes"]) == len(ATTRIBUTES) > 150
    for code, row in ATTRIBUTES.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", code)
        assert set(row["names"]) == NINE and all(row["names"].values()), code
        if row["kind"] in {"number", "range"}:
            assert row["unit"] in UNITS, code
            assert Decimal(row["minimum"]) < Decimal(row["maximum"])
            assert 0 <= row["decimals"] <= 4
        elif row["kind"] == "enum":
            values = [value["code"] for value in row["values"]]
            assert values and len(values) == len(set(values)), code
            assert all(re.fullmatch(r"[a-z0-9][a-z0-9.-]*", value) for value in values), code
            assert all(set(value["names"]) == NINE and all(value["names"].values()) for value in row["values"]), code
        else:
            assert row["kind"] in {"boolean", "text"}
    used = {use["attribute"] for row in CATEGORIES.values() for use in row["attributes"]}
    assert used == set(ATTRIBUTES)


def test_forty_suppliers_in_nine_countries() -> None:
    suppliers = load_suppliers()
    assert len(suppliers) == 40
    assert len({supplier.address.country for supplier in suppliers}) == 9
    assert len({supplier.code for supplier in suppliers}) == len({supplier.sku_prefix for supplier in suppliers}) == 40
    for supplier in suppliers:
        assert SLUG.fullmatch(supplier.code)
        assert supplier.legal_name_latin.isascii() or supplier.address.country in {"ES", "FR", "PT", "IT"}
        assert supplier.locale in NINE and set(supplier.profile) == {supplier.locale, "en"}
        assert set(supplier.capabilities) <= set(CATEGORIES)
        assert len(supplier.contacts) == 2
        assert len({contact.email for contact in supplier.contacts}) == 2
        assert all(contact.email.endswith(f"@{supplier.code}.example") for contact in supplier.contacts)
    assert {supplier.verified for supplier in suppliers} == {True, False}


def test_registration_numbers_carry_valid_check_digits() -> None:
    numbers = [number for supplier in load_suppliers() for number in supplier.registration_numbers]
    assert len({number.number for number in numbers}) == len(numbers) >= 40
    for number in numbers:
        country, _, name = number.scheme.partition(".")
        module = get_cc_module(country, name) or import_module(f"stdnum.{number.scheme}")
        assert module.is_valid(number.number), number


def test_six_hundred_products_over_all_leaf_categories() -> None:
    products = load_products()
    states = Counter(product.state for product in products)
    assert len(products) == 600
    assert states == {ProductState.PUBLISHED: 560, ProductState.DRAFT: 30, ProductState.ARCHIVED: 10}
    assert {product.category_code for product in products} == LEAVES
    assert {product.supplier_code for product in products} == {supplier.code for supplier in load_suppliers()}


def test_products_and_variants_are_unique() -> None:
    products = load_products()
    assert len({product.code for product in products}) == len(products)
    assert all(SLUG.fullmatch(product.code) for product in products)
    skus = [variant.sku for product in products for variant in product.variants]
    assert [sku for sku, count in Counter(skus).items() if count > 1] == []
    assert all(re.fullmatch(r"[A-Z0-9][A-Z0-9.\-]*", sku) for sku in skus)


def test_suppliers_make_what_they_list() -> None:
    capabilities = {supplier.code: set(supplier.capabilities) for supplier in load_suppliers()}
    outside = {
        (product.supplier_code, product.category_code)
        for product in load_products()
        if not capabilities[product.supplier_code] & set(_ancestry(product.category_code))
    }
    assert outside == set()


def test_texts_are_complete() -> None:
    products = load_products()
    for product in products:
        assert set(product.texts) >= BASE | {product.source_locale}, product.code
        assert set(product.texts) <= NINE
        for text in product.texts.values():
            assert 5 <= len(text.title) <= 120, text.title
            assert 20 <= len(text.description) <= 400, text.description
            assert not re.search(r"[{}$@]|None", text.title + text.description)
    assert sum(set(product.texts) == NINE for product in products) >= 250


def _problem(definition: dict[str, Any], value: Any, locales: set[str]) -> str | None:
    match definition["kind"], value:
        case "number", Decimal():
            numbers = [value]
        case "range", ListedRange(minimum=minimum, maximum=maximum):
            if minimum > maximum:
                return "upside down"
            numbers = [minimum, maximum]
        case "enum", str():
            return None if value in {known["code"] for known in definition["values"]} else "unknown value"
        case "boolean", bool():
            return None
        case "text", dict():
            return None if set(value) == locales and all(value.values()) else "languages missing"
        case _:
            return "wrong type"
    if not all(Decimal(definition["minimum"]) <= number <= Decimal(definition["maximum"]) for number in numbers):
        return "out of bounds"
    if any(number != round(number, definition["decimals"]) for number in numbers):
        return "too many decimals"
    return None


def test_attributes_fit_their_category() -> None:
    checked = 0
    for product in load_products():
        uses = _uses(product.category_code)
        assert set(product.attributes) <= set(uses), (product.code, set(product.attributes) - set(uses))
        missing = {code for code, required in uses.items() if required} - set(product.attributes)
        assert not missing, (product.code, missing)
        for code, value in product.attributes.items():
            problem = _problem(ATTRIBUTES[code], value, set(product.texts))
            assert problem is None, (product.code, code, value, problem)
            checked += 1
    assert checked > 4000


def test_the_attribute_check_finds_what_is_wrong() -> None:
    diameter = ATTRIBUTES["diameter"]
    assert _problem(diameter, Decimal("6"), set()) is None
    assert _problem(diameter, Decimal("6.0001"), set()) == "too many decimals"
    assert _problem(diameter, Decimal("-1"), set()) == "out of bounds"
    assert _problem(diameter, "6", set()) == "wrong type"
    assert _problem(ATTRIBUTES["steel"], "1.9999", set()) == "unknown value"
    assert _problem(ATTRIBUTES["length_range"], ListedRange(Decimal(9), Decimal(2)), set()) == "upside down"
    assert _problem(ATTRIBUTES["scope_of_supply"], {"en": "Mould"}, {"en", "de"}) == "languages missing"


def test_variants_can_be_priced_packed_and_declared() -> None:
    suppliers = {supplier.code: supplier for supplier in load_suppliers()}
    currencies = set()
    for product in load_products():
        assert 1 <= len(product.variants) <= 6
        service = "services" in _ancestry(product.category_code)
        for variant in product.variants:
            assert variant.lead_time_days >= 1 and variant.minimum_order_quantity >= 1
            assert variant.origin_country == suppliers[product.supplier_code].address.country
            sides = (variant.length_mm, variant.width_mm, variant.height_mm)
            if service:
                assert variant.mass_kg is None and sides == (None, None, None) and variant.hs_code is None
            else:
                assert variant.mass_kg is not None and variant.mass_kg > 0
                assert all(side is not None and side > 0 for side in sides)
                assert variant.hs_code is not None and re.fullmatch(r"\d{6}", variant.hs_code)
            assert variant.prices[0].currency == suppliers[product.supplier_code].currency
            for currency in {tier.currency for tier in variant.prices}:
                tiers = [tier for tier in variant.prices if tier.currency == currency]
                assert tiers[0].min_quantity == variant.minimum_order_quantity
                assert [t.min_quantity for t in tiers] == sorted({t.min_quantity for t in tiers})
                prices = [tier.price_minor for tier in tiers]
                assert min(prices) > 0 and prices == sorted(set(prices), reverse=True), variant
                currencies.add(currency)
    assert currencies == {"CNY", "EUR", "JPY", "USD", "BRL"}


def test_the_market_is_the_same_every_time_and_quick() -> None:
    load_suppliers.cache_clear()
    load_products.cache_clear()
    started = time.perf_counter()
    first = market.load_suppliers(), market.load_products()
    assert time.perf_counter() - started < 3
    load_suppliers.cache_clear()
    load_products.cache_clear()
    assert (market.load_suppliers(), market.load_products()) == first


@pytest.mark.parametrize(
    ("code", "locale", "title"),
    [
        ("volmerling-normalien-ejector-pin-nitrided-d2-5", "de", "Auswerferstift DIN 1530-A, nitriert, Ø 2,5 mm"),
        ("volmerling-normalien-ejector-pin-nitrided-d2-5", "zh-Hant", "氮化頂針 DIN 1530-A Ø2.5 mm"),
        ("liyang-edm-edm-wire-brass-d10", "ja", "ワイヤ放電用電極線 Ø0.1 mm Bタイプ 5 kg巻"),
    ],
)
def test_sizes_are_written_as_the_reader_writes_them(code: str, locale: str, title: str) -> None:
    product = next(product for product in load_products() if product.code == code)
    assert product.texts[locale].title == title


def test_every_supplier_says_what_he_can_do_in_the_houses_terms() -> None:
    profiles = load_profiles()
    assert set(profiles) == {supplier.code for supplier in load_suppliers()}
    for code, profile in profiles.items():
        assert set(profile.capabilities) <= set(supplier_terms.capabilities()), code
        assert set(profile.languages) <= supplier_terms.spoken_languages(), code
        for machine in profile.machines:
            assert set(machine.figures) <= set(supplier_terms.machine_kinds()[machine.kind].figures), (code, machine)
        assert {one.scheme for one in profile.certificates} <= set(supplier_terms.schemes()), code
    certificates = [one for profile in profiles.values() for one in profile.certificates]
    assert len({one.number for one in certificates}) == len(certificates) > 60
    assert sum(one.days_left < 0 for one in certificates) >= 4
    assert sum(0 <= one.days_left <= 60 for one in certificates) >= 6
    assert len({(profile.capabilities, profile.founded_year) for profile in profiles.values()}) == 40
