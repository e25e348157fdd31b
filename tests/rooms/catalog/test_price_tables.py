"""The lines of a price list as a table: written, read in again, and refused row by row."""

import psycopg
import pytest

from app.catalog.pricing.usecases.import_lines import COLUMNS
from tests.market import Market, Member
from tests.rooms.catalog.prices import LISTS, discount, drafted, line_for, listed
from tests.rooms.catalog.test_listings import LEAF

Owner = psycopg.Connection[tuple[object, ...]]
HEADER = ",".join(COLUMNS)


async def _put(seller: Member, price_list: str, rows: list[str], **params: str) -> dict[str, object]:
    answer = await seller.put(
        f"{LISTS}/{price_list}/lines.csv",
        content="\n".join([HEADER, *rows]).encode(),
        params=params,
        headers={"If-Match": "*", "Content-Type": "text/csv"},
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def _lines(seller: Member, price_list: str) -> list[tuple[str, str | None, str, int | None, int | None]]:
    found = (await seller.get(f"{LISTS}/{price_list}/lines", params={"limit": 100})).json()["items"]
    return [
        (row["scope"]["code"], row["sku"], row["min_quantity"], row["price_minor"], row["discount_bp"]) for row in found
    ]


async def test_what_was_written_can_be_read_in_again(market: Market) -> None:
    seller, buyer = await market.people("supplier"), await market.people("buyer")
    _, variant_id = await listed(market, seller, sku="=EP-6X100")
    lines = [line_for(variant_id, 1234567), line_for(variant_id, 99, "12.5"), discount(1250, LEAF), discount(5)]
    first = await drafted(market, seller, [buyer], lines)
    second = await drafted(market, seller, [buyer], [], code="second")
    answer = await seller.get(f"{LISTS}/{first['id']}/lines.csv")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store")
    text = answer.content.decode("utf-8-sig")
    assert text.splitlines() == [
        HEADER, "variant,'=EP-6X100,,1,12345.67,", "variant,'=EP-6X100,,12.5,0.99,", f"category,,{LEAF},1,,12.5",
        "range,,,1,,0.05",
    ]  # fmt: skip
    assert await _put(seller, second["id"], text.splitlines()[1:]) == {"lines": 4, "saved": True, "errors": []}
    assert await _lines(seller, second["id"]) == await _lines(seller, first["id"])
    assert len(await _lines(seller, second["id"])) == 4


async def test_a_dry_run_and_a_wrong_row_save_nothing(market: Market) -> None:
    seller, buyer = await market.people("supplier"), await market.people("buyer")
    await listed(market, seller)
    draft = await drafted(market, seller, [buyer], [discount(700)])
    before = await _lines(seller, draft["id"])
    good = ["variant,EP-6X100,,1,3.99,"]
    assert await _put(seller, draft["id"], good, dry_run="true") == {"lines": 1, "saved": False, "errors": []}
    rows = ["variant,NONE,,1,3.99,", *good, "", "variant,EP-6X100,,1,4.00,", "range,,,1,,100", "category,,nowhere,1,,5",
            "variant,EP-6X100,,10,3.999,", "thing,,,1,,", "range,EP-6X100,,1,,5", "range,,,x,,5"]  # fmt: skip
    found = await _put(seller, draft["id"], rows)
    assert (found["lines"], found["saved"]) == (1, False)
    errors = found["errors"]
    assert isinstance(errors, list) and all(error["detail"] for error in errors)
    assert [(error["row"], error["column"], error["code"]) for error in errors] == [
        (2, "sku", "unknown-variant"), (5, "min_quantity", "line-twice"), (6, "discount_percent", "out-of-range"),
        (7, "category", "unknown-category"), (8, "price", "out-of-range"), (9, "scope", "unknown-scope"),
        (10, "sku", "not-for-this-scope"), (11, "min_quantity", "not-a-number"),
    ]  # fmt: skip
    assert await _lines(seller, draft["id"]) == before


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", HEADER.encode() + b"\nrange,\x00,,1,,5\n"])
async def test_what_is_no_such_table_is_refused(market: Market, owner: Owner, content: bytes) -> None:
    seller = await market.people("supplier")
    draft = await drafted(market, seller, [], [discount(700)])
    headers = {"If-Match": "*", "Content-Type": "text/csv"}
    answer = await seller.put(f"{LISTS}/{draft['id']}/lines.csv", content=content, headers=headers)
    assert answer.status_code == 422, answer.text
    assert owner.execute("SELECT count(*), min(version) FROM price_lists JOIN price_list_lines ON list_id = price_lists.id"
                         ).fetchone() == (1, 1)  # fmt: skip


async def test_a_long_list_is_streamed_whole(market: Market) -> None:
    seller = await market.people("supplier")
    draft = await drafted(market, seller, [], [])
    rows = [f"range,,,{number},,{1 + number % 90}" for number in range(1, 2302)]
    assert (await _put(seller, draft["id"], rows))["saved"] is True
    text = (await seller.get(f"{LISTS}/{draft['id']}/lines.csv")).text.lstrip("\ufeff")
    assert text.splitlines() == [HEADER, *rows]
    over = [f"range,,,{number},,1" for number in range(1, 5002)]
    answer = await seller.put(
        f"{LISTS}/{draft['id']}/lines.csv",
        content="\n".join([HEADER, *over]).encode(),
        headers={"If-Match": "*", "Content-Type": "text/csv"},
    )
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "too-many-lines")
