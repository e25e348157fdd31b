"""Goods are announced to keepers who know nothing of them, received with their differences, and put away."""

import asyncio
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from app.kit.db.engine import Role, role_url
from app.kit.verify import CHECKS
from app.warehousing.receiving import checks
from tests.market import Market
from tests.rooms.warehousing.arrivals import announced, arrival_form, arrival_line, came
from tests.rooms.warehousing.stock import item, made, move, received, store
from tests.statements import count_statements

Connection = psycopg.Connection[tuple[object, ...]]
OF_RECEIVING = ("receipts of goods", "differences of arrivals", "inspections")
SSCC = "340123450000000017"


async def verified(market: Market) -> list[str]:
    """What the checks of receiving and of the ledger find broken."""
    assert checks and set(OF_RECEIVING) <= set(CHECKS)
    broken: list[str] = []
    for name in (*OF_RECEIVING, "stock ledger", "contents of bins"):
        async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
            broken += (await CHECKS[name](session))[1]
    return broken


def codes(answer: Any) -> set[tuple[str, str]]:
    """(pointer, code) of each error."""
    return {(error["pointer"], error["code"]) for error in answer.json()["errors"]}


async def test_goods_come_otherwise_than_announced_and_everybody_is_told(market: Market) -> None:
    buyer = await market.people("buyer", locale="de")
    at = await store(await market.people("logistics", locale="fr"))
    keeper, sender = at.keeper, await market.people("supplier")
    pins = await item(sender, "EP-6", offered=False, tracking="lot")
    mould = await item(sender, "W-4711", name="Werkzeug 4711", offered=False, tracking="serial", mass_kg="850")
    assert (await keeper.get(f"/v1/stock?item_id={pins['id']}")).json()["items"] == []
    shown = await announced(
        market, sender, at,
        arrival_line(pins["id"], "100", lot={"code": "L-1", "manufactured_on": "2026-05-01"}, sscc="3 4012345 000000001-7"),
        arrival_line(mould["id"], "1", lot={"code": "4711"}),
        arrival_line(mould["id"], "1", lot={"code": "4712"}),
        owner_id=str(buyer.firm.id), cause={"kind": "order", "id": str(buyer.firm.id)},
    )  # fmt: skip
    path = f"/v1/arrivals/{shown['id']}"
    assert shown["state"]["code"] == "announced" and shown["lines"][0]["sscc"] == SSCC
    # The keeper, who has none of it yet, and the owner read what it is; others know nothing of it.
    for reader in (keeper, buyer):
        assert [one["sku"] for one in (await reader.get(path)).json()["lines"]] == ["EP-6", "W-4711", "W-4711"]
    assert (await (await market.people("buyer")).get(path)).status_code == 404
    pin_line, first, second = (one["id"] for one in shown["lines"])
    # Some of it, and a lot that was not announced, which is held.
    wrong = await keeper.post(f"{path}/receipts", json={"lines": [
        {"line_id": pin_line, "quantity": "1", "lot": {"code": "L-9"}, "status": "available"},
        {"quantity": "1"}, {"line_id": shown["id"], "quantity": "1"},
        {"line_id": first, "quantity": "1", "bin_id": str(keeper.firm.id)}]})  # fmt: skip
    assert codes(wrong) == {
        ("/lines/0/status", "not-announced"), ("/lines/1/line_id", "line-or-item"),
        ("/lines/2/line_id", "unknown-line"), ("/lines/3/bin_id", "unknown-bin"),
    }  # fmt: skip
    assert (await keeper.get(path)).json()["state"]["code"] == "announced"
    two = await keeper.post(f"{path}/receipts", json={"lines": [{"line_id": first, "quantity": "2"}]})
    assert codes(two) == {("/lines/0/quantity", "serial-is-one")}
    receipt = await came(at, shown["id"],
                         {"line_id": pin_line, "quantity": "80"}, {"line_id": pin_line, "quantity": "5", "status": "damaged"},
                         {"line_id": pin_line, "quantity": "20", "lot": {"code": "L-2"}})  # fmt: skip
    assert [one["status"]["code"] for one in receipt["lines"]] == ["available", "damaged", "quality_hold"]
    assert [one["lot"] for one in receipt["lines"]] == ["L-1", "L-1", "L-2"]
    # The owner of goods neither gives them up nor takes them in; nobody cancels what is under way.
    assert (await buyer.post(f"{path}/cancellation")).status_code == 404
    assert (await sender.post(f"{path}/closing")).status_code == 404
    assert (await sender.post(f"{path}/cancellation")).json()["code"] == "arrival-ended"
    # A mistake: it was the other serial number.
    mistaken = await came(at, shown["id"], {"line_id": first, "quantity": "1"})
    reversal = await made(keeper, f"/v1/receipts/{mistaken['id']}/reversal", {})
    assert (reversal["reverses_id"], reversal["lines"]) == (mistaken["id"], [])
    for again in (mistaken, reversal):
        twice = await keeper.post(f"/v1/receipts/{again['id']}/reversal")
        assert (twice.status_code, twice.json()["code"]) == (409, "receipt-reversed")
    await came(at, shown["id"], {"line_id": second, "quantity": "1"})
    # What is moved on is not taken back.
    moved = {"item_id": mould["id"], "quantity": "1", "lot": {"code": "4712"}, "origin": {"bin_id": at.bins["RECV-01"]},
             "target": {"bin_id": at.bins["DISP-01"]}, "reason": "transfer", "owner_id": str(buyer.firm.id)}  # fmt: skip
    await move(keeper, moved)
    kept = (await keeper.get(f"{path}/receipts")).json()["items"]
    assert [(len(one["lines"]), one["reversed_by_id"]) for one in kept] == [
        (3, None), (1, reversal["id"]), (0, None), (1, None)
    ]  # fmt: skip
    refused = await keeper.post(f"/v1/receipts/{kept[-1]['id']}/reversal")
    assert refused.status_code == 409 and codes(refused) == {("/lines/0", "not-enough")}
    own = await item(keeper, "PALLET", offered=False)
    await came(at, shown["id"], {"item_id": own["id"], "quantity": "1"})
    closed = await made(keeper, f"{path}/closing", {}, status=200)
    assert closed["state"]["code"] == "received"
    assert [(one["line_id"], one["kind"]["code"], Decimal(one["quantity"])) for one in closed["differences"]] == [
        (pin_line, "over", 5), (pin_line, "damaged", 5), (first, "short", 1), (None, "unannounced", 1)
    ]  # fmt: skip
    assert [(Decimal(one["received"]), Decimal(one["damaged"])) for one in closed["lines"]] == [
        (105, 5),
        (0, 0),
        (1, 0),
    ]
    assert (await keeper.post(f"{path}/closing")).json()["differences"] == closed["differences"]
    late = await keeper.post(f"{path}/receipts", json={"lines": [{"line_id": first, "quantity": "1"}]})
    assert (late.status_code, late.json()["code"]) == (409, "arrival-ended")
    await market.work()
    subjects = [
        [one["subject"] for one in (await who.get("/v1/notifications")).json()["items"]]
        for who in (keeper, sender, buyer)
    ]
    assert [len(one) for one in subjects] == [1, 1, 1] and all("LS 2026-0815" in one[0] for one in subjects)
    assert await verified(market) == []


async def test_whoever_announces_names_things_that_are_there(market: Market) -> None:
    at = await store(await market.people("logistics"))
    sender, other = await market.people("supplier"), await market.people("supplier")
    plain, mould = await item(sender, "EP-6"), await item(sender, "W-1", tracking="serial")
    theirs = await item(other, "X-1", tracking="lot")
    hidden = await item(other, "X-2", offered=False)
    serial = {"code": "1"}
    lines = [
        arrival_line(plain["id"], "0.5", lot={"code": "A"}),
        arrival_line(mould["id"], "2", lot=serial),
        arrival_line(mould["id"], "1", lot=serial),
        arrival_line(theirs["id"], "5", lot={"code": "MADE-UP"}),
        arrival_line(hidden["id"], "1"),
        arrival_line(plain["id"], "1", sscc=SSCC[:-1] + "8"),
        arrival_line(mould["id"], "1", lot={"code": "2", "manufactured_on": "2026-01-02", "expires_on": "2026-01-01"}),
    ]
    form = arrival_form(market, at, *lines, owner_id=plain["id"])
    answer = await sender.post("/v1/arrivals", json=form)
    assert codes(answer) == {
        ("/owner_id", "unknown-organization"), ("/lines/0/quantity", "not-whole"), ("/lines/0/lot", "lot-as-tracked"),
        ("/lines/1/quantity", "serial-is-one"), ("/lines/2/lot/code", "serial-twice"), ("/lines/3/lot/code", "unknown-lot"),
        ("/lines/4/item_id", "unknown-item"), ("/lines/5/sscc", "cargo-number-wrong-check-digit"),
        ("/lines/6/lot/expires_on", "expires-too-early"),
    }  # fmt: skip
    # Of a warehouse that is not there, of somebody who keeps none, and of a closed one is told the same.
    closed = await store(at.keeper, code="OLD")
    change = {"closed": True}
    assert (
        await at.keeper.patch(f"/v1/warehouses/{closed.id}", json=change, headers={"If-Match": "*"})
    ).status_code == 200
    for overrides in ({"warehouse_code": "NONE"}, {"warehouse_code": "OLD"}, {"keeper_id": str(other.firm.id)},
                      {"keeper_id": plain["id"]}):  # fmt: skip
        answer = await sender.post(
            "/v1/arrivals", json=arrival_form(market, at, arrival_line(plain["id"], "1")) | overrides
        )
        assert codes(answer) == {("/warehouse_code", "unknown-warehouse")}
    assert (await sender.get("/v1/arrivals")).json()["items"] == []
    # A keeper fills nobody's list of lots: only where their organization announced goods.
    shown = await announced(market, at.keeper, at, arrival_line(theirs["id"], "5"))
    receipts = f"/v1/arrivals/{shown['id']}/receipts"
    stray = {"lines": [{"line_id": shown["lines"][0]["id"], "quantity": "5", "lot": {"code": "MADE-UP"}}]}
    assert codes(await at.keeper.post(receipts, json=stray)) == {("/lines/0/lot/code", "unknown-lot")}
    # Whoever cancels first, wins; a second time changes nothing.
    assert (await made(at.keeper, f"/v1/arrivals/{shown['id']}/cancellation", {}, 200))["state"]["code"] == "cancelled"
    assert (await at.keeper.post(f"/v1/arrivals/{shown['id']}/cancellation")).status_code == 200
    assert (await at.keeper.post(receipts, json=stray)).json()["code"] == "arrival-ended"
    assert (await at.keeper.post(f"/v1/arrivals/{shown['id']}/closing")).json()["code"] == "arrival-ended"
    # Of what never came, everything is short.
    never = await announced(market, sender, at, arrival_line(plain["id"], "5"))
    closed = await made(at.keeper, f"/v1/arrivals/{never['id']}/closing", {}, 200)
    assert [(one["kind"]["code"], Decimal(one["quantity"])) for one in closed["differences"]] == [("short", 5)]
    for side, count in (("sender", 1), ("keeper", 0), ("owner", 1)):
        assert len((await sender.get(f"/v1/arrivals?side={side}&state=received")).json()["items"]) == count


async def test_two_who_receive_at_once_both_count(market: Market) -> None:
    at = await store(await market.people("supplier"))
    one = await item(at.keeper)
    shown = await announced(market, at.keeper, at, arrival_line(one["id"], "10"))
    form = {"lines": [{"line_id": shown["lines"][0]["id"], "quantity": "4"}]}
    path = f"/v1/arrivals/{shown['id']}"
    answers = await asyncio.gather(*(at.keeper.post(f"{path}/receipts", json=form) for _ in range(3)))
    assert [one.status_code for one in answers] == [201] * 3
    same = {"headers": {"Idempotency-Key": "once"}}
    last = await asyncio.gather(
        at.keeper.post(f"/v1/receipts/{answers[0].json()['id']}/reversal"),
        at.keeper.post(f"/v1/receipts/{answers[0].json()['id']}/reversal"),
        at.keeper.post(f"{path}/closing"),
    )
    assert sorted(one.status_code for one in last[:2]) in ([201, 409], [409, 409]) and last[2].status_code == 200
    closed = (await at.keeper.get(path)).json()
    total = Decimal(closed["lines"][0]["received"])
    expected = [("short", 2)] if total == 8 else [("over", 2)]
    assert [(one["kind"]["code"], Decimal(one["quantity"])) for one in closed["differences"]] == expected
    first = await at.keeper.post("/v1/arrivals", json=arrival_form(market, at, arrival_line(one["id"], "1")), **same)
    replayed = await at.keeper.post("/v1/arrivals", json=arrival_form(market, at, arrival_line(one["id"], "1")), **same)
    assert replayed.json()["id"] == first.json()["id"]
    assert (
        await at.keeper.post("/v1/arrivals", json=arrival_form(market, at, arrival_line(one["id"], "2")), **same)
    ).status_code == 422
    assert await verified(market) == []


async def test_what_was_announced_and_received_is_the_databases_own(market: Market, owner: Connection) -> None:
    """Nothing of it is changed or made up, even by who can write SQL as the application."""
    at = await store(await market.people("logistics"))
    sender = await market.people("supplier")
    one = await item(sender, tracking="lot")
    shown = await announced(market, sender, at, arrival_line(one["id"], "10", lot={"code": "L"}))
    await came(at, shown["id"], {"line_id": shown["lines"][0]["id"], "quantity": "9"})
    arrival, keeper = shown["id"], at.keeper.firm.id
    copy = f"SELECT uuidv7(), '{arrival}', sender_id, owner_id, keeper_id"
    url = role_url(market.settings, Role.APP).set(drivername="postgresql").render_as_string(hide_password=False)
    for who, statement in (
        (keeper, "UPDATE arrivals SET reference = 'other', state = 'received', ended_at = now()"),
        (keeper, "UPDATE arrivals SET state = 'announced'"),
        (sender.firm.id, "UPDATE arrivals SET state = 'received', ended_at = now()"),
        (keeper, "UPDATE receipts SET note = 'x'"),
        (keeper, "DELETE FROM receipt_lines"),
        (sender.firm.id, "UPDATE arrival_lines SET quantity = 1"),
        (sender.firm.id, f"INSERT INTO arrival_lines (id, arrival_id, sender_id, owner_id, keeper_id, position, item_id, "
         f"quantity) {copy}, 2, item_id, 1 FROM arrival_lines"),
        (sender.firm.id, f"INSERT INTO receipts (id, arrival_id, sender_id, owner_id, keeper_id) {copy} FROM arrivals"),
        (keeper, f"INSERT INTO arrival_differences (id, arrival_id, sender_id, owner_id, keeper_id, line_id, item_id, kind, "
         f"quantity) {copy}, id, item_id, 'short', 1 FROM arrival_lines"),
        (keeper, f"INSERT INTO stock_lots (id, item_id, organization_id, code) VALUES (uuidv7(), '{one['id']}', "
         f"'{sender.firm.id}', 'X')"),
    ):  # fmt: skip
        with psycopg.connect(url) as app, pytest.raises(psycopg.Error) as refusal:
            app.execute(f"SET app.organization_id = '{who}'")  # type: ignore[arg-type]
            app.execute(statement)  # type: ignore[arg-type]
        assert isinstance(refusal.value, psycopg.errors.InsufficientPrivilege | psycopg.errors.CheckViolation), (
            statement
        )
    # A stranger makes no lot with the function of keepers, and finds no warehouse without its code.
    with psycopg.connect(url) as app:
        app.execute(f"SET app.organization_id = '{(await market.firm()).id}'")
        app.execute(f"SELECT arrival_make_lot('{arrival}', '{one['id']}', 'X', NULL, NULL)")
    assert owner.execute("SELECT array_agg(code) FROM stock_lots").fetchone() == (["L"],)
    assert (await at.keeper.post(f"/v1/arrivals/{arrival}/closing")).status_code == 200
    assert await verified(market) == []
    # And what somebody with more rights would do is seen, by each check.
    for table in ("receipt_lines", "arrival_differences", "inspections"):
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    owner.execute("UPDATE receipt_lines SET quantity = quantity + 1")
    owner.execute("UPDATE arrival_differences SET quantity = 7")
    assert len(await verified(market)) == 3


async def test_goods_are_put_away_where_they_fit(market: Market) -> None:
    at = await store(await market.people("supplier"))
    keeper, one = at.keeper, await item(await market.people("supplier"), "PLATE", mass_kg="100")
    racks = [{"zone": "STOR", "code": f"A-{n}", "max_mass_kg": str(kg)} for n, kg in enumerate((300, 150, 900, 200))]
    await made(keeper, f"/v1/warehouses/{at.id}/bins", {"bins": racks})
    bins = {b["code"]: b for b in (await keeper.get(f"/v1/warehouses/{at.id}/bins")).json()["items"]}
    await keeper.patch(f"/v1/bins/{bins['A-2']['id']}", json={"blocked": True}, headers={"If-Match": "*"})
    limited = {"max_mass_kg": "1000"}
    await keeper.patch(f"/v1/bins/{bins['STOR-01']['id']}", json=limited, headers={"If-Match": "*"})
    await move(keeper, received(at, one["id"], "9"))
    shown = await announced(market, keeper, at, arrival_line(one["id"], "6"))
    receipt = await came(at, shown["id"], {"line_id": shown["lines"][0]["id"], "quantity": "7"})
    path = f"/v1/warehouses/{at.id}/put-away"
    found = (await keeper.get(f"{path}?receipt_id={receipt['id']}")).json()["items"]
    assert found == (await keeper.get(path)).json()["items"]
    (lying,) = found
    # With its like first, then into the smallest that takes the rest, of which none does; never into a blocked one.
    assert [(s["bin"], Decimal(s["quantity"])) for s in lying["suggestions"]] == [
        ("STOR-01", 1), ("A-0", 3), ("A-3", 2), ("A-1", 1)
    ]  # fmt: skip
    assert Decimal(lying["unplaced"]) == 0
    balance = lying["stock"]["id"]
    moves = [{"balance_id": balance, "bin_id": s["bin_id"], "quantity": s["quantity"]} for s in lying["suggestions"]]
    too_much = [*moves[:-1], {**moves[-1], "quantity": "2"}]
    refused = await keeper.post(path, json={"moves": too_much})
    assert refused.status_code == 409 and codes(refused) == {("/moves/3", "not-enough")}
    heavy = {"balance_id": balance, "bin_id": bins["A-1"]["id"], "quantity": "2"}
    assert codes(await keeper.post(path, json={"moves": [heavy]})) == {("/moves/0", "bin-too-heavy")}
    other = await store(keeper, code="SECOND")
    astray = [{"balance_id": balance, "bin_id": other.bins["STOR-01"], "quantity": "1"}]
    assert codes(await keeper.post(path, json={"moves": astray})) == {("/moves/0/bin_id", "unknown-bin")}
    done = await made(keeper, path, {"moves": moves})
    assert {one["reason"]["code"] for one in done["moves"]} == {"put_away"} and len(done["moves"]) == 4
    assert (await keeper.get(path)).json()["items"] == []
    assert await verified(market) == []


async def test_lists_of_receiving_take_as_many_statements_for_many_as_for_one(market: Market) -> None:
    at = await store(await market.people("supplier"))
    one = await item(at.keeper, tracking="lot")
    shown: list[dict[str, Any]] = []

    async def another(number: int) -> None:
        shown.append(await announced(market, at.keeper, at, arrival_line(one["id"], "5")))
        form = {"line_id": shown[0]["lines"][0]["id"], "quantity": "1", "lot": {"code": f"L-{number}"}}
        receipt = await came(at, shown[0]["id"], form, form | {"status": "quality_hold"})
        await made(at.keeper, "/v1/inspections", {"receipt_line_id": receipt["lines"][1]["id"]})

    async def asked(path: str) -> tuple[int, int]:
        with count_statements(market.db) as seen:
            answer = await at.keeper.get(f"{path}?limit=100")
        assert answer.status_code == 200, answer.text
        return len(seen), len(answer.json()["items"])

    await another(0)
    of_arrival, of_warehouse = f"/v1/arrivals/{shown[0]['id']}/receipts", f"/v1/warehouses/{at.id}/put-away"
    paths = ("/v1/arrivals", of_arrival, of_warehouse, "/v1/inspections")
    few = [await asked(path) for path in paths]
    assert [rows for _, rows in few] == [1] * 4
    for number in range(1, 12):
        await another(number)
    assert [await asked(path) for path in paths] == [(statements, 12) for statements, _ in few]
    for path in paths:
        page = await at.keeper.get(f"{path}?limit=5")
        assert len(page.json()["items"]) == 5 and 'rel="next"' in page.headers["Link"]
