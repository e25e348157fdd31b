"""What is held is gathered into waves, walked, and found or missed."""

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st
from sqlalchemy import select

from app.kit.db.engine import Role
from app.kit.outbox import OutboxEvent
from app.warehousing.picking.events import PickedShort
from app.warehousing.picking.rules import Due, least_mass_kg, shared, stops
from tests.market import Market
from tests.rooms.warehousing.outgoing import ordered, parts, proved, wave
from tests.rooms.warehousing.stock import Store, counted, item, look, made, move, received, store
from tests.statements import count_statements


async def racks(market: Market) -> tuple[Store, str, str]:
    """A store with two racks and two items: pins in A-02 and B-01, bushes in A-01."""
    at = await store(await market.people("supplier"))
    bins = [{"zone": "STOR", "code": code} for code in ("B-01", "A-02", "A-01")]
    await made(at.keeper, f"/v1/warehouses/{at.id}/bins", {"bins": bins})
    await look(at)
    pin, bush = (await item(at.keeper, "PIN", mass_kg="0.1"))["id"], (await item(at.keeper, "BUSH"))["id"]
    await move(at.keeper, received(at, pin, "6", code="A-02"))
    await move(at.keeper, received(at, pin, "6", code="B-01"), received(at, bush, "5", code="A-01"))
    return at, pin, bush


async def test_a_wave_is_walked_bin_by_bin_and_each_line_is_in_one(market: Market) -> None:
    at, pin, bush = await racks(market)
    first, second = await market.people("buyer"), await market.people("buyer")
    one = await ordered(market, first, (pin, "4"), (bush, "2"))
    two = await ordered(market, second, (pin, "2"))
    tentative = await made(second, "/v1/reservations", {"lines": [{"item_id": pin, "quantity": "1"}]})
    path = f"/v1/warehouses/{at.id}/picks-due"
    due = (await at.keeper.get(path)).json()["items"]
    assert [(row["reservation_id"], row["sku"], row["bin"], row["quantity"]) for row in due[:2]] == [
        (str(one), "PIN", "A-02", "4.000"), (str(one), "BUSH", "A-01", "2.000")
    ]  # fmt: skip
    assert [row["holder_kind"] for row in due] == ["order", "order", "order", "request"]
    assert (await first.get(path)).status_code == 404
    found = await wave(at)
    walk = [(stop["stop"], stop["zone"], stop["bin"], stop["sku"], stop["quantity"]) for stop in found["stops"]]
    assert walk == [(1, "STOR", "A-01", "BUSH", "2.000"), (2, "STOR", "A-02", "PIN", "6.000")]
    assert [part["reservation_id"] for part in found["stops"][1]["parts"]] == [str(one), str(two)]
    # What is held for a while is picked when it is named, and nothing twice.
    again = await at.keeper.post(f"/v1/warehouses/{at.id}/waves", json={})
    assert (again.status_code, again.json()["code"]) == (409, "nothing-to-pick")
    assert len(parts(await wave(at, [tentative["id"], one]))) == 1
    assert (await at.keeper.get(path)).json()["items"] == []
    cancelled = await at.keeper.post(f"/v1/waves/{found['id']}/cancellation")
    assert cancelled.json()["state"]["code"] == "cancelled"
    late = await at.keeper.post(f"/v1/waves/{found['id']}/picks", json={})
    assert (late.status_code, late.json()["code"]) == (409, "pick-done")
    assert len((await at.keeper.get(path)).json()["items"]) == 3
    waves = (await at.keeper.get(f"/v1/warehouses/{at.id}/waves?state=open")).json()["items"]
    assert len(waves) == 1 and waves[0]["packing_bin"] == "PACK-01"


async def test_what_was_picked_is_offered_to_nobody_else(market: Market) -> None:
    at, _, bush = await racks(market)
    buyer, other = await market.people("buyer"), await market.people("buyer")
    reservation = await ordered(market, buyer, (bush, "3"))
    done = await wave(at, picked=True)
    assert (done["state"]["code"], parts(done)[0]["picked"]) == ("picked", "3.000")
    assert (await buyer.get(f"/v1/reservations/{reservation}")).json()["state"]["code"] == "fulfilled"
    assert await counted(at.keeper, bush) == ("5", "0", "2")
    refused = await other.post("/v1/reservations", json={"lines": [{"item_id": bush, "quantity": "3"}]})
    assert refused.json()["code"] == "stock-short"
    # By the long way neither; and who waits is not given it.
    waiting = await ordered(market, other, (bush, "4"))
    lines = (await other.get(f"/v1/reservations/{waiting}")).json()["lines"]
    assert [(line["quantity"], line["waits"]) for line in lines] == [("2.000", False), ("2.000", True)]
    await move(at.keeper, received(at, bush, "9", code="RECV-01"))
    assert await counted(at.keeper, bush) == ("14", "2", "0")
    assert await proved(market) == []


async def test_what_is_missing_waits_again_and_is_counted(market: Market) -> None:
    at, pin, _ = await racks(market)
    first, second = await market.people("buyer"), await market.people("buyer")
    one, two = await ordered(market, first, (pin, "4")), await ordered(market, second, (pin, "2"))
    found = await wave(at)
    picks = f"/v1/waves/{found['id']}/picks"

    async def tried(*given: dict[str, object]) -> tuple[int, str]:
        answer = await at.keeper.post(picks, json={"picks": list(given)})
        told = answer.json()
        return answer.status_code, (told.get("errors") or [told])[0]["code"]

    assert await tried({"stop": 1, "quantity": "7"}) == (422, "more-than-wanted")
    assert await tried({"stop": 1, "quantity": "1.5"}) == (422, "not-whole")
    assert await tried({"stop": 9, "quantity": "1"}) == (422, "unknown-stop")
    assert (await tried({"stop": 1, "quantity": "-1"}))[0] == 422
    done = await made(at.keeper, picks, {"picks": [{"stop": 1, "quantity": "5"}]}, 200)
    assert done["state"]["code"] == "picked"
    assert [(part["picked"], part["missing"], part["state"]["code"]) for part in parts(done)] == [
        ("4.000", "0.000", "picked"), ("1.000", "1.000", "short")
    ]  # fmt: skip
    assert await tried({"stop": 1, "quantity": "1"}) == (409, "pick-done")
    # What could not be found is on hold where it should be; the rest of the line is held elsewhere.
    stock = (await at.keeper.get(f"/v1/stock?item_id={pin}")).json()["items"]
    lying = {(row["bin"], row["status"]["code"]): (row["on_hand"], row["reserved"]) for row in stock}
    assert lying == {
        ("A-02", "quality_hold"): ("1.000", "0.000"),
        ("B-01", "available"): ("6.000", "1.000"),
        ("PACK-01", "available"): ("5.000", "0.000"),
    }
    assert (await first.get(f"/v1/reservations/{one}")).json()["state"]["code"] == "fulfilled"
    assert (await second.get(f"/v1/reservations/{two}")).json()["state"]["code"] == "held"
    assert [stop["bin"] for stop in (await wave(at))["stops"]] == ["B-01"]
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        told = (await session.scalars(select(OutboxEvent).where(OutboxEvent.type == PickedShort.event_name))).all()
    assert [(one.data["bin_id"], Decimal(one.data["missing"])) for one in told] == [(at.bins["A-02"], Decimal(1))]
    assert await proved(market) == []


async def test_what_was_let_go_is_not_picked(market: Market) -> None:
    at, pin, bush = await racks(market)
    buyer = await market.people("buyer")
    form = {"lines": [{"item_id": pin, "quantity": "2"}]}
    gone = await made(buyer, "/v1/reservations", form)
    kept = await ordered(market, buyer, (bush, "1"))
    found = await wave(at, [gone["id"], kept])
    await buyer.post(f"/v1/reservations/{gone['id']}/release")
    done = await made(at.keeper, f"/v1/waves/{found['id']}/picks", {}, 200)
    assert [part["state"]["code"] for part in parts(done)] == ["picked", "dropped"]
    assert await counted(at.keeper, pin) == ("12", "0", "12")
    assert await proved(market) == []


async def test_lists_of_waves_and_picks_take_as_many_statements(market: Market) -> None:
    at, pin, bush = await racks(market)
    buyer = await market.people("buyer")
    paths = [f"/v1/warehouses/{at.id}/picks-due", f"/v1/warehouses/{at.id}/waves"]

    async def asked() -> list[tuple[int, int]]:
        found = []
        for path in paths:
            with count_statements(market.db) as seen:
                answer = await at.keeper.get(f"{path}?limit=100")
            found.append((len(seen), len(answer.json()["items"])))
        return found

    await wave(at, [await ordered(market, buyer, (pin, "1"))])
    await ordered(market, buyer, (bush, "1"))
    few = await asked()
    for _ in range(2):
        await wave(at, [await ordered(market, buyer, (pin, "1"))])
        await ordered(market, buyer, (bush, "1"))
    assert await asked() == [(few[0][0], 3), (few[1][0], 3)]
    assert [rows for _, rows in few] == [1, 1]


CODES = st.sampled_from(["A", "A-01", "A-02", "B"])
DUES = st.lists(
    st.builds(Due, st.uuids(), CODES, CODES, st.sampled_from([UUID(int=one) for one in range(4)])), max_size=12
)
AMOUNTS = st.decimals(min_value=0, max_value=1000, places=3)


@profile(max_examples=50)
@given(DUES)
def test_every_line_is_at_one_stop_and_the_walk_never_turns_back(due: list[Due]) -> None:
    walk = stops(due)
    assert sorted(one.line_id for stop in walk for one in stop) == sorted(one.line_id for one in due)
    assert all(len({one.balance_id for one in stop}) == 1 for stop in walk)
    places = [(stop[0].zone, stop[0].bin) for stop in walk]
    assert places == sorted(places)


@profile(max_examples=50)
@given(AMOUNTS, st.lists(AMOUNTS, max_size=6))
def test_what_is_found_is_shared_without_loss(found: Decimal, wanted: list[Decimal]) -> None:
    shares = shared(found, wanted)
    assert sum(shares) == min(found, sum(wanted, Decimal(0)))
    assert all(0 <= share <= amount for share, amount in zip(shares, wanted, strict=True))


def test_a_package_weighs_what_is_known_of_it() -> None:
    assert least_mass_kg(Decimal("0.5"), [(Decimal(3), Decimal("0.2")), (Decimal(9), None)], Decimal(2)) == Decimal(
        "3.1"
    )
