"""Lists of this room are bounded, and ask as often for many entries as for few."""

import pytest

from tests.market import Market
from tests.rooms.warehousing.stock import item, made, move, received, store
from tests.statements import count_statements


@pytest.mark.parametrize(
    "path", ["/v1/warehouses", "/v1/stock-items", "/v1/stock", "/v1/stock-moves", "/v1/reservations"]
)
async def test_lists_take_as_many_statements_for_twenty_as_for_one(market: Market, path: str) -> None:
    keeper = await market.people("supplier")
    first = await store(keeper)

    async def another(number: int) -> None:
        at = await store(keeper, code=f"W-{number}")
        one = await item(keeper, f"EP-{number}", tracking="lot")
        lot = {"code": f"L-{number}"}
        await move(keeper, received(at, one["id"], "5", lot=lot))
        await made(keeper, "/v1/reservations", {"lines": [{"item_id": one["id"], "quantity": "1"}]})

    async def asked() -> tuple[int, int]:
        with count_statements(market.db) as seen:
            answer = await keeper.get(f"{path}?limit=100")
        assert answer.status_code == 200, answer.text
        return len(seen), len(answer.json()["items"])

    assert first.bins
    await another(0)
    few, rows = await asked()
    assert rows >= 1
    for number in range(1, 20):
        await another(number)
    many, rows = await asked()
    assert rows >= 20
    assert many == few
    pages = await keeper.get(f"{path}?limit=7")
    assert len(pages.json()["items"]) == 7 and 'rel="next"' in pages.headers["Link"]


@pytest.mark.parametrize("part", ["zones", "bins"])
async def test_parts_of_a_warehouse_take_as_many_statements_too(market: Market, part: str) -> None:
    at = await store(await market.people("supplier"))

    async def asked() -> tuple[int, int]:
        with count_statements(market.db) as seen:
            answer = await at.keeper.get(f"/v1/warehouses/{at.id}/{part}?limit=100")
        return len(seen), len(answer.json()["items"])

    few, rows = await asked()
    assert rows == 7
    for number in range(20):
        await made(at.keeper, f"/v1/warehouses/{at.id}/zones", {"code": f"Z-{number:02}", "purpose": "storage"})
    await made(
        at.keeper, f"/v1/warehouses/{at.id}/bins", {"bins": [{"zone": "STOR", "code": f"B-{n:02}"} for n in range(20)]}
    )
    assert await asked() == (few, 27)


async def test_bins_are_paged_by_code(market: Market) -> None:
    at = await store(await market.people("supplier"))
    path = f"/v1/warehouses/{at.id}/bins?limit=3"
    codes: list[str] = []
    while path:
        answer = await at.keeper.get(path)
        codes += [one["code"] for one in answer.json()["items"]]
        path = answer.headers.get("link", "").partition("<")[2].partition(">")[0]
    assert codes == sorted(at.bins) and len(codes) == 7
