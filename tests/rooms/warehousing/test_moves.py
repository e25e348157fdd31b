"""The ledger: every move takes from one place and puts to another, and what it says is what there is."""

from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from app.kit.db.engine import Role, role_url
from app.kit.verify import CHECKS
from app.warehousing import checks
from app.warehousing.rules import fits, is_whole
from app.warehousing.states import MoveReason, Outside
from tests.market import Market
from tests.rooms.warehousing.stock import counted, item, made, move, received, stocked, store

Connection = psycopg.Connection[tuple[object, ...]]
OF_STOCK = ("stock ledger", "stock reservations", "stock picks", "contents of bins")


async def verified(market: Market) -> list[str]:
    """What the checks of this room find broken."""
    assert checks and set(OF_STOCK) <= set(CHECKS)
    broken: list[str] = []
    for name in OF_STOCK:
        async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
            broken += (await CHECKS[name](session))[1]
    return broken


def between(
    item_id: str, quantity: str, origin: str, target: str, reason: str = "put_away", **more: Any
) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "quantity": quantity,
        "origin": {"bin_id": origin},
        "target": {"bin_id": target},
        "reason": reason,
        **more,
    }


async def test_goods_come_in_are_put_away_held_and_sent(market: Market) -> None:
    at, one = await stocked(market)
    keeper = at.keeper
    into_hold = between(one["id"], "4", at.bins["STOR-01"], at.bins["QUAL-01"], "inspection")
    into_hold["target"]["status"] = "quality_hold"
    await move(keeper, into_hold)
    assert await counted(keeper, one["id"]) == ("10", "0", "6")
    released = between(one["id"], "3", at.bins["QUAL-01"], at.bins["STOR-01"], "inspection")
    released["origin"]["status"] = "quality_hold"
    scrapped = {"item_id": one["id"], "quantity": "1", "origin": {"bin_id": at.bins["QUAL-01"], "status": "quality_hold"},
                "target": {"outside": "scrap"}, "reason": "scrap", "note": "Kopf gerissen"}  # fmt: skip
    told = await move(keeper, released, scrapped)
    assert [one["reason"]["code"] for one in told] == ["inspection", "scrap"]
    assert await counted(keeper, one["id"]) == ("9", "0", "9")
    stock = (await keeper.get("/v1/stock?status=available")).json()["items"]
    assert [(row["bin"], Decimal(row["on_hand"])) for row in stock] == [("STOR-01", 9)]
    ledger = (await keeper.get(f"/v1/stock-moves?item_id={one['id']}")).json()["items"]
    assert [row["reason"]["code"] for row in ledger] == ["scrap", "inspection", "inspection", "receipt"]
    assert await verified(market) == []


async def test_what_is_not_there_does_not_move_and_nothing_of_the_rest(market: Market) -> None:
    at, one = await stocked(market)
    good = between(one["id"], "1", at.bins["STOR-01"], at.bins["DISP-01"], "transfer")
    bad = between(one["id"], "10", at.bins["STOR-01"], at.bins["DISP-01"], "transfer")
    answer = await at.keeper.post("/v1/stock-moves", json={"moves": [good, bad]})
    assert (answer.status_code, answer.json()["code"]) == (409, "move-refused")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("/moves/1", "not-enough")]
    stock = (await at.keeper.get("/v1/stock")).json()["items"]
    assert [(row["bin"], Decimal(row["on_hand"])) for row in stock] == [("STOR-01", 10)]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"quantity": "0.5"}, "/moves/0/quantity", "not-whole"),
        ({"lot": {"code": "A"}}, "/moves/0/lot", "lot-as-tracked"),
        ({"origin": {}}, "/moves/0/origin", "one-place"),
        ({"origin": {"outside": "supplier", "status": "available"}}, "/moves/0/origin/status", "status-outside"),
        ({"reason": "dispatch"}, "/moves/0/reason", "reason-does-not-fit"),
        ({"reason": "title"}, "/moves/0/reason", "reason-does-not-fit"),
        ({"item_id": "01900000-0000-7000-8000-000000000000"}, "/moves/0/item_id", "unknown-item"),
    ],
)
async def test_what_makes_no_sense_is_named(market: Market, change: dict[str, Any], pointer: str, code: str) -> None:
    at, one = await stocked(market)
    answer = await at.keeper.post("/v1/stock-moves", json={"moves": [received(at, one["id"], "1") | change]})
    assert answer.status_code == 422, answer.text
    assert (pointer, code) in {(error["pointer"], error["code"]) for error in answer.json()["errors"]}
    assert await counted(at.keeper, one["id"]) == ("10", "0", "10")


async def test_a_bin_does_not_bear_more_than_numbers_can_say(market: Market) -> None:
    at, one = await stocked(market, mass_kg="500000")
    much = received(at, one["id"], "1000000000")
    answer = await at.keeper.post("/v1/stock-moves", json={"moves": [much] * 100})
    assert (answer.status_code, answer.json()["code"]) == (422, "number-too-large")
    assert await counted(at.keeper, one["id"]) == ("10", "0", "10")
    assert await verified(market) == []


async def test_serial_numbers_are_one_piece_in_one_place(market: Market) -> None:
    keeper = await market.people("supplier")
    at = await store(keeper)
    mould = await item(keeper, "W-1", tracking="serial", mass_kg="850")
    serial = {"lot": {"code": "4711", "manufactured_on": "2026-05-01"}}
    await move(keeper, received(at, mould["id"], "1", **serial))
    twice = await keeper.post("/v1/stock-moves", json={"moves": [received(at, mould["id"], "1", **serial)]})
    assert twice.json()["errors"][0]["code"] == "serial-is-here"
    two = await keeper.post("/v1/stock-moves", json={"moves": [received(at, mould["id"], "2", lot={"code": "9"})]})
    assert two.json()["errors"][0]["code"] == "serial-is-one"
    await move(keeper, between(mould["id"], "1", at.bins["STOR-01"], at.bins["DISP-01"], "pick", **serial))
    stock = (await keeper.get("/v1/stock")).json()["items"]
    assert [(row["bin"], row["lot"]["code"], row["lot"]["manufactured_on"]) for row in stock] == [
        ("DISP-01", "4711", "2026-05-01")
    ]
    change = await keeper.patch(f"/v1/stock-items/{mould['id']}", json={"tracking": "none"}, headers={"If-Match": "*"})
    assert change.json()["errors"][0]["code"] == "counted-already"
    assert await verified(market) == []


async def test_what_expires_says_when(market: Market) -> None:
    keeper = await market.people("supplier")
    at = await store(keeper)
    grease = await item(keeper, "G-1", name="Gleitpaste", tracking="lot", expires=True, unit="KGM")
    nameless = await keeper.post(
        "/v1/stock-moves", json={"moves": [received(at, grease["id"], "1.5", lot={"code": "L1"})]}
    )
    assert nameless.json()["errors"][0]["code"] == "expiry-missing"
    lot = {"code": "L1", "manufactured_on": "2026-01-01", "expires_on": "2025-12-31"}
    early = await keeper.post("/v1/stock-moves", json={"moves": [received(at, grease["id"], "1.5", lot=lot)]})
    assert early.json()["errors"][0]["code"] == "expires-too-early"
    await move(keeper, received(at, grease["id"], "1.5", lot=lot | {"expires_on": "2030-01-01"}))
    assert await counted(keeper, grease["id"]) == ("1.5", "0", "1.5")


async def test_the_ledger_is_the_databases_own(market: Market, owner: Connection) -> None:
    """Balances cannot be written past the ledger, nor the ledger changed, even by who can write SQL as the application."""
    at, one = await stocked(market)
    await made(await market.people("buyer"), "/v1/reservations", {"lines": [{"item_id": one["id"], "quantity": "2"}]})
    url = role_url(market.settings, Role.APP).set(drivername="postgresql").render_as_string(hide_password=False)
    for statement in (
        "UPDATE stock_balances SET on_hand = 1000",
        "INSERT INTO stock_reservations (id, organization_id, holder_kind, holder_id) "
        "SELECT uuidv7(), keeper_id, 'x', id FROM stock_balances",
        "UPDATE stock_reservation_lines SET quantity = 1",
        "UPDATE stock_moves SET quantity = 5",
        "DELETE FROM stock_moves",
        "SELECT stock_end_reservation(uuidv7(), 'released')",
        "SELECT stock_expire(10)",
    ):
        with psycopg.connect(url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(f"SET app.organization_id = '{at.keeper.firm.id}'")  # type: ignore[arg-type]
            app.execute(statement)  # type: ignore[arg-type]
    assert await verified(market) == []
    # And what somebody with more rights would do is seen, by each check.
    owner.execute("UPDATE stock_balances SET on_hand = on_hand + 1")
    owner.execute("UPDATE stock_reservation_lines SET picked = 1")
    owner.execute("UPDATE warehouse_bins SET mass_kg = 5 WHERE code = 'STOR-01'")
    assert len(await verified(market)) == len(OF_STOCK)


REASONS = st.sampled_from(list(MoveReason))
PLACES = st.one_of(st.none(), st.sampled_from(list(Outside)))


@given(REASONS, PLACES, PLACES)
def test_no_reason_goes_from_outside_to_outside(
    reason: MoveReason, origin: Outside | None, target: Outside | None
) -> None:
    if fits(reason, origin, target):
        assert origin is None or target is None
        assert (reason == MoveReason.RECEIPT) <= (origin == Outside.SUPPLIER)
        assert (reason == MoveReason.DISPATCH) <= (target == Outside.CUSTOMER)


@profile(max_examples=50)
@given(st.decimals(min_value=Decimal("0.001"), max_value=Decimal(10**9), places=3))
def test_pieces_are_whole_and_kilograms_are_not(quantity: Decimal) -> None:
    assert is_whole(quantity, "KGM")
    assert is_whole(quantity, "H87") == (quantity % 1 == 0)
