"""Transfers between warehouses of one keeper: sent, arrived in parts, lost; and all of it in the ledger."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.kit.db.engine import Role
from app.kit.db.refusals import refused_by
from app.kit.db.tenancy import act_for
from tests.market import Market
from tests.rooms.warehousing.stock import Store, counted, item, made, move, received, stocked, store
from tests.rooms.warehousing.test_counts import proven
from tests.rooms.warehousing.test_reservations import held


async def planned(at: Store, other: Store, *lines: dict[str, Any], status: int = 201) -> dict[str, Any]:
    form = {"to_warehouse_id": other.id, "lines": list(lines)}
    return await made(at.keeper, f"/v1/warehouses/{at.id}/stock-transfers", form, status)


def of(at: Store, one: dict[str, Any], quantity: str, code: str = "STOR-01", **more: Any) -> dict[str, Any]:
    return {"bin_id": at.bins[code], "item_id": one["id"], "quantity": quantity, **more}


async def test_goods_go_from_one_warehouse_to_another(market: Market) -> None:
    at, pin = await stocked(market)
    keeper, other = at.keeper, await store(at.keeper, code="OTHER")
    tool = await item(keeper, "W-1", tracking="serial")
    await move(keeper, received(at, tool["id"], "1", lot={"code": "001"}))
    transfer = await planned(at, other, of(at, pin, "6"), of(at, tool, "1", lot="001"))
    path = f"/v1/stock-transfers/{transfer['id']}"
    assert transfer["state"]["code"] == "planned"
    # What is reserved does not go; planning reserves nothing.
    buyer = await market.people("buyer")
    hold = await held(buyer, (pin["id"], "5"))
    answer = await keeper.post(f"{path}/dispatch", json={})
    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (409, ["/lines/0"])
    await buyer.post(f"/v1/reservations/{hold['id']}/release")
    wrong = await keeper.post(f"{path}/dispatch", json={"transit_bin_id": at.bins["TRAN-01"]})
    assert [one["code"] for one in wrong.json()["errors"]] == ["unknown-bin"]
    sent = await made(keeper, f"{path}/dispatch", {}, 200)
    assert (sent["state"]["code"], sent["transit_bin_id"]) == ("in_transit", other.bins["TRAN-01"])
    # On its way it is nobody's to reserve.
    assert await counted(keeper, pin["id"]) == ("10", "0", "4")
    stock = (await keeper.get(f"/v1/stock?status=in_transit&warehouse_id={other.id}")).json()["items"]
    assert {(row["bin"], row["on_hand"]) for row in stock} == {("TRAN-01", "6.000"), ("TRAN-01", "1.000")}
    pins, tools = (line["id"] for line in sent["lines"])

    def into(line_id: str, quantity: str, bin_id: str = other.bins["STOR-01"], **more: Any) -> dict[str, Any]:
        return {"line_id": line_id, "quantity": quantity, "bin_id": bin_id, **more}

    for lines, code in (
        ([into(pins, "4"), into(pins, "3")], "more-than-sent"),
        ([into(pins, "1", at.bins["STOR-01"])], "unknown-bin"),
        ([into(pins, "1", status="in_transit")], "in-transit"),
        ([into(transfer["id"], "1")], "unknown-line"),
    ):
        answer = await keeper.post(f"{path}/receipts", json={"lines": lines})
        assert (answer.status_code, [one["code"] for one in answer.json()["errors"]]) == (422, [code]), answer.text
    damaged = into(pins, "1", other.bins["QUAL-01"], status="damaged")
    part = await made(keeper, f"{path}/receipts", {"lines": [into(pins, "3"), damaged, into(tools, "1")]}, 200)
    assert (part["state"]["code"], [line["open"] for line in part["lines"]]) == ("in_transit", ["2.000", "0.000"])
    assert await counted(keeper, pin["id"]) == ("10", "0", "7")
    for verb in ("dispatch", "cancellation"):
        answer = await keeper.post(f"{path}/{verb}", json={})
        assert (answer.status_code, answer.json()["code"]) == (409, "transfer-state-conflict")
    lost = await made(keeper, f"{path}/loss", {"reason": "Palette verloren"}, 200)
    assert (lost["state"]["code"], [line["lost"] for line in lost["lines"]]) == ("received", ["2.000", "0.000"])
    assert await counted(keeper, pin["id"]) == ("8", "0", "7")
    ledger = (await keeper.get(f"/v1/stock-moves?item_id={pin['id']}")).json()["items"]
    assert (ledger[0]["note"], ledger[0]["target"]["outside"]["code"]) == ("Palette verloren", "count")
    assert (await keeper.post(f"{path}/loss", json={"reason": "noch einmal"})).status_code == 409
    assert await proven(market) == []


async def test_what_makes_no_sense_is_not_planned(market: Market) -> None:
    at, pin = await stocked(market)
    other, stranger = await store(at.keeper, code="OTHER"), await store(await market.people("supplier"))
    for line, code in (
        (of(at, pin, "0.5"), "not-whole"),
        (of(at, pin, "1", lot="L"), "lot-as-tracked"),
        (of(other, pin, "1"), "unknown-bin"),
        (of(at, pin, "1", status="in_transit"), "in-transit"),
        (of(at, {"id": at.id}, "1"), "unknown-item"),
        (of(at, pin, "1", owner_id=at.id), "unknown-owner"),
    ):
        answer = await planned(at, other, line, status=422)
        assert [error["code"] for error in answer["errors"]] == [code]
    for target in (at, stranger):
        answer = await planned(at, target, of(at, pin, "1"), status=422)
        assert [error["code"] for error in answer["errors"]] == ["unknown-warehouse"]
    transfer = await planned(at, other, of(at, pin, "4"))
    path = f"/v1/stock-transfers/{transfer['id']}"
    assert (await stranger.keeper.get(path)).status_code == 404
    for guard, statement in {
        "stock_transfers_way": "UPDATE stock_transfers SET state = 'received', ended_at = app_now()",
        "stock_transfer_lines_way": "UPDATE stock_transfer_lines SET received = 1",
    }.items():
        with pytest.raises(DBAPIError) as refused:
            async with market.db.transaction(Role.APP) as session:
                await act_for(session, at.keeper.firm.id)
                await session.execute(text(statement))
        assert refused_by(refused.value, guard), (guard, refused.value)
    assert (await made(at.keeper, f"{path}/cancellation", {}, 200))["state"]["code"] == "cancelled"
    assert (await at.keeper.post(f"{path}/dispatch", json={})).status_code == 409
    assert await proven(market) == []
