"""Files of listings as suppliers send them, and what becomes of them."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import httpx

from app.catalog.definitions import AttributeKind, attributes, categories
from tests.market import Caller, Market, Member
from tests.rooms.catalog.test_listings import LEAF, valid_attributes
from tests.rooms.documents.uploads import ready

COMMON = {
    "code": "ejector-pin",
    "category": LEAF,
    "source_locale": "en",
    "state": "published",
    "title:en": "Ejector pin DIN 1530 A, hardened",
    "title:de": "Auswerferstift DIN 1530 A, gehärtet",
    "sku": "EP-6X100",
    "label": "Ø6 × 100",
    "unit": "H87",
    "minimum_order_quantity": "10",
    "lead_time_days": "5",
    "made_to_order": "no",
    "mass_kg": "0.0222",
    "length_mm": "100",
    "hs_code": "848079",
    "origin_country": "DE",
    "prices:EUR": "10: 4.20; 100: 3.50",
}


def attribute_cells(category: str = LEAF) -> dict[str, str]:
    """A valid cell for every attribute of a category."""
    cells: dict[str, str] = {}
    for code, value in valid_attributes(category).items():
        match attributes()[code].kind:
            case AttributeKind.RANGE:
                cells[code] = f"{value['minimum']} – {value['maximum']}"
            case AttributeKind.BOOLEAN:
                cells[code] = "yes"
            case AttributeKind.TEXT:
                cells[f"{code}:en"] = value["en"]
            case _:
                cells[code] = value
    return cells


def row(**cells: str) -> dict[str, str]:
    """One complete row; `title_en` stands for `title:en`."""
    given = {name.replace("__", ":"): cell for name, cell in cells.items()}
    return {**COMMON, **attribute_cells(), **given}


def csv_bytes(
    rows: Sequence[dict[str, str]], *, delimiter: str = ",", encoding: str = "utf-8", headers: Sequence[str] = ()
) -> bytes:
    """Rows as a CSV file; the columns are those of the first row."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    keys = list(rows[0])
    writer.writerow(headers or keys)
    writer.writerows([one.get(key, "") for key in keys] for one in rows)
    return text.getvalue().encode(encoding)


async def started(
    market: Market, caller: Caller, content: bytes, name: str = "list.csv", **form: Any
) -> httpx.Response:
    """Upload a file and ask for its import."""
    document_id = await ready(market, caller, content, name)
    return await caller.post("/v1/listing-imports", json={"document_id": document_id, **form})


async def imported(
    market: Market, caller: Caller, content: bytes, name: str = "list.csv", **form: Any
) -> dict[str, Any]:
    """Upload a file, import it, and give what the import says when nothing is left to do."""
    answer = await started(market, caller, content, name, **form)
    assert answer.status_code == 202, answer.text
    await market.work()
    return dict((await caller.get(f"/v1/listing-imports/{answer.json()['id']}")).json())


async def findings(caller: Caller, one: dict[str, Any], locale: str = "en") -> list[dict[str, Any]]:
    """What an import found."""
    path = f"/v1/listing-imports/{one['id']}/findings?limit=100"
    answer = await caller.get(path, headers={"Accept-Language": locale})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def codes(found: Sequence[dict[str, Any]]) -> list[tuple[int, str, str]]:
    """(row, column, code) of findings."""
    return [(one["row"], one["column"], one["code"]) for one in found]


async def supplier(market: Market, **options: Any) -> Member:
    """Somebody who keeps a supplier's catalogue."""
    return await market.people("supplier", **options)


def leaves() -> list[str]:
    """Categories that listings may be in."""
    return [code for code, one in categories().items() if one.is_leaf]
