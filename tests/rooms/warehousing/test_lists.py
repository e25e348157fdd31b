"""Lists of this room are paged."""

from tests.market import Market
from tests.rooms.warehousing.stock import store


async def test_bins_are_paged_by_code(market: Market) -> None:
    at = await store(await market.people("supplier"))
    path = f"/v1/warehouses/{at.id}/bins?limit=3"
    codes: list[str] = []
    while path:
        answer = await at.keeper.get(path)
        codes += [one["code"] for one in answer.json()["items"]]
        path = answer.headers.get("link", "").partition("<")[2].partition(">")[0]
    assert codes == sorted(at.bins) and len(codes) == 7
