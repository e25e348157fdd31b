"""Stock is never sold twice, and never left unsold either; wishes for the same things cannot wait for each other."""

import asyncio
import random
from typing import Any

import httpx

from tests.concurrency.racing import Owner
from tests.concurrency.racing_stock import Selling, race_reservations
from tests.market import Market, Member
from tests.rooms.warehousing.stock import item, made, move, received, stocked, store
from tests.rooms.warehousing.test_moves import verified

BUYERS, STOCK, ROUNDS = 24, 10, 3


async def test_exactly_what_is_there_is_held(market: Market, owner: Owner) -> None:
    _, one = await stocked(market, str(STOCK))
    buyers = [await market.people("buyer") for _ in range(BUYERS)]
    outcome = Selling()
    for turn in range(ROUNDS):
        await race_reservations(outcome, buyers, one["id"], STOCK, owner, turn=turn)
    assert outcome.wrong == []
    assert outcome.answers == {201: STOCK * ROUNDS, 409: (BUYERS - STOCK) * ROUNDS}
    assert outcome.codes["stock-short"] == (BUYERS - STOCK) * ROUNDS
    assert await verified(market) == []


async def test_wishes_for_the_same_things_in_any_order_and_moves_between_them(market: Market) -> None:
    """Ten items in two warehouses, wanted three at a time in random order while the keeper moves and counts them: nobody is
    refused by a deadlock."""
    keeper = await market.people("supplier")
    places = [await store(keeper, code=code) for code in ("A", "B")]
    items = [await item(keeper, f"EP-{number}") for number in range(10)]
    for at in places:
        await move(keeper, *(received(at, one["id"], "60") for one in items))
    buyers = [await market.people("buyer") for _ in range(8)]
    luck = random.Random(3)

    async def wish(buyer: Member) -> httpx.Response:
        lines = [{"item_id": one["id"], "quantity": "1"} for one in luck.sample(items, 3)]
        return await buyer.post("/v1/reservations", json={"lines": lines, "split": luck.random() < 0.5})

    async def shift() -> httpx.Response:
        moves: list[dict[str, Any]] = []
        for one in luck.sample(items, 3):
            here = luck.choice(places)
            codes = ["STOR-01", "DISP-01"]
            luck.shuffle(codes)
            moves.append({"item_id": one["id"], "quantity": "1", "origin": {"bin_id": here.bins[codes[0]]},
                          "target": {"bin_id": here.bins[codes[1]]}, "reason": "transfer"})  # fmt: skip
        return await keeper.post("/v1/stock-moves", json={"moves": moves})

    answers = await asyncio.gather(*(shift() if number % 3 == 0 else wish(buyers[number % 8]) for number in range(90)))
    wishes = [answer for number, answer in enumerate(answers) if number % 3]
    assert {answer.status_code for answer in wishes} == {201}, [
        answer.text for answer in wishes if answer.status_code != 201
    ]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"move-refused"}
    assert await verified(market) == []


async def test_two_picks_of_one_line_and_its_release(market: Market) -> None:
    """Whoever comes first has it: a piece is picked once or released, never both."""
    at, one = await stocked(market)
    buyer = await market.people("buyer")
    for _ in range(5):
        form = {"lines": [{"item_id": one["id"], "quantity": "1"}]}
        reservation = await made(buyer, "/v1/reservations", form)
        pick = {"item_id": one["id"], "quantity": "1", "origin": {"bin_id": at.bins["STOR-01"]},
                "target": {"bin_id": at.bins["PACK-01"]}, "reason": "pick",
                "reservation_line_id": reservation["lines"][0]["id"]}  # fmt: skip
        first, second, released = await asyncio.gather(
            at.keeper.post("/v1/stock-moves", json={"moves": [pick]}),
            at.keeper.post("/v1/stock-moves", json={"moves": [pick]}),
            buyer.post(f"/v1/reservations/{reservation['id']}/release"),
        )
        done = [answer.status_code for answer in (first, second)].count(201)
        assert {first.status_code, second.status_code} <= {201, 409}
        assert (done, released.status_code) in ((1, 409), (0, 200)), (first.text, second.text, released.text)
    assert await verified(market) == []
