"""Stock that is held: for whom, by which rule, how long, and what becomes of it."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.kit.actor import Actor, Permission
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.jobs import Runtime
from app.kit.outbox import OutboxEvent
from app.warehousing import routes
from app.warehousing.errors import StockShort
from app.warehousing.events import BackorderFilled
from app.warehousing.jobs import expire_reservations
from app.warehousing.usecases.reserve_stock import Wanted, release_stock, reserve_stock
from tests.market import Market, Member
from tests.rooms.warehousing.stock import Store, counted, item, look, made, move, received, stocked, store
from tests.rooms.warehousing.test_moves import between, verified


async def held(who: Member, *lines: tuple[str, str], **more: Any) -> dict[str, Any]:
    form = {"lines": [{"item_id": item_id, "quantity": quantity} for item_id, quantity in lines], **more}
    return await made(who, "/v1/reservations", form)


async def refused(who: Member, *lines: tuple[str, str], **more: Any) -> list[dict[str, Any]]:
    form = {"lines": [{"item_id": item_id, "quantity": quantity} for item_id, quantity in lines], **more}
    answer = await who.post("/v1/reservations", json=form)
    assert (answer.status_code, answer.json()["code"]) == (409, "stock-short"), answer.text
    return list(answer.json()["errors"])


def places(reservation: dict[str, Any]) -> dict[str, Decimal]:
    """How much comes from which warehouse."""
    found: dict[str, Decimal] = {}
    for line in reservation["lines"]:
        found[line["warehouse_id"]] = found.get(line["warehouse_id"], Decimal(0)) + Decimal(line["quantity"])
    return found


async def test_what_is_held_is_not_sold_twice(market: Market) -> None:
    at, one = await stocked(market)
    buyer, other = await market.people("buyer"), await market.people("buyer")
    first = await held(buyer, (one["id"], "7"))
    assert (first["state"]["code"], first["lines"][0]["quantity"]) == ("held", "7.000")
    errors = await refused(other, (one["id"], "4"), split=True)
    assert [(error["pointer"], error["code"]) for error in errors] == [("/lines/0/quantity", "stock-short")]
    assert errors[0]["detail"] == "Only 3 are available."
    assert (await refused(other, (one["id"], "4")))[0]["detail"] == "Only 3 are available."
    await held(other, (one["id"], "3"))
    assert await counted(at.keeper, one["id"]) == ("10", "10", "0")
    # What is held does not leave for anybody else.
    out = {"item_id": one["id"], "quantity": "1", "origin": {"bin_id": at.bins["STOR-01"]},
           "target": {"outside": "customer"}, "reason": "dispatch"}  # fmt: skip
    answer = await at.keeper.post("/v1/stock-moves", json={"moves": [out]})
    assert answer.json()["errors"][0]["code"] == "not-enough"
    released = await buyer.post(f"/v1/reservations/{first['id']}/release")
    assert released.json()["state"]["code"] == "released"
    assert (await buyer.post(f"/v1/reservations/{first['id']}/release")).status_code == 200
    assert await counted(at.keeper, one["id"]) == ("10", "3", "7")
    assert await verified(market) == []


async def test_a_reservation_is_its_holders_own(market: Market) -> None:
    at, one = await stocked(market)
    buyer, stranger = await market.people("buyer"), await market.people("buyer")
    found = await held(buyer, (one["id"], "2"))
    assert (await stranger.get(f"/v1/reservations/{found['id']}")).status_code == 404
    assert (await stranger.post(f"/v1/reservations/{found['id']}/release")).status_code == 404
    assert (await at.keeper.get(f"/v1/reservations/{found['id']}")).status_code == 404
    assert (await stranger.get("/v1/reservations")).json()["items"] == []
    assert [one["id"] for one in (await buyer.get("/v1/reservations?state=held")).json()["items"]] == [found["id"]]
    assert await counted(at.keeper, one["id"]) == ("10", "2", "8")


async def test_what_is_not_offered_is_its_owners_alone(market: Market) -> None:
    at, one = await stocked(market, offered=False)
    await refused(await market.people("buyer"), (one["id"], "1"))
    await held(at.keeper, (one["id"], "1"))
    path = f"/v1/warehouses/{at.id}"
    await at.keeper.patch(f"/v1/stock-items/{one['id']}", json={"offered": True}, headers={"If-Match": "*"})
    assert (await at.keeper.patch(path, json={"offers": False}, headers={"If-Match": "*"})).status_code == 200
    await refused(await market.people("buyer"), (one["id"], "1"))
    assert (await at.keeper.patch(path, json={"offers": True}, headers={"If-Match": "*"})).status_code == 200
    await held(await market.people("buyer"), (one["id"], "9"))


async def test_time_runs_out(market: Market) -> None:
    at, one = await stocked(market)
    buyer, other = await market.people("buyer"), await market.people("buyer")
    first = await held(buyer, (one["id"], "10"), minutes=5)
    await refused(other, (one["id"], "1"))
    market.move_clock(minutes=6)
    # Whoever asks finds what nobody holds any longer, even before the sweep.
    await held(other, (one["id"], "6"))
    await expire_reservations(Runtime(market.settings, market.db, market.clock))
    assert (await buyer.get(f"/v1/reservations/{first['id']}")).json()["state"]["code"] == "expired"
    late = await buyer.post(f"/v1/reservations/{first['id']}/release")
    assert (late.status_code, late.json()["code"]) == (409, "reservation-ended")
    assert await counted(at.keeper, one["id"]) == ("10", "6", "4")
    assert await verified(market) == []


async def _two_stores(market: Market) -> tuple[Member, Store, Store, dict[str, Any], dict[str, Any]]:
    """Hamburg has 5 pins and 2 bushes, Munich 8 pins; Hamburg comes first and is dear."""
    keeper = await market.people("supplier")
    hamburg = await store(keeper, code="HH", priority=10, handling_fee_minor=900,
                          position={"latitude": "53.55", "longitude": "9.99"})  # fmt: skip
    munich = await store(keeper, code="M", priority=20, handling_fee_minor=300,
                         position={"latitude": "48.14", "longitude": "11.58"})  # fmt: skip
    pin, bush = await item(keeper, "PIN"), await item(keeper, "BUSH")
    await move(
        keeper, received(hamburg, pin["id"], "5"), received(hamburg, bush["id"], "2"), received(munich, pin["id"], "8")
    )
    return keeper, hamburg, munich, pin, bush


async def test_rules_of_allocation(market: Market) -> None:
    keeper, hamburg, munich, pin, bush = await _two_stores(market)
    buyer = await market.people("buyer")

    async def tried(*lines: tuple[str, str], **more: Any) -> dict[str, Decimal]:
        found = await held(buyer, *lines, **more)
        await buyer.post(f"/v1/reservations/{found['id']}/release")
        return places(found)

    assert await tried((pin["id"], "3")) == {hamburg.id: 3}
    assert await tried((pin["id"], "3"), rule="cheapest") == {munich.id: 3}
    vienna = {"latitude": "48.21", "longitude": "16.37"}
    assert await tried((pin["id"], "3"), rule="nearest", destination=vienna) == {munich.id: 3}
    kiel = {"latitude": "54.32", "longitude": "10.14"}
    assert await tried((pin["id"], "3"), rule="nearest", destination=kiel) == {hamburg.id: 3}
    # Without splitting all comes from one place, wherever that is.
    assert await tried((pin["id"], "6")) == {munich.id: 6}
    assert [error["detail"] for error in await refused(buyer, (pin["id"], "9"))] != []
    assert await tried((pin["id"], "9"), split=True) == {hamburg.id: 5, munich.id: 4}
    assert await tried((pin["id"], "6"), (bush["id"], "1"), split=True) == {hamburg.id: 6, munich.id: 1}
    assert await tried((pin["id"], "6"), rule="single_shipment", split=True) == {munich.id: 6}
    await refused(buyer, (pin["id"], "6"), (bush["id"], "1"))
    # The same item twice is one wish.
    assert await tried((pin["id"], "2"), (pin["id"], "2")) == {hamburg.id: 4}
    assert await counted(keeper, pin["id"]) == ("13", "0", "13")
    assert await verified(market) == []


async def test_half_a_piece_is_not_held_and_half_a_kilogram_is(market: Market) -> None:
    keeper = await market.people("supplier")
    at = await store(keeper)
    pin, grease = await item(keeper, "PIN"), await item(keeper, "G", unit="KGM")
    await move(keeper, received(at, pin["id"], "5"), received(at, grease["id"], "5"))
    buyer = await market.people("buyer")
    lines = [{"item_id": grease["id"], "quantity": "0.5"}, {"item_id": pin["id"], "quantity": "0.5"}]
    answer = await buyer.post("/v1/reservations", json={"lines": lines})
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [("/lines/1/quantity", "not-whole")]
    await held(buyer, (grease["id"], "0.5"))
    # Two halves are a whole.
    await held(buyer, (pin["id"], "0.5"), (pin["id"], "0.5"))


async def test_the_short_way_chooses_what_the_long_one_would(market: Market) -> None:
    """One item by priority is held by shorter statements; with the warehouses named, by the long one."""
    luck = random.Random(11)
    keeper = await market.people("supplier")
    places_ = [await store(keeper, code=code, priority=priority) for code, priority in (("A", 2), ("B", 1), ("C", 1))]
    for at in places_:
        await made(keeper, f"/v1/warehouses/{at.id}/bins", {"bins": [{"zone": "STOR", "code": "STOR-02"}]})
        await look(at)
    grease = await item(keeper, "G", tracking="lot", expires=True, unit="KGM")
    today = market.clock.now().date()
    for number in range(16):
        # What lies ready to be sent is held by neither.
        at, code = luck.choice(places_), luck.choice(("STOR-01", "STOR-02", "DISP-01"))
        lot = {"code": f"L{number}", "expires_on": (today + timedelta(days=luck.randint(5, 9))).isoformat()}
        await move(keeper, received(at, grease["id"], str(luck.randint(1, 6)), code=code, lot=lot))
    actor = Actor(keeper.firm.id, frozenset(Permission), frozenset({"supplier"}), person_id=keeper.person_id)
    both = 0
    for _ in range(25):
        lines, split = [(UUID(grease["id"]), Decimal(luck.randint(1, 9)))], luck.random() < 0.5
        found = []
        for warehouses in (None, [UUID(at.id) for at in places_]):
            wanted = Wanted(("test", new_id()), lines, split=split, warehouse_ids=warehouses)
            async with market.db.transaction() as session:
                await act_for(session, keeper.firm.id, person_id=keeper.person_id)
                try:
                    reservation_id, chosen = await reserve_stock(session, actor, wanted)
                except StockShort:
                    found.append(None)
                    continue
                found.append({(one.held_balance_id, one.held_lot_id, one.held) for one in chosen})
                assert await release_stock(session, reservation_id)
        assert found[0] == found[1]
        both += found[0] is not None
    assert both > 10
    assert await verified(market) == []


async def test_what_expires_first_goes_first_and_what_has_expired_stays(market: Market) -> None:
    keeper = await market.people("supplier")
    at = await store(keeper)
    grease = await item(keeper, "G", tracking="lot", expires=True, unit="KGM")
    today = market.clock.now().date()
    for code, days in (("LATE", 300), ("SOON", 30), ("TODAY", 1)):
        lot = {"code": code, "expires_on": (today + timedelta(days=days)).isoformat()}
        await move(keeper, received(at, grease["id"], "2", lot=lot))
    buyer = await market.people("buyer")
    await held(buyer, (grease["id"], "3"), rule="first_expiring")
    stock = {row["lot"]["code"]: Decimal(row["reserved"]) for row in (await keeper.get("/v1/stock")).json()["items"]}
    assert stock == {"TODAY": 2, "SOON": 1, "LATE": 0}


async def test_what_is_missing_may_follow(market: Market) -> None:
    at, one = await stocked(market, "4")
    first, second = await market.people("buyer"), await market.people("buyer")
    waiting = await held(first, (one["id"], "10"), backorder=True)
    assert [(line["waits"], line["quantity"]) for line in waiting["lines"]] == [(False, "4.000"), (True, "6.000")]
    also = await held(second, (one["id"], "5"), backorder=True)
    await move(at.keeper, received(at, one["id"], "8"))
    lines = (await first.get(f"/v1/reservations/{waiting['id']}")).json()["lines"]
    assert sum(Decimal(line["open"]) for line in lines if not line["waits"]) == 10
    assert not any(line["waits"] for line in lines)
    later = (await second.get(f"/v1/reservations/{also['id']}")).json()["lines"]
    assert sum(Decimal(line["open"]) for line in later if not line["waits"]) == 2
    assert await counted(at.keeper, one["id"]) == ("12", "12", "0")
    assert await verified(market) == []
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        events = await session.scalars(select(OutboxEvent).where(OutboxEvent.type == BackorderFilled.event_name))
        told = {event.data["reservation_id"]: (event.data["quantity"], event.organization_ids) for event in events}
    assert {one: Decimal(quantity) for one, (quantity, _) in told.items()} == {waiting["id"]: 6, also["id"]: 2}
    assert set(told[also["id"]][1]) == {at.keeper.firm.id, second.firm.id}


async def test_what_is_held_is_picked_line_by_line(market: Market) -> None:
    at, one = await stocked(market)
    buyer = await market.people("buyer")
    found = await held(buyer, (one["id"], "6"))
    line = found["lines"][0]["id"]
    picked = between(one["id"], "4", at.bins["STOR-01"], at.bins["PACK-01"], "pick", reservation_line_id=line)
    await move(at.keeper, picked)
    assert await counted(at.keeper, one["id"]) == ("10", "2", "4")
    more = await at.keeper.post("/v1/stock-moves", json={"moves": [picked]})
    assert more.json()["errors"][0]["code"] == "not-enough"
    await move(at.keeper, picked | {"quantity": "2"})
    assert (await buyer.get(f"/v1/reservations/{found['id']}")).json()["state"]["code"] == "fulfilled"
    again = await at.keeper.post("/v1/stock-moves", json={"moves": [picked | {"quantity": "1"}]})
    assert again.status_code == 409
    assert await verified(market) == []


async def test_nobody_holds_everything(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "MOST_HOLDS", 2)
    _, one = await stocked(market)
    buyer = await market.people("buyer")
    for _ in range(2):
        await held(buyer, (one["id"], "1"))
    answer = await buyer.post("/v1/reservations", json={"lines": [{"item_id": one["id"], "quantity": "1"}]})
    assert (answer.status_code, answer.json()["code"]) == (409, "too-many-holds")


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_happens_balances_are_what_the_ledger_says(market: Market, seed: int) -> None:
    luck = random.Random(seed)
    keeper, hamburg, munich, pin, bush = await _two_stores(market)
    buyers = [await market.people("buyer") for _ in range(3)]
    open_ones: list[tuple[Member, str]] = []
    for _ in range(60):
        one = luck.choice((pin, bush))
        amount = str(luck.randint(1, 6))
        match luck.randint(0, 4):
            case 0:
                at = luck.choice((hamburg, munich))
                await keeper.post("/v1/stock-moves", json={"moves": [received(at, one["id"], amount)]})
            case 1:
                at = luck.choice((hamburg, munich))
                places_ = [at.bins[code] for code in ("STOR-01", "DISP-01", "QUAL-01")]
                form = between(one["id"], amount, luck.choice(places_), luck.choice(places_), "transfer")
                await keeper.post("/v1/stock-moves", json={"moves": [form]})
            case 2 | 3:
                buyer = luck.choice(buyers)
                form = {"lines": [{"item_id": one["id"], "quantity": amount}], "split": luck.random() < 0.5,
                        "backorder": luck.random() < 0.3, "rule": luck.choice(("priority", "cheapest"))}  # fmt: skip
                answer = await buyer.post("/v1/reservations", json=form)
                assert answer.status_code in (201, 409), answer.text
                if answer.status_code == 201:
                    open_ones.append((buyer, answer.json()["id"]))
            case _ if open_ones:
                buyer, reservation_id = open_ones.pop(luck.randrange(len(open_ones)))
                await buyer.post(f"/v1/reservations/{reservation_id}/release")
    assert await verified(market) == []
