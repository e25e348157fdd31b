"""Two storemen do the same thing at once, and many pack at once: each thing happens once, each number is given once."""

import asyncio
from typing import Any

from tests.market import Market
from tests.rooms.warehousing.outgoing import MEASURED, ordered, package, parts, proved, wave
from tests.rooms.warehousing.stock import counted, stocked

PACKERS = 20


async def test_goods_go_out_once(market: Market) -> None:
    at, one = await stocked(market, "60", mass_kg="0.2")
    keeper, buyer = at.keeper, await market.people("buyer")
    reservation = await ordered(market, buyer, (one["id"], "30"))

    async def together(path: str, form: dict[str, Any] | None = None, times: int = 2) -> list[Any]:
        return list(await asyncio.gather(*(keeper.post(path, json=form) for _ in range(times))))

    # The same line is put into one wave, and picked once.
    waves = await together(f"/v1/warehouses/{at.id}/waves", {"reservation_ids": [str(reservation)]}, 6)
    assert sorted(answer.status_code for answer in waves) == [201, *[409] * 5]
    found = next(answer.json() for answer in waves if answer.status_code == 201)
    picks = await together(f"/v1/waves/{found['id']}/picks", {})
    assert sorted(answer.status_code for answer in picks) == [200, 409]
    assert await counted(keeper, one["id"]) == ("60", "0", "30")
    done = (await keeper.get(f"/v1/waves/{found['id']}")).json()

    settings = {"gs1_prefix": "952123456789"}
    assert (await keeper.put("/v1/packing-settings", json=settings, headers={"If-Match": "*"})).status_code == 200
    # More want to pack than there is: what is there is packed, once, and every package has a number of its own.
    content = [{"pick_line_id": parts(done)[0]["id"], "quantity": "2"}]
    form = {"organization_id": str(buyer.firm.id), "type": "CT", "contents": content, **MEASURED}
    answers = await together(f"/v1/warehouses/{at.id}/packages", form, PACKERS)
    packed = [answer.json() for answer in answers if answer.status_code == 201]
    assert len(packed) == 15
    assert {answer.json()["code"] for answer in answers if answer.status_code != 201} == {"packed-too-much"}
    assert len({row["sscc"] for row in packed}) == len({row["number"] for row in packed}) == 15

    closings = await together(f"/v1/packages/{packed[0]['id']}/closing")
    assert [answer.status_code for answer in closings] == [200, 200]
    assert closings[0].json()["version"] == closings[1].json()["version"] == packed[0]["version"] + 1
    leaving = await together(f"/v1/warehouses/{at.id}/dispatches", {"package_ids": [packed[0]["id"]]})
    assert sorted(answer.status_code for answer in leaving) == [201, 409]
    sent = next(answer.json() for answer in leaving if answer.status_code == 201)
    back = {"reason": "surplus", "lines": [{"content_id": packed[0]["contents"][0]["id"], "quantity": "2"}]}
    returns = await together(f"/v1/dispatches/{sent['id']}/returns", back)
    assert sorted(answer.status_code for answer in returns) == [201, 409]
    came = next(answer.json() for answer in returns if answer.status_code == 201)
    receipts = await together(f"/v1/goods-returns/{came['id']}/receipt", {})
    assert sorted(answer.status_code for answer in receipts) == [200, 409]
    assert await proved(market) == []


async def test_what_goes_into_one_another_never_goes_round(market: Market) -> None:
    """Three packages are put into one another in a ring, all at once: one at least is refused, and nobody waits for ever."""
    at, one = await stocked(market, "9")
    buyer = await market.people("buyer")
    await ordered(market, buyer, (one["id"], "9"))
    done = await wave(at, picked=True)
    ring = [await package(at, done, "1") for _ in range(3)]

    async def put(what: int) -> Any:
        form = {"parent_id": ring[(what + 1) % 3]["id"]}
        return await at.keeper.patch(f"/v1/packages/{ring[what]['id']}", json=form, headers={"If-Match": "*"})

    for _ in range(2):
        answers = await asyncio.gather(*(put(number) for number in range(3)))
        assert {answer.status_code for answer in answers} <= {200, 422}, [answer.text for answer in answers]
        assert 422 in {answer.status_code for answer in answers}
        for row in ring:
            await at.keeper.patch(f"/v1/packages/{row['id']}", json={"parent_id": None}, headers={"If-Match": "*"})
    assert await proved(market) == []
