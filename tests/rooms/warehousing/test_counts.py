"""Counts: blind entry, differences against the books, what has moved meanwhile, what is reserved, and two at once."""

import asyncio
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.kit.db.engine import Role
from app.kit.db.refusals import refused_by
from app.kit.db.tenancy import act_for
from app.kit.verify import CHECKS
from app.warehousing.keeping import checks
from tests.market import Caller, Market, Member
from tests.rooms.warehousing.stock import Store, counted, item, look, made, move, received, stocked, store
from tests.rooms.warehousing.test_moves import between, verified
from tests.rooms.warehousing.test_reservations import held
from tests.statements import count_statements

Connection = psycopg.Connection[tuple[object, ...]]


async def proven(market: Market, *names: str) -> list[str]:
    """What the checks of stock and of these names find broken."""
    assert checks
    broken = await verified(market)
    for name in names or ("stock counts", "stock transfers"):
        async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
            broken += (await CHECKS[name](session))[1]
    return broken


async def opened(at: Store, *codes: str, **more: Any) -> str:
    form = {"bin_ids": [at.bins[code] for code in codes], **more} if codes else more
    return str((await made(at.keeper, f"/v1/warehouses/{at.id}/stock-counts", form))["id"])


async def entered(at: Store, count_id: str, code: str, *lines: dict[str, Any]) -> dict[str, Any]:
    """Count a bin: its sheet is read, then filled."""
    path = f"/v1/stock-counts/{count_id}/bins/{at.bins[code]}"
    sheet = await at.keeper.get(path)
    answer = await at.keeper.put(path, json={"lines": list(lines)}, headers={"If-Match": sheet.headers["ETag"]})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def so_many(one: dict[str, Any], quantity: str, **more: Any) -> dict[str, Any]:
    return {"item_id": one["id"], "quantity": quantity, **more}


async def approval(who: Caller, count_id: str, **form: Any) -> Any:
    return await who.post(f"/v1/stock-counts/{count_id}/approval", json=form)


async def test_a_blind_count_finds_what_the_books_do_not_have(market: Market) -> None:
    at, pin = await stocked(market)
    grease = await item(at.keeper, "G", tracking="lot", expires=True)
    count_id = await opened(at, "STOR-01", "RECV-01", note="Inventur")
    path = f"/v1/stock-counts/{count_id}"
    sheet = (await at.keeper.get(f"{path}/bins/{at.bins['STOR-01']}")).json()
    assert [(line["sku"], line["expected"], line["counted"]) for line in sheet["lines"]] == [(pin["sku"], None, None)]
    # Found twice is added up; of one bin the books are not shown before all are counted.
    sheet = await entered(at, count_id, "STOR-01", so_many(pin, "4"), so_many(pin, "3"))
    assert [(line["counted"], line["expected"], line["difference"]) for line in sheet["lines"]] == [
        ("7.000", None, None)
    ]
    assert (await at.keeper.get(path)).json()["differences"] is None
    assert (await at.keeper.get(f"{path}/differences")).json()["items"] == []
    early = await approval(at.keeper, count_id)
    assert (early.status_code, early.json()["code"]) == (409, "count-state-conflict")
    bad = [so_many(grease, "1"), so_many(pin, "0.5"), so_many(pin, "1", owner_id=count_id),
           so_many(grease, "1", lot={"code": "L-9"})]  # fmt: skip
    where = f"{path}/bins/{at.bins['RECV-01']}"
    for index, code in enumerate(("lot-as-tracked", "not-whole", "unknown-owner", "expiry-missing")):
        answer = await at.keeper.put(where, json={"lines": [bad[index]]}, headers={"If-Match": "*"})
        assert [error["code"] for error in answer.json()["errors"]] == [code], answer.text
    assert (await at.keeper.put(where, json={"lines": []}, headers={"If-Match": '"7-en"'})).status_code == 412
    assert (
        await at.keeper.put(where, json={"lines": [so_many(pin, "-1")]}, headers={"If-Match": "*"})
    ).status_code == 422
    await entered(at, count_id, "RECV-01", so_many(grease, "2", lot={"code": "L-9", "expires_on": "2030-01-01"}))
    shown = (await at.keeper.get(path)).json()
    assert (shown["state"]["code"], shown["bins_counted"], shown["differences"]) == ("counted", 2, 2)
    found = (await at.keeper.get(f"{path}/differences")).json()["items"]
    assert {(line["bin"], line["difference"]) for line in found} == {("STOR-01", "-3.000"), ("RECV-01", "2.000")}
    # Nothing is posted by anybody but a person who may.
    machine = await market.machine(at.keeper, "read", "stock")
    assert (await approval(machine, count_id)).json()["code"] == "count-approved-by-people"
    assert await counted(at.keeper, pin["id"]) == ("10", "0", "10")
    assert (await approval(at.keeper, count_id)).json()["state"]["code"] == "approved"
    assert await counted(at.keeper, pin["id"]) == ("7", "0", "7")
    # What is found outside of storage is there, and not for buyers.
    assert await counted(at.keeper, grease["id"]) == ("2", "0", "0")
    ledger = (await at.keeper.get(f"/v1/stock-moves?item_id={pin['id']}")).json()["items"]
    assert (ledger[0]["reason"]["code"], ledger[0]["target"]["outside"]["code"]) == ("count", "count")
    assert (await approval(at.keeper, count_id)).status_code == 409
    assert (await at.keeper.post(f"{path}/cancellation")).status_code == 409
    assert await proven(market) == []


async def test_what_has_moved_since_is_counted_again(market: Market) -> None:
    at, pin = await stocked(market)
    count_id = await opened(at, "STOR-01", blind=False)
    await entered(at, count_id, "STOR-01", so_many(pin, "9"))
    await move(at.keeper, between(pin["id"], "2", at.bins["STOR-01"], at.bins["DISP-01"], "transfer"))
    answer = await approval(at.keeper, count_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "count-outdated")
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/bins/{at.bins['STOR-01']}"]
    assert "STOR-01" in answer.json()["errors"][0]["detail"]
    # What came in of another kind is noticed as well.
    await entered(at, count_id, "STOR-01", so_many(pin, "7"))
    bush = await item(at.keeper, "BUSH")
    await move(at.keeper, received(at, bush["id"], "1"))
    assert (await approval(at.keeper, count_id)).json()["code"] == "count-outdated"
    sheet = await entered(at, count_id, "STOR-01", so_many(pin, "7"), so_many(bush, "1"))
    assert (sheet["round"], {line["difference"] for line in sheet["lines"]}) == (3, {"-1.000", "0.000"})
    assert (await approval(at.keeper, count_id)).status_code == 200
    assert await counted(at.keeper, pin["id"]) == ("9", "0", "7")
    assert await proven(market) == []


async def test_what_is_reserved_and_not_there_waits_for_stock(market: Market) -> None:
    at, pin = await stocked(market)
    first, last = await market.people("buyer"), await market.people("buyer", locale="de")
    waiting = await market.people("buyer")
    old, new = await held(first, (pin["id"], "4")), await held(last, (pin["id"], "5"))
    short = await held(waiting, (pin["id"], "3"), backorder=True)
    count_id = await opened(at, "STOR-01")
    await entered(at, count_id, "STOR-01", so_many(pin, "6"))
    answer = await approval(at.keeper, count_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "count-short")
    detail = answer.json()["errors"][0]["detail"]
    assert old["id"] in detail and new["id"] in detail and "6" in detail
    assert await counted(at.keeper, pin["id"]) == ("10", "10", "0")
    assert (await approval(at.keeper, count_id, backorder_reserved=True)).status_code == 200
    assert await counted(at.keeper, pin["id"]) == ("6", "6", "0")

    async def waits(who: Member, reservation: dict[str, Any]) -> Decimal:
        lines = (await who.get(f"/v1/reservations/{reservation['id']}")).json()["lines"]
        return sum((Decimal(line["open"]) for line in lines if line["waits"]), Decimal(0))

    # Of nine and one held, four go: the last one, then three of the one before; the first keeps all.
    assert [await waits(*one) for one in ((first, old), (last, new), (waiting, short))] == [0, 3, 3]
    # Whoever reserved earlier is served earlier.
    await move(at.keeper, received(at, pin["id"], "4"))
    assert [await waits(*one) for one in ((first, old), (last, new), (waiting, short))] == [0, 0, 2]
    assert await proven(market) == []
    await market.work()
    told = (await last.get("/v1/notifications")).json()["items"]
    assert len(told) == 2 and all("EP-6-100" in one["subject"] for one in told), told
    assert (await first.get("/v1/notifications")).json()["items"] == []


async def test_a_bin_is_in_one_running_count(market: Market) -> None:
    at, pin = await stocked(market)
    piece = await item(at.keeper, "W-1", tracking="serial")
    await move(at.keeper, received(at, piece["id"], "1", lot={"code": "001"}))
    path = f"/v1/warehouses/{at.id}/stock-counts"
    first = await opened(at, "STOR-01", "DISP-01")
    again = await at.keeper.post(path, json={"bin_ids": [at.bins["STOR-01"], at.bins["RECV-01"]]})
    assert (again.status_code, again.json()["code"]) == (409, "bins-being-counted") and "STOR-01" in again.text
    for form, code in (
        ({}, "one-way"),
        ({"item_id": pin["id"], "not_counted_for_days": 3}, "one-way"),
        ({"item_id": pin["id"]}, "nothing-to-count"),
        ({"bin_ids": [first]}, "unknown-bin"),
        ({"zone_id": first}, "unknown-zone"),
    ):
        answer = await at.keeper.post(path, json=form)
        assert [error["code"] for error in answer.json()["errors"]] == [code], answer.text
    due = await opened(at, not_counted_for_days=30)
    assert (await at.keeper.get(f"/v1/stock-counts/{due}")).json()["bins"] == 5
    assert (await at.keeper.post(f"/v1/stock-counts/{due}/cancellation")).json()["state"]["code"] == "cancelled"
    # A piece that stands in another bin than the books say is moved by the count of both.
    await entered(at, first, "STOR-01", so_many(pin, "10"))
    await entered(at, first, "DISP-01", so_many(piece, "1", lot={"code": "001"}))
    assert (await approval(at.keeper, first)).status_code == 200
    assert await counted(at.keeper, piece["id"]) == ("1", "0", "0")
    where = (await at.keeper.get(f"/v1/stock?item_id={piece['id']}")).json()["items"]
    assert [row["bin"] for row in where] == ["DISP-01"]
    zone = (await at.keeper.get(f"/v1/warehouses/{at.id}/zones")).json()["items"][0]
    of_zone = await opened(at, zone_id=zone["id"])
    assert (await at.keeper.get(f"/v1/stock-counts/{of_zone}/bins")).json()["items"][0]["position"] == 1
    # What was counted lately is not due; of one item alone nothing else is expected.
    later = (await made(at.keeper, path, {"not_counted_for_days": 2}))["bins"]
    assert later == 5
    only = await opened(at, item_id=pin["id"], blind=False)
    sheet = (await at.keeper.get(f"/v1/stock-counts/{only}/bins/{at.bins['STOR-01']}")).json()
    assert [line["expected"] for line in sheet["lines"]] == ["10.000"]


async def test_goods_of_another_are_counted_as_his(market: Market) -> None:
    at, pin = await stocked(market)
    owner = await market.people("supplier")
    theirs = await item(owner, "FOREIGN")
    consigned = {"owner_id": str(owner.firm.id)}
    await move(at.keeper, received(at, theirs["id"], "5", **consigned))
    count_id = await opened(at, "STOR-01", blind=False)
    await entered(at, count_id, "STOR-01", so_many(pin, "10"), so_many(theirs, "4", **consigned))
    # Whose goods they are sees the move, and nothing of the count.
    assert (await owner.get(f"/v1/stock-counts/{count_id}")).status_code == 404
    assert (await approval(owner, count_id)).status_code == 404
    assert (await approval(at.keeper, count_id)).status_code == 200
    assert await counted(owner, theirs["id"]) == ("4", "0", "4")
    ledger = (await owner.get(f"/v1/stock-moves?item_id={theirs['id']}")).json()["items"]
    assert [(one["reason"]["code"], one["quantity"]) for one in ledger] == [("count", "1.000"), ("receipt", "5.000")]
    assert await proven(market) == []


async def test_of_two_who_do_the_same_one_does_it(market: Market) -> None:
    at, pin = await stocked(market)
    other, second = await store(at.keeper, code="OTHER"), await market.member(at.keeper.firm)
    both = (at.keeper, second)

    async def at_once(path: str, form: dict[str, Any]) -> list[int]:
        answers = await asyncio.gather(*(who.post(path, json=form) for who in both))
        return sorted(answer.status_code for answer in answers)

    path = f"/v1/warehouses/{at.id}"
    assert await at_once(f"{path}/stock-counts", {"bin_ids": [at.bins["STOR-01"]]}) == [201, 409]
    count_id = (await at.keeper.get("/v1/stock-counts")).json()["items"][0]["id"]
    where = f"/v1/stock-counts/{count_id}/bins/{at.bins['STOR-01']}"
    tag = (await at.keeper.get(where)).headers["ETag"]
    entries = [who.put(where, json={"lines": [so_many(pin, "8")]}, headers={"If-Match": tag}) for who in both]
    assert sorted(answer.status_code for answer in await asyncio.gather(*entries)) == [200, 412]
    assert await at_once(f"/v1/stock-counts/{count_id}/approval", {}) == [200, 409]
    assert await counted(at.keeper, pin["id"]) == ("8", "0", "8")
    # A move and an approval at once: the move is before, and the bin is counted again, or after.
    count_id = await opened(at, "STOR-01")
    await entered(at, count_id, "STOR-01", so_many(pin, "7"))
    out = between(pin["id"], "2", at.bins["STOR-01"], at.bins["DISP-01"], "transfer")
    moved, approved = await asyncio.gather(
        at.keeper.post("/v1/stock-moves", json={"moves": [out]}), approval(second, count_id)
    )
    assert moved.status_code == 201 and approved.status_code in (200, 409)
    assert (await counted(at.keeper, pin["id"]))[0] == ("7" if approved.status_code == 200 else "8")
    form = {
        "to_warehouse_id": other.id,
        "lines": [{"bin_id": at.bins["DISP-01"], "item_id": pin["id"], "quantity": "1"}],
    }
    sent = f"/v1/stock-transfers/{(await made(at.keeper, f'{path}/stock-transfers', form))['id']}"
    assert await at_once(f"{sent}/dispatch", {}) == [200, 409]
    assert await at_once(f"{sent}/loss", {"reason": "verloren"}) == [200, 409]
    assert await proven(market) == []


async def test_the_database_holds_a_counts_way(market: Market, owner: Connection) -> None:
    at, pin = await stocked(market)
    count_id = await opened(at, "STOR-01", "RECV-01")
    await entered(at, count_id, "STOR-01", so_many(pin, "9"))
    tries = {
        "stock_counts_way": "UPDATE stock_counts SET state = 'counted', counted_at = app_now()",
        "stock_counts_stay": "UPDATE stock_counts SET blind = NOT blind",
        "stock_count_bins_way": "UPDATE stock_count_bins SET round = 0, counted_at = NULL WHERE round = 1",
        "stock_count_lines_of_round": (
            "INSERT INTO stock_count_lines "
            "(id, count_id, bin_id, keeper_id, round, item_id, owner_id, status, expected, counted) "
            "SELECT uuidv7(), count_id, bin_id, keeper_id, round + 1, item_id, owner_id, 'damaged', 0, 1 FROM stock_count_lines"
        ),
    }
    for guard, statement in tries.items():
        with pytest.raises(DBAPIError) as refused:
            async with market.db.transaction(Role.APP) as session:
                await act_for(session, at.keeper.firm.id)
                await session.execute(text(statement))
        assert refused_by(refused.value, guard), (guard, refused.value)
    with pytest.raises(psycopg.Error):
        owner.execute("UPDATE stock_count_lines SET counted = 10")


async def test_lists_take_as_many_statements_for_many_as_for_one(market: Market) -> None:
    at, pin = await stocked(market)
    other = await store(at.keeper, code="OTHER")
    bins = [{"zone": "STOR", "code": f"B-{number:02}"} for number in range(6)]
    await made(at.keeper, f"/v1/warehouses/{at.id}/bins", {"bins": bins})
    await look(at)

    async def asked(*paths: str) -> list[tuple[int, int]]:
        found = []
        for path in paths:
            with count_statements(market.db) as seen:
                answer = await at.keeper.get(f"{path}?limit=100")
            assert answer.status_code == 200, answer.text
            found.append((len(seen), len(answer.json()["items"])))
        return found

    async def transferred() -> None:
        line = {"bin_id": at.bins["STOR-01"], "item_id": pin["id"], "quantity": "1"}
        form = {"to_warehouse_id": other.id, "lines": [line, line]}
        await made(at.keeper, f"/v1/warehouses/{at.id}/stock-transfers", form)

    narrow = await opened(at, "STOR-01", blind=False)
    await entered(at, narrow, "STOR-01")
    await transferred()
    few = await asked(*(f"/v1/stock-counts/{narrow}/{part}" for part in ("bins", "differences")))
    few += await asked("/v1/stock-counts", "/v1/stock-transfers")
    assert [rows for _, rows in few] == [1] * 4
    codes = [one["code"] for one in bins]
    wide = await opened(at, *codes, blind=False)
    for code in codes:
        await entered(at, wide, code, so_many(pin, "1"))
    many = await asked(*(f"/v1/stock-counts/{wide}/{part}" for part in ("bins", "differences")))
    for code in ("RECV-01", "DISP-01", "PACK-01", "QUAL-01"):
        await opened(at, code)
        await transferred()
    many += await asked("/v1/stock-counts", "/v1/stock-transfers")
    assert [rows for _, rows in many] == [6, 6, 6, 5]
    assert [count for count, _ in many] == [count for count, _ in few]
