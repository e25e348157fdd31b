"""Foreign headers and cells: labels and values in nine languages, units in cells, what a supplier says himself."""

from decimal import Decimal

import pytest

from app.catalog.definitions import attributes, categories
from app.catalog.exchange import values
from app.catalog.exchange.columns import FIELDS, canonical, label_of, recognise
from app.catalog.exchange.errors import CellRefused
from app.catalog.exchange.prices import steps_in
from app.kit.locales import LOCALES
from app.kit.tables import escaped, unescaped
from tests.market import Market
from tests.rooms.catalog.files import codes, csv_bytes, findings, imported, row, started, supplier


@pytest.mark.parametrize("locale", LOCALES)
def test_every_column_is_found_by_its_label_in_every_language(locale: str) -> None:
    plain = [field.key for field in FIELDS if field.key not in ("title", "description", "prices", "price")]
    looked = 0
    for key in [*plain, "title:de", "description:ar", "prices:EUR", "price:CNY:100"]:
        found = recognise(f"{label_of(key, locale)} [{key}]")
        assert found is not None and found.keys == (key,)
        if ":" not in key:
            bare = recognise(label_of(key, locale))
            assert bare is not None and bare.keys == (key,), (key, locale, label_of(key, locale))
        looked += 1
    common = set()
    for code, attribute in attributes().items():
        named = recognise(attribute.names[locale])
        assert named is not None
        # A name that a common column has too means that one; the attribute is found by its code in brackets.
        assert code in named.keys or named.keys[0] in plain, (code, locale)
        common |= {code} - set(named.keys)
        looked += 1
    assert common <= {"turnaround"}
    assert looked > 150


def test_no_attribute_is_called_as_a_common_column() -> None:
    assert not {field.key for field in FIELDS} & set(attributes())


@pytest.mark.parametrize(
    ("header", "keys", "unit"),
    [
        ("Artikelnummer", ("sku",), None),
        ("物料号", ("sku",), None),
        ("Price (EUR)", ("price:EUR",), None),
        ("Preis EUR", ("price:EUR",), None),
        ("Gewicht [g]", ("mass_kg",), "GRM"),
        ("Werkzeuglänge (in)", ("mould_length",), "INH"),
        ("Titel (Deutsch)", ("title:de",), None),
        ("title_zh-Hant", ("title:zh-Hant",), None),
        ("PRICE:eur:1000", ("price:EUR:1000",), None),
        ("Mould height", ("mould_height", "mould_height_range"), None),
    ],
)
def test_foreign_headers(header: str, keys: tuple[str, ...], unit: str | None) -> None:
    found = recognise(header)
    assert found is not None and (found.keys, found.unit) == (keys, unit)


def test_what_is_no_column_is_none() -> None:
    for header in ("Farbe", "", "price:XXX", "title:tlh", "price:EUR:-5", "mould_length:de", "a" * 5000, "[]", "price"):
        assert recognise(header) is None, header
    assert canonical("title:DE") == "title:de"


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("8 in", "8", "INH"),
        ('8"', "8", "INH"),
        ("203,2 mm", "203.2", "MMT"),
        ("1.234,5", "1234.5", None),
        ("1,234.5", "1234.5", None),
        ("1 234,5 kg", "1234.5", "KGM"),
        ("١٢٫٥", "12.5", None),
        ("１２．５ｍｍ", "12.5", "MMT"),
        ("-5", "-5", None),
        ("2.5E-3 m", "0.0025", "MTR"),
        ("12 毫米", "12", "MMT"),
    ],
)
def test_numbers_as_people_write_them(text: str, number: str, unit: str | None) -> None:
    found, named = values.quantity_of(text)
    assert (found, named) == (Decimal(number), unit)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1,234", "ambiguous-number"),
        ("5 furlongs", "unknown-unit"),
        ("many", "not-a-number"),
        ("", "not-a-number"),
        ("NaN", "not-a-number"),
        ("1e999999", "unknown-unit"),
        ("1" * 200, "not-a-number"),
    ],
)
def test_numbers_that_are_none(text: str, code: str) -> None:
    with pytest.raises(CellRefused) as refused:
        number, _ = values.quantity_of(text)
        values.decimal_of(format(number, "f"))
    assert refused.value.code == code


@pytest.mark.parametrize("locale", LOCALES)
def test_names_stand_for_codes_in_every_language(locale: str) -> None:
    looked = 0
    for code, category in categories().items():
        assert values.category_names()[values.folded(category.names[locale])] == code
        looked += 1
    assert values.country_of({"de": "Deutschland", "ja": "ドイツ"}.get(locale, "DE")) == "DE"
    assert looked > 70


def test_price_steps() -> None:
    steps = steps_in({"prices:EUR": "1: 12,50; ≥100 = 9.80 €", "price:EUR:1000": "8"}, "EUR", Decimal(1))
    assert [(one["min_quantity"], one["price_minor"]) for one in steps] == [(1, 1250), (100, 980), (1000, 800)]
    assert steps_in({"price:JPY": "1200 ¥"}, "JPY", Decimal(5))[0] == {
        "currency": "JPY", "min_quantity": Decimal(5), "price_minor": 1200,
    }  # fmt: skip
    for wrong in ("1.005", "1: 2: 3", "cheap"):
        with pytest.raises(CellRefused):
            steps_in({"prices:EUR": wrong}, "EUR", Decimal(1))


@pytest.mark.parametrize(
    "text", ["=1+1", "+49 2351", "-x", "@SUM(A1)", "'=1", "''@x", "plain", "'quoted'", "-5", "+3.5", "\tx"]
)
def test_nothing_that_we_write_is_a_formula_and_it_comes_back(text: str) -> None:
    cell = escaped(text)
    assert cell[0] not in "=@\t" and (cell[0] not in "+-" or cell.lstrip("+-").replace(".", "").isdigit())
    assert unescaped([cell]) == [text]


async def test_a_german_list_is_understood(market: Market) -> None:
    seller = await supplier(market, locale="de")
    length = next(code for code in row() if code in attributes() and attributes()[code].unit == "MMT")
    english, german = row(), {}
    names = {
        "code": "Produkt", "sku": "Artikel-Nr.", "category": "Warengruppe", "title:de": "Bezeichnung",
        "lead_time_days": "Lieferzeit",
        "prices:EUR": "Preis EUR", "origin_country": "Ursprungsland", "mass_kg": "Gewicht (g)", "hs_code": "Zolltarifnummer",
        "unit": "Mengeneinheit", "minimum_order_quantity": "Mindestmenge", "state": "Status",
    }  # fmt: skip
    for key, cell in english.items():
        base = key.partition(":")[0]
        if key in names:
            german[names[key]] = cell
        elif base in attributes() and key == base:
            definition = attributes()[key]
            german[definition.names["de"]] = definition.values[cell]["de"] if definition.kind == "enum" else cell
    german |= {
        "Warengruppe": categories()[english["category"]].names["de"], "Lieferzeit": "2 Wochen",
        "Preis EUR": "10: 4,20; 100: 3,50",
        "Ursprungsland": "Deutschland", "Gewicht (g)": "22,2", "Zolltarifnummer": "8480.79", "Mengeneinheit": "Stück",
        attributes()[length].names["de"]: "8 in", "Status": "published", "Farbe": "rot",
    }  # fmt: skip
    german.pop(attributes()[length].names["de"])
    german[f"{attributes()[length].names['de']} (in)"] = "8"
    content = csv_bytes([german], delimiter=";", encoding="cp1252")
    done = await imported(market, seller, content)
    found = await findings(seller, done)
    assert done["products_created"] == 1, codes(found)
    assert codes(found) == [(0, "Farbe", "unknown-column")]
    product = (await seller.get("/v1/products")).json()["items"][0]
    assert (product["source_locale"], product["title"]["text"]) == ("de", english["title:de"])
    assert product["attributes"][length] == "203.2"
    variant = product["variants"][0]
    assert (variant["lead_time_days"], variant["mass_kg"], variant["hs_code"], variant["unit"]) == (
        14, "0.0222", "848079", "H87",
    )  # fmt: skip


async def test_what_a_supplier_says_of_his_columns_is_remembered(market: Market) -> None:
    seller = await supplier(market)
    other = await supplier(market)
    headers = ["Mein Schlüssel" if key == "sku" else "Dauer" if key == "lead_time_days" else key for key in row()]
    content = csv_bytes([row()], headers=headers)
    failed = await imported(market, seller, content)
    assert (failed["state"]["code"], failed["failure"]["code"]) == ("failed", "no-sku-column")
    assert [one["header"] for one in failed["columns"] if one["how"] == "unknown"] == ["Mein Schlüssel", "Dauer"]
    path = f"/v1/listing-imports/{failed['id']}"
    etag = {"If-Match": (await seller.get(path)).headers["ETag"]}
    said = {"columns": {"Mein Schlüssel": "sku", "Dauer": "lead_time_days"}}
    wrong = await seller.put(f"{path}/mapping", json={"columns": {"Dauer": "nonsense", "Foo": None}}, headers=etag)
    assert wrong.status_code == 422
    assert [one["code"] for one in wrong.json()["errors"]] == ["unknown-column", "unknown-header"]
    assert (await seller.put(f"{path}/mapping", json=said)).status_code == 428
    mapped = await seller.put(f"{path}/mapping", json=said, headers=etag)
    assert mapped.status_code == 200, mapped.text
    assert [one["fields"] for one in mapped.json()["columns"] if one["how"] == "mapped"] == [
        ["sku"],
        ["lead_time_days"],
    ]
    assert (await seller.put(f"{path}/mapping", json=said, headers=etag)).status_code == 412
    # Another file with the same headers, differently written.
    again = await imported(market, seller, csv_bytes([row()], headers=headers, delimiter="\t"))
    assert again["products_created"] == 1, await findings(seller, again)
    assert (await imported(market, other, content))["state"]["code"] == "failed"


async def test_nobody_maps_before_the_columns_are_known(market: Market) -> None:
    seller = await supplier(market)
    waiting = (await started(market, seller, csv_bytes([row()]))).json()
    answer = await seller.put(
        f"/v1/listing-imports/{waiting['id']}/mapping", json={"columns": {"sku": None}}, headers={"If-Match": "*"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "import-without-columns")
