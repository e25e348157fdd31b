"""Templates and exports, and the way from an export back: nothing changes."""

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from app.catalog.definitions import AttributeKind, attributes, categories
from app.catalog.exchange.decisions import Circumstances, Outcome, decide
from app.catalog.exchange.drafting import Defaults, Stored
from app.catalog.exchange.export import Export, below
from app.catalog.exchange.mapping import map_headers
from app.catalog.exchange.readers.bmecat_file import read_bmecat
from app.catalog.exchange.readers.csv_file import read_csv
from app.catalog.exchange.readers.xlsx_file import read_xlsx
from app.catalog.exchange.sheets import header, keys_of, rows_of
from app.catalog.exchange.spool import Spool
from app.catalog.exchange.states import FileFormat
from app.catalog.exchange.writers.bmecat_out import BmecatOut
from app.catalog.exchange.writers.csv_out import CsvOut
from app.catalog.models import PriceTier, Product, Variant
from app.catalog.rules import clean_attributes
from app.kit.clock import Clock
from app.kit.ids import new_id
from app.kit.locales import LOCALES
from app.kit.tables import unescaped
from app.kit.xlsx import XlsxOut
from app.language.facade import TextVersion
from app.parties.facade import OrganizationRef
from tests.market import Market
from tests.rooms.catalog.files import COMMON, csv_bytes, findings, imported, leaves, row, supplier
from tests.rooms.catalog.test_exchange_imports import versions
from tests.rooms.catalog.test_listings import LEAF, valid_attributes

EXAMPLE = (Path(__file__).resolve().parents[3] / "examples" / "listings.csv").read_bytes()
ENDINGS = {"csv": "list.csv", "xlsx": "list.xlsx", "bmecat": "list.xml"}


@pytest.mark.parametrize("locale", ["en", "de", "zh-Hans", "ar"])
async def test_templates_name_explain_and_list(market: Market, locale: str) -> None:
    path = f"/v1/categories/{LEAF}/listing-template"
    book = await market.nobody.get(path, headers={"Accept-Language": locale})
    assert book.status_code == 200 and ".xlsx" in book.headers["Content-Disposition"]
    sheets = openpyxl.load_workbook(io.BytesIO(book.content)).worksheets
    headers = [str(cell.value) for cell in sheets[0][1]]
    explained = {str(line[1].value): line for line in list(sheets[1].rows)[1:]}
    plain = await market.nobody.get(f"{path}?format=csv", headers={"Accept-Language": locale})
    lines = list(csv.reader(io.StringIO(plain.content.decode("utf-8-sig"))))
    assert lines[0] == headers and len(lines) == 3 and lines[1][0].startswith("# ")
    columns = map_headers(headers, {})
    assert all(column.how == "recognised" for column in columns)
    of_attributes = {column.key.partition(":")[0] for column in columns} & set(attributes())
    assert of_attributes == set(categories()[LEAF].attributes)
    for code in categories()[LEAF].attributes:
        definition = attributes()[code]
        if definition.kind != AttributeKind.TEXT:
            assert definition.names[locale] in str(explained[code][0].value)
            assert explained[code][3].value
        if definition.kind == AttributeKind.ENUM:
            assert all(names[locale] in str(explained[code][4].value) for names in definition.values.values())
    # An empty template is a file without rows.
    assert (await market.nobody.get("/v1/categories/nothing/listing-template")).status_code == 404


async def filled(market: Market, seller: Any) -> None:
    """Listings in every state, with every kind of value, more than one currency, texts that look like formulas."""
    rows = [
        {**row(), "prices:CNY": "10: 33.10", "description:en": "=HYPERLINK(\"x\")\nH13; 950 HV0.3", "title:zh-Hant": "頂針"},
        {**row(sku="EP-8X100", label="-8 x 100"), "prices:CNY": ""},
        {
            **row(code="draft", sku="D-1", state="draft", title__en="@draft", made_to_order="yes", width_mm="8 in"),
            "prices:CNY": "",
        },
        {**row(code="old", sku="O-1", state="archived", hs_code="", mass_kg="", unit="SET"), "prices:CNY": ""},
    ]  # fmt: skip
    keys = dict.fromkeys(key for one in rows for key in one)
    done = await imported(market, seller, csv_bytes([{key: one.get(key, "") for key in keys} for one in rows]))
    assert (done["products_created"], done["products_refused"]) == (3, 0), await findings(seller, done)


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "bmecat"])
@pytest.mark.parametrize("locale", ["en", "ja"])
async def test_an_export_imported_again_changes_nothing(
    market: Market, owner: psycopg.Connection[Any], file_format: str, locale: str
) -> None:
    seller = await supplier(market)
    await filled(market, seller)
    before = versions(owner)
    answer = await seller.get(f"/v1/listing-export?format={file_format}", headers={"Accept-Language": locale})
    assert answer.status_code == 200, answer.text
    again = await imported(market, seller, answer.content, ENDINGS[file_format])
    told = await findings(seller, again)
    assert (again["state"]["code"], again["rows_unchanged"], again["rows_refused"]) == ("done", 4, 0), (again, told)
    assert versions(owner) == before


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "bmecat"])
async def test_an_attribute_in_free_words_is_given_out_in_each_of_its_languages(
    market: Market, owner: psycopg.Connection[Any], file_format: str
) -> None:
    seller = await supplier(market)
    words = {"de": "Werkzeug, Ersatzteile, Prüfbericht", "ja": "金型一式、予備部品"}
    mould = {"code": "m-1", "sku": "M-1", "state": "draft", "category": "two-plate-moulds"}
    cells = {**COMMON, **mould, **{f"scope_of_supply:{tag}": text for tag, text in words.items()}}
    bare = {**COMMON, **mould, "code": "m-2", "sku": "M-2"}
    done = await imported(market, seller, csv_bytes([cells, {key: bare.get(key, "") for key in cells}]))
    assert (done["products_created"], done["rows_refused"]) == (2, 0), str(await findings(seller, done))
    before = versions(owner)
    answer = await seller.get(f"/v1/listing-export?format={file_format}")
    again = await imported(market, seller, answer.content, ENDINGS[file_format])
    told = await findings(seller, again)
    assert (again["state"]["code"], again["rows_unchanged"], again["rows_refused"]) == ("done", 2, 0), (again, told)
    assert versions(owner) == before
    if file_format == "csv":
        lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        written = [sorted(value for value in line.values() if value in words.values()) for line in lines]
        assert written == [sorted(words.values()), []]


async def test_an_export_opens_in_a_stranger_and_holds_nothing_of_others(market: Market) -> None:
    seller, other = await supplier(market), await supplier(market)
    await filled(market, seller)
    await imported(market, other, csv_bytes([row(code="secret", sku="SECRET-1", state="draft")]))
    content = (await seller.get("/v1/listing-export?format=xlsx")).content
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    cells = [list(line) for line in sheet.iter_rows()]
    assert not [cell.value for line in cells for cell in line if cell.data_type == "f"]
    values = {str(cell.value) for line in cells for cell in line}
    assert "EP-6X100" in values and "SECRET-1" not in values
    assert "'@draft" in values
    text = (await seller.get("/v1/listing-export")).content.decode("utf-8-sig")
    for line in csv.reader(io.StringIO(text)):
        assert not [
            cell for cell in line if cell[:1] in "=@+-" and cell and not cell.lstrip("+-").replace(".", "").isdigit()
        ]
    assert (await market.nobody.get("/v1/listing-export")).status_code == 401


async def test_an_export_of_one_category(market: Market) -> None:
    seller = await supplier(market)
    await imported(market, seller, csv_bytes([row()]))
    root = categories()[LEAF].path[0]
    assert LEAF in (below(root) or [])
    elsewhere = next(code for code in leaves() if categories()[code].path[0] != root)
    for category, lines in ((LEAF, 2), (root, 2), (elsewhere, 1)):
        content = (await seller.get(f"/v1/listing-export?category={category}")).content.decode("utf-8-sig")
        assert len(list(csv.reader(io.StringIO(content)))) == lines, category
    assert (await seller.get("/v1/listing-export?category=nothing")).status_code == 404


ORDER = {
    "BMECAT": ["HEADER", "T_NEW_CATALOG"],
    "HEADER": ["GENERATOR_INFO", "CATALOG", "SUPPLIER_IDREF", "PARTIES"],
    "CATALOG": ["LANGUAGE", "CATALOG_ID", "CATALOG_VERSION", "CATALOG_NAME", "GENERATION_DATE"],
    "PRODUCT": [
        "SUPPLIER_PID", "PRODUCT_DETAILS", "PRODUCT_FEATURES", "PRODUCT_ORDER_DETAILS", "PRODUCT_PRICE_DETAILS", "MIME_INFO",
        "USER_DEFINED_EXTENSIONS", "PRODUCT_REFERENCE", "PRODUCT_LOGISTIC_DETAILS",
    ],
    "PRODUCT_DETAILS": ["DESCRIPTION_SHORT", "DESCRIPTION_LONG", "DELIVERY_TIME"],
    "PRODUCT_FEATURES": ["REFERENCE_FEATURE_SYSTEM_NAME", "REFERENCE_FEATURE_GROUP_ID", "FEATURE"],
    "FEATURE": ["FNAME", "FVALUE", "FUNIT", "FORDER", "FDESCR", "FVALUE_DETAILS"],
    "PRODUCT_ORDER_DETAILS": ["ORDER_UNIT", "QUANTITY_MIN"],
    "PRODUCT_PRICE": ["PRICE_AMOUNT", "PRICE_CURRENCY", "LOWER_BOUND"],
    "PRODUCT_LOGISTIC_DETAILS": ["CUSTOMS_TARIFF_NUMBER", "COUNTRY_OF_ORIGIN", "PRODUCT_DIMENSIONS"],
    "PRODUCT_DIMENSIONS": ["WEIGHT", "LENGTH", "WIDTH", "DEPTH"],
}  # fmt: skip
"""The order of BMEcat 2005's elements, as far as we write them."""


async def test_bmecat_has_its_elements_in_order(market: Market) -> None:
    seller = await supplier(market)
    await filled(market, seller)
    root = etree.fromstring((await seller.get("/v1/listing-export?format=bmecat")).content)
    looked = 0
    for element in root.iter():
        name = etree.QName(element).localname
        assert etree.QName(element).namespace == "http://www.bmecat.org/bmecat/2005"
        if name in ORDER:
            children = [etree.QName(child).localname for child in element]
            places = [ORDER[name].index(child) for child in children]
            assert places == sorted(places), (name, children)
            looked += 1
    assert looked > 30


FOREIGN = """<?xml version="1.0" encoding="UTF-8"?>
<BMECAT version="2005" xmlns="http://www.bmecat.org/bmecat/2005fd">
<HEADER><CATALOG><LANGUAGE default="true">deu</LANGUAGE><LANGUAGE>eng</LANGUAGE></CATALOG></HEADER>
<T_NEW_CATALOG prev_version="0"><ARTICLE mode="new"><SUPPLIER_AID>AW 6/100</SUPPLIER_AID>
<ARTICLE_DETAILS><DESCRIPTION_SHORT>Auswerferstift</DESCRIPTION_SHORT>
<DESCRIPTION_SHORT lang="eng">Ejector pin</DESCRIPTION_SHORT>
<DESCRIPTION_SHORT lang="ita">Estrattore</DESCRIPTION_SHORT><DELIVERY_TIME>5</DELIVERY_TIME></ARTICLE_DETAILS>
<ARTICLE_FEATURES><REFERENCE_FEATURE_SYSTEM_NAME>ECLASS-13</REFERENCE_FEATURE_SYSTEM_NAME>
<REFERENCE_FEATURE_GROUP_ID>21-17</REFERENCE_FEATURE_GROUP_ID>%s
<FEATURE><FNAME>Farbe</FNAME><FVALUE>blank</FVALUE></FEATURE></ARTICLE_FEATURES>
<ARTICLE_ORDER_DETAILS><ORDER_UNIT>C62</ORDER_UNIT><PRICE_QUANTITY>100</PRICE_QUANTITY><QUANTITY_MIN>10</QUANTITY_MIN>
</ARTICLE_ORDER_DETAILS><ARTICLE_PRICE_DETAILS><ARTICLE_PRICE price_type="net_list"><PRICE_AMOUNT>420</PRICE_AMOUNT>
<PRICE_CURRENCY>EUR</PRICE_CURRENCY><LOWER_BOUND>10</LOWER_BOUND></ARTICLE_PRICE></ARTICLE_PRICE_DETAILS>
<MIME_INFO><MIME><MIME_SOURCE>pin.jpg</MIME_SOURCE></MIME><MIME><MIME_SOURCE>pin.pdf</MIME_SOURCE></MIME></MIME_INFO>
<ARTICLE_LOGISTIC_DETAILS><COUNTRY_OF_ORIGIN>DE</COUNTRY_OF_ORIGIN></ARTICLE_LOGISTIC_DETAILS>
</ARTICLE></T_NEW_CATALOG></BMECAT>"""


async def test_a_strangers_bmecat_is_taken_over(market: Market) -> None:
    seller = await supplier(market)
    features = ""
    for code, value in valid_attributes(LEAF).items():
        definition = attributes()[code]
        words = value if isinstance(value, str) else "true"
        unit = f"<FUNIT>{definition.unit}</FUNIT>" if definition.unit else ""
        if definition.kind == AttributeKind.RANGE:
            words = f"{value['minimum']}</FVALUE><FVALUE>{value['maximum']}"
        features += f"<FEATURE><FNAME>{definition.names['de']}</FNAME><FVALUE>{words}</FVALUE>{unit}</FEATURE>"
    done = await imported(market, seller, (FOREIGN % features).encode(), "katalog.xml", default_category=LEAF)
    assert (done["products_created"], done["media_noted"]) == (1, 2), await findings(seller, done)
    assert [one["header"] for one in done["columns"]] == ["Farbe"]
    product = (await seller.get("/v1/products")).json()["items"][0]
    assert (product["code"], product["source_locale"], product["title"]["text"]) == ("aw-6-100", "de", "Ejector pin")
    variant = product["variants"][0]
    assert (variant["sku"], variant["unit"], variant["prices"][0]["price_minor"]) == ("AW 6/100", "C62", 420)
    path = f"/v1/listing-imports/{done['id']}"
    mapped = await seller.put(f"{path}/mapping", json={"columns": {"Farbe": None}}, headers={"If-Match": "*"})
    assert mapped.status_code == 200
    again = await imported(market, seller, (FOREIGN % features).encode(), "katalog.xml", default_category=LEAF)
    assert (again["rows_unchanged"], again["columns"]) == (1, [])


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")) | st.sampled_from("\n='+-@;,\"|:<&"),
    min_size=1,
    max_size=40,
)
LINE = TEXT.map(str.strip).filter(bool)
AMOUNT = st.decimals(Decimal("0.01"), Decimal(999999), places=2)


@st.composite
def stored_listings(draw: st.DrawFn) -> Stored:
    """A complete listing as the database could hold it."""
    category = draw(st.sampled_from(leaves()))
    cleaned, wrong = clean_attributes(categories()[category], attributes(), valid_attributes(category))
    assert not wrong
    product = Product(
        id=new_id(), supplier_id=UUID(int=1), code="thing", category_code=category,
        state=draw(st.sampled_from(["draft", "published"])),
        source_locale=draw(st.sampled_from(LOCALES)), attributes=cleaned, version=3, published_at=None,
    )  # fmt: skip
    variants, tiers = [], {}
    for sku in draw(st.lists(st.from_regex(r"[!-~]{1,20}", fullmatch=True), min_size=1, max_size=3, unique=True)):
        variant = Variant(
            id=new_id(), product_id=product.id, supplier_id=product.supplier_id, sku=sku, label=draw(TEXT).strip(),
            unit=draw(st.sampled_from(["H87", "SET", "KGM", "MTR"])), minimum_order_quantity=Decimal(draw(st.integers(5, 50))),
            lead_time_days=draw(st.integers(0, 1000)), made_to_order=draw(st.booleans()),
            mass_kg=draw(st.none() | st.decimals(Decimal("0.0001"), 9999, places=4)),
            length_mm=draw(st.none() | AMOUNT), width_mm=draw(st.none() | AMOUNT), height_mm=None,
            hs_code=draw(st.sampled_from([None, "848071", "84807100"])), origin_country=draw(st.sampled_from(["DE", "CN", "BR"])),
        )  # fmt: skip
        variants.append(variant)
        tiers[variant.id] = [
            PriceTier(
                variant_id=variant.id, supplier_id=product.supplier_id, currency=currency, min_quantity=Decimal(quantity),
                price_minor=price,
            )
            for currency in draw(st.sampled_from([["EUR"], ["EUR", "JPY"], ["CNY", "USD"]]))
            for quantity, price in ((1, 500), (10, 400))
        ]  # fmt: skip
    tags = {product.source_locale, *draw(st.lists(st.sampled_from(LOCALES), max_size=3))}
    texts = [
        TextVersion("title", tag, draw(LINE), "human", tag == product.source_locale, None, 1) for tag in sorted(tags)
    ]
    texts.append(TextVersion("description", product.source_locale, draw(LINE), "human", True, None, 1))
    return Stored(product, sorted(variants, key=lambda one: one.sku), tiers, texts)


FIRM = OrganizationRef(
    UUID(int=1), "firm", "Formenbau", "Formenbau", "DE", "Hagen", frozenset({"supplier"}), True, "en"
)


@given(stored_listings(), st.sampled_from(LOCALES), st.sampled_from(list(FileFormat)))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_is_stored_goes_out_and_comes_back_unchanged(stored: Stored, locale: str, form: FileFormat) -> None:
    spool = Spool()
    if form == FileFormat.BMECAT:
        out = BmecatOut(FIRM, locale, Clock().now())
        articles = read_bmecat(io.BytesIO(out.listings([stored]) + out.end()))
        spool.add((one.number, one.cells["code"], one.cells["sku"], one.fault or one.cells) for one in articles)
    else:
        currencies = sorted({tier.currency for found in stored.tiers.values() for tier in found})
        locales = [tag for tag in LOCALES if any(text.locale == tag for text in stored.texts)]
        keys = keys_of([stored.product.category_code], locales, currencies, {"scope_of_supply": ["en"]})
        writer = CsvOut() if form == FileFormat.CSV else XlsxOut(["Listings"])
        content = writer.rows([[header(key, locale) for key in keys], *rows_of(stored, keys, locale)]) + writer.end()
        table = (read_csv if form == FileFormat.CSV else read_xlsx)(io.BytesIO(content))
        columns = map_headers(next(table).cells, {})
        assert [column.key for column in columns] == keys
        spool.columns(keys)
        spool.add(
            (one.number, "thing", one.cells[keys.index("sku")], one.fault or unescaped(one.cells)) for one in table
        )
    spool.seal()
    groups = spool.after(0, 100)
    assert len(groups) == 1
    at = Circumstances(UUID(int=1), Defaults(None, "en"), True, Clock().now())
    decision = decide(groups[0], stored, at)
    assert decision.outcome == Outcome.UNCHANGED, (decision.findings, decision.change)


def test_the_kinds_of_export_are_those_of_import() -> None:
    assert set(ENDINGS) == {str(form) for form in FileFormat}
    assert Export(UUID(int=1), FileFormat.CSV, "en", None, Clock().now()).category is None


async def test_the_example_is_a_good_file(market: Market) -> None:
    seller = await supplier(market)
    done = await imported(market, seller, EXAMPLE)
    assert (done["products_created"], done["products_published"], done["findings"]) == (2, 1, 0), await findings(
        seller, done
    )
